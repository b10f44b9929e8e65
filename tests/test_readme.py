"""The README cannot drift: examples, commands, exit codes, links and the first screen."""

import re
from pathlib import Path

import pytest

from auditor.cli import COMMANDS, EXIT_CODES, main
from tests.readme import README, refreshed, settled

ROOT = README.parent


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


def test_every_example_prints_what_the_readme_says(text: str) -> None:
    """Each console block holds the output of its command; `make readme` puts it in."""
    assert settled(refreshed(text)) == settled(text)


def test_the_first_screen_has_the_two_commands(text: str) -> None:
    """A newcomer sees make demo and make test without scrolling."""
    first = text.splitlines()[:12]
    assert any(line.startswith("make demo") for line in first)
    assert any(line.startswith("make test") for line in first)


def test_every_command_is_listed_and_no_other(text: str) -> None:
    """The table of commands names exactly those that the program has."""
    listed = re.findall(r"^\| `psa-audit ([a-z]+)", text, re.MULTILINE)
    assert sorted(set(listed)) == sorted(COMMANDS)


def test_every_flag_in_the_readme_exists(text: str) -> None:
    """No flag is described that no command takes."""
    context = main.make_context("psa-audit", ["--help"], resilient_parsing=True)
    known = {"--help", "--version"}
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        known |= {option for param in command.params for option in param.opts}
        known |= {
            option
            for sub in getattr(command, "commands", {}).values()
            for param in sub.params
            for option in param.opts
        }
    prose = re.sub(r"^(?:.venv/bin/|.venv\\Scripts\\)?(?:pip|pipx) .*$", "", text, flags=re.M)
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose))
    assert used <= known


def test_the_exit_codes_are_those_of_the_help_page(text: str) -> None:
    """README and --help list the same codes."""
    in_readme = re.findall(r"^\| (\d+) \| ", text, re.MULTILINE)
    in_help = re.findall(r"^ +(\d+) ", EXIT_CODES, re.MULTILINE)
    assert in_readme == in_help


def test_every_link_leads_somewhere(text: str) -> None:
    """Relative links name files of this project."""
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / Path(link)).exists(), link
