"""psa-audit role as a user runs it: the files it writes, what it prints, its exit codes."""

import json
import shlex
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from openpyxl import load_workbook

from auditor import least, profiles, role_files
from auditor.catalogue import Catalogue
from auditor.rights import Level, Verb
from auditor.roles import Role
from auditor.writers import role_markdown, role_xlsx
from tests.test_cli import psa_audit

SMALL = ("--action", "Slas/Get Service SLAs", "--right", "Finance/Agreements:Inquire:My")
HEAD = "Module,Permission,Add,Edit,Delete,Inquire,Customize\n"
HOSTILE = "=1+1\x1b[31m|`x` <b>*[a](http://x)"


def role(*args: str | Path, cwd: Path) -> CompletedProcess[str]:
    return psa_audit("role", *args, cwd=cwd, env={})


def least_of(catalogue: Catalogue, *names: str) -> Role:
    return least.least_role(profiles.select(catalogue, names), catalogue).role


def test_the_table_shows_every_permission_in_80_columns(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """Levels in the order of the screen, what is assumed, who wants it, what is conditional."""
    for profile in ("rewst-all-actions", "rewst-documented", "rewst-pods", "hudu"):
        done = role("--profile", profile, "--right", "Finance/Agreements:Inquire", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert not [line for line in done.stdout.splitlines() if len(line) > 80]
        words = " ".join(done.stdout.split())
        for _, permission in {cell[:2] for cell in least_of(catalogue, profile).levels}:
            assert permission.split()[0] in words
        assert ("level not stated by any source" in words) == ("All*" in words)
        assert "2 = --right" in words


def test_the_table_of_a_small_selection(tmp_path: Path) -> None:
    """A whole output: None where nothing is needed, My as asked, the item under Customize."""
    done = role(*SMALL, cwd=tmp_path)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines() if line]
    assert lines == [
        "The least role for --action, --right: 2 levels of 2 permissions. Whatever is not",
        "listed stays None.",
        "By: 1 = --action, 2 = --right.",
        "Permission Add Edit Delete Inquire Risk Basis By",
        "-" * 79,
        "Finance",
        "Agreements None None None My medium vendor 2",
        "System",
        "Table Setup None None None All* medium inferred 1",
        "* level not stated by any source: All is the safe assumption.",
        "Risk: the worst that a box of the row can do when it is set to All.",
        "Customize of Table Setup, these items only:",
        "Item For Basis",
        "------------- ------- --------",
        "Service / SLA Inquire inferred",
        "Sources: inference.",
    ]


@pytest.mark.parametrize("suffix", ["json", "xlsx"])
def test_a_written_role_can_be_read_and_checked(
    suffix: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    """The role file and the spreadsheet hold exactly the least role, and satisfy the check."""
    for name in ("rewst-all-actions", "rewst-documented"):
        path = tmp_path / f"{name}.{suffix}"
        done = role("--profile", name, "--output", path, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        assert f"Wrote {path}" in done.stderr
        found, wanted = role_files.load(path, catalogue), least_of(catalogue, name)
        assert {cell: level for cell, level in found.levels.items() if level} == wanted.levels
        has_setup = any(cell[1] == "Table Setup" for cell in wanted.levels)
        tables = catalogue.items if wanted.tables is None else wanted.tables
        assert (found.tables or frozenset()) == tables or not has_setup
        checked = role("check", path, "--profile", name, cwd=tmp_path)
        assert checked.returncode == 0, checked.stdout


def test_json_is_a_role_file_with_reasons(tmp_path: Path) -> None:
    """Settings and items as the API lists them; beside them each box with basis and source."""
    data = json.loads(role(*SMALL, "--format", "json", cwd=tmp_path).stdout)
    assert {"name", "settings", "customizeItems"} <= data.keys()
    row = next(r for r in data["settings"] if r["moduleFunctionName"] == "Agreements")
    assert (row["inquireLevel"], row["addLevel"]) == ("My", "None")
    assert [item["itemIdentifier"] for item in data["customizeItems"]] == ["Service / SLA"]
    box = next(box for box in data["boxes"] if box["permission"] == "Table Setup")
    assert (box["level"], box["levelStated"], box["basis"]) == ("All", False, "inferred")
    assert box["wantedBy"] == ["--action"]
    assert box["actions"] == ["Slas/Get Service SLAs"]
    assert box["source"]
    assert box["risk"]


def test_markdown_is_a_complete_hand_over(tmp_path: Path, catalogue: Catalogue) -> None:
    """Six steps in order, every level to tick off, and the command that verifies it."""
    text = role("--profile", "rewst-all-actions", "--format", "markdown", cwd=tmp_path).stdout
    steps = ["Create the security role", "Set these levels", "Choose the Table Setup items",
             "Create the API member", "Create the API keys", "Verify"]  # fmt: skip
    places = [text.index(f"## {number}. {title}") for number, title in enumerate(steps, 1)]
    assert places == sorted(places)
    for words in ("Security Roles", "API Members", "Corporate (Level 1)", "default territory",
                  "private key is shown this once only"):  # fmt: skip
        assert words in text
    found = least_of(catalogue, "rewst-all-actions")
    ticks = [line for line in text.splitlines() if line.startswith("- [ ] ") and "Add **" in line]
    cells = {cell[:2] for cell in found.levels}
    order = [permission for module, permission in catalogue.permissions
             if (module, permission) in cells]  # fmt: skip
    assert [line[6:].partition(":")[0] for line in ticks] == order
    for table in found.tables or ():
        assert f"- [ ] {table}" in text
    assert "--profile rewst-all-actions\n```" in text


def test_the_spreadsheet_is_the_same_hand_over(tmp_path: Path, catalogue: Catalogue) -> None:
    """Re-opened, it holds the steps, the role in screen order and the reason of every box."""
    path = tmp_path / "role.xlsx"
    assert role("--profile", "rewst-all-actions", "--output", path, cwd=tmp_path).returncode == 0
    book = load_workbook(path)
    assert book.sheetnames == ["Steps", "Role", "Customize", "Why", "Conditional", "Combinations"]
    steps = [cell.value for row in book["Steps"].iter_rows() for cell in row if cell.value]
    assert any("Corporate (Level 1)" in str(text) for text in steps)
    assert str(steps[-1]).startswith("psa-audit run ")
    found = least_of(catalogue, "rewst-all-actions")
    rows = list(book["Role"].iter_rows(min_row=3, values_only=True))
    place = {str(name): index for index, name in enumerate(rows[0])}
    shown = [tuple(row[place[name]] for name in ("Module", "Permission")) for row in rows[1:]]
    cells = {cell[:2] for cell in found.levels}
    assert shown == [key for key in catalogue.permissions if key in cells]
    for row in rows[1:]:
        for verb in Verb:
            module, permission = str(row[place["Module"]]), str(row[place["Permission"]])
            assert row[place[verb]] == found.level(module, permission, verb).label
    assert book["Why"].max_row - 3 == len(found.levels)
    assert book["Customize"].max_row - 3 == len(found.tables or ())


def test_the_same_selection_gives_the_same_bytes(tmp_path: Path) -> None:
    """A role under version control changes only when the needs do."""
    for suffix in ("md", "xlsx"):
        paths = [tmp_path / f"{number}.{suffix}" for number in range(2)]
        for path in paths:
            assert role(*SMALL, "--output", path, cwd=tmp_path).returncode == 0
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_verify_command_selects_the_same(tmp_path: Path) -> None:
    """What the hand-over ends with is the same selection, quoted for a shell."""
    flags = (*SMALL, "--profile", "rewst-pods", "--operation", "GET /finance/taxCodes")
    data = json.loads(role(*flags, "--format", "json", cwd=tmp_path).stdout)
    words = shlex.split(data["verify"])
    assert words[:2] == ["psa-audit", "run"]
    given = list(zip(words[6::2], words[7::2], strict=True))
    assert sorted(given) == sorted(zip(flags[::2], flags[1::2], strict=True))


CHECKS = [
    ("Finance,Agreements,None,None,None,All,\n", (), 0, "is in the role"),
    ("Finance,Agreements,None,None,None,None,\n", (), 1, "missing or set too low"),
    ("Finance,Agreements,None,None,None,My,\n", (), 1, "own records"),
    ("Finance,Invoicing,None,None,None,All,\n", (), 3, "does not mention"),
    ("Finance,Invoicing,None,None,None,All,\n", ("--fail-on", "missing"), 0, "--fail-on names"),
    ("Finance,Agreements,All,None,None,All,\n", ("--fail-on", "excess"), 1, "in excess"),
    ("Finance,Agreements,All,None,None,All,\n", (), 0, "is in the role"),
]


@pytest.mark.parametrize(("rows", "flags", "code", "words"), CHECKS)
def test_check_says_what_the_file_lacks(
    rows: str, flags: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    """The exit codes of a run, each with its meaning."""
    (tmp_path / "mine.csv").write_text(HEAD + rows)
    wanted = ("--right", "Finance/Agreements:Inquire:All")
    done = role("check", "mine.csv", *wanted, *flags, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert words in " ".join(done.stdout.split())
    assert f"Exit code {code}:" in done.stdout
    assert not [line for line in done.stdout.splitlines() if len(line) > 80]


def test_check_of_an_admin_fits_the_terminal(tmp_path: Path) -> None:
    """Everything in excess, dangers first; a long list says how much it leaves out."""
    done = role("check", "admin", "--profile", "rewst-documented", cwd=tmp_path)
    assert done.returncode == 0
    assert not [line for line in done.stdout.splitlines() if len(line) > 80]
    assert done.stdout.index("Dangerous (critical)") < done.stdout.index("In excess, needed by")
    assert "--format json names them all" in done.stdout


def test_check_as_json(tmp_path: Path) -> None:
    """A script gets each list by its state, and the exit code all the same."""
    (tmp_path / "mine.csv").write_text(HEAD + "Finance,Agreements,All,None,None,None,\n")
    wanted = ("--right", "Finance/Agreements:Inquire", "--right", "Finance/Invoicing:Inquire")
    done = role("check", "mine.csv", *wanted, "--format", "json", cwd=tmp_path)
    data = json.loads(done.stdout)
    assert done.returncode == 1
    assert [item["id"] for item in data["missing"]] == ["Finance/Agreements:Inquire"]
    assert [item["id"] for item in data["not_stated"]] == ["Finance/Invoicing:Inquire"]
    assert [item["id"] for item in data["excess"]] == ["Finance/Agreements:Add"]
    assert data["there"] == data["level_too_low"] == []


def test_unknown_names_of_a_file_are_listed_and_harmless(tmp_path: Path) -> None:
    """What the role matrix does not know is left out aloud, and cannot steer the terminal."""
    rows = [
        {"moduleName": "Finance", "moduleFunctionName": "Agreements", "inquireLevel": "All"},
        {"moduleName": "Finance", "moduleFunctionName": HOSTILE, "inquireLevel": "All"},
    ]
    (tmp_path / "mine.json").write_text(json.dumps({"name": HOSTILE, "settings": rows}))
    wanted = ("--right", "Finance/Agreements:Inquire")
    done = role("check", "mine.json", *wanted, cwd=tmp_path)
    assert done.returncode == 0
    assert "Names that the role matrix does not know" in done.stdout
    assert "\x1b" not in done.stdout
    assert "=1+1" in done.stdout


def test_hostile_text_stays_text_in_every_format(tmp_path: Path, catalogue: Catalogue) -> None:
    """A profile may come from anywhere: its names, notes and conditions are shown, not run."""
    (tmp_path / "mine.toml").write_text(
        f"title = {json.dumps(HOSTILE)}\nsource = {json.dumps(HOSTILE)}\n"
        '[[rights]]\nmodule = "Finance"\npermission = "Agreements"\ninquire = "All"\n'
        f"note = {json.dumps(HOSTILE)}\n"
        '[[rights]]\nmodule = "Finance"\npermission = "Invoicing"\ninquire = "All"\n'
        f"condition = {json.dumps(HOSTILE)}\n"
    )
    flags = ("--profile", "mine.toml")
    table = role(*flags, cwd=tmp_path)
    assert table.returncode == 0, table.stderr
    assert "\x1b" not in table.stdout
    markdown = role(*flags, "--format", "markdown", cwd=tmp_path).stdout
    assert "\x1b" not in markdown
    assert "<b>" not in markdown.replace("\\<b", "")
    assert "[a](http" not in markdown
    assert role(*flags, "--output", "mine.xlsx", cwd=tmp_path).returncode == 0
    cells = [
        cell for sheet in load_workbook(tmp_path / "mine.xlsx")
        for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]  # fmt: skip
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell for cell in cells if str(cell.value).startswith("=1+1")]


def test_diff_says_what_changed(tmp_path: Path) -> None:
    """0 where both allow the same, 1 where they differ, 3 where one is silent."""
    assert role("diff", "hudu", "hudu", cwd=tmp_path).returncode == 0
    done = role("diff", "demo", "rewst-all-actions", cwd=tmp_path)
    assert done.returncode == 1
    assert "Finance › Agreements: Inquire: None > All" in done.stdout
    assert "Service / SLA" in done.stdout
    assert "Lost" not in done.stdout
    back = role("diff", "rewst-all-actions", "demo", "--format", "json", cwd=tmp_path)
    data = json.loads(back.stdout)
    assert back.returncode == 1
    assert data["gained"] == []
    assert "Finance/Agreements:Inquire" in {item["id"] for item in data["lost"]}
    assert data["items_lost"] == ["Service / SLA"]
    (tmp_path / "mine.csv").write_text(HEAD + "Finance,Agreements,None,None,None,None,\n")
    silent = role("diff", "mine.csv", "none", cwd=tmp_path)
    assert silent.returncode == 3
    assert "Only one of the two says" in silent.stdout


def test_a_written_role_does_not_differ_from_its_profile(tmp_path: Path) -> None:
    """The name of a profile and the role file made for it mean the same role."""
    for name in ("rewst-documented", "rewst-all-actions"):
        role("--profile", name, "--output", "role.json", cwd=tmp_path)
        done = role("diff", "role.json", name, cwd=tmp_path)
        assert done.returncode == 0, done.stdout


def test_without_says_what_stops_and_why(tmp_path: Path) -> None:
    """Actions with the call and the right; then what nothing needs any more."""
    done = role("without", "Finance/Agreements:Inquire", cwd=tmp_path)
    assert done.returncode == 0
    assert "Agreements/List Agreements" in done.stdout
    assert "GET /finance/agreements needs" in " ".join(done.stdout.split())
    assert not [line for line in done.stdout.splitlines() if len(line) > 80]
    item = "System/Table Setup:Inquire[Service / SLA]"
    done = role("without", item, "--action", "Slas/Get Service SLAs", cwd=tmp_path)
    assert "Slas/Get Service SLAs" in done.stdout
    assert "knows no verbs" in done.stdout
    assert "System › Table Setup: Inquire: All > None" in done.stdout
    more = ("--without-more", "Finance/Invoicing:Inquire", "--format", "json")
    data = json.loads(role("without", "Finance/Agreements:Inquire", *more, cwd=tmp_path).stdout)
    assert {use["right"] for use in data["stopped"]} == set(data["taken"])
    nothing = role("without", "Finance/Agreements:Delete", "--profile", "hudu", cwd=tmp_path)
    assert "nothing that was selected is known to stop" in nothing.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--format", "xlsx"), "--output"),
        (("--profile", "hudo"), "hudu"),
        (("--output", "no/such/folder/x.md"), "cannot be written"),
        (("--profile", "hudu", "check", "demo"), "Write it after"),
        (("check", "nothing.json"), "cannot be read"),
        (("check", "dem"), "demo"),
        (("check", "demo", "--fail-on", "everything"), "unknown word"),
        (("diff", "demo", "nobody"), "No role"),
        (("without", "Finance/Agreement:Inquire"), "Agreements"),
        (("without", "Finance/Agreements:Inquire:All"), "level"),
    ],
)
def test_a_wrong_flag_or_file_is_refused_with_a_hint(
    args: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """Exit code 2, and what to try."""
    done = role(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr


def test_the_configuration_file_selects_for_role_and_its_subcommands(tmp_path: Path) -> None:
    """psa-audit.toml holds for them as for every command; flags for runs do not disturb."""
    (tmp_path / "psa-audit.toml").write_text(
        'profile = ["rewst-pods"]\nformat = "xlsx,json"\noutput = "reports/x"\nrole = "demo"\n'
    )
    assert "least role for rewst-pods:" in role(cwd=tmp_path).stdout
    assert "against rewst-pods:" in role("check", "demo", cwd=tmp_path).stdout
    done = role("without", "System/Table Setup:Add", cwd=tmp_path)
    assert "rewst-pods" in done.stdout


def test_levels_are_not_lost_on_the_way(catalogue: Catalogue) -> None:
    """Both hand-overs show My as My: the level decides how far a key reaches."""
    found = least.least_role(
        profiles.select(catalogue, rights=("Finance/Agreements:Inquire:My",)), catalogue
    )
    (box,) = found.boxes
    assert box.level is Level.MY
    assert role_markdown.text("a|b\n`c`") == "a\\|b \\`c\\`"
    assert role_xlsx.TICK
