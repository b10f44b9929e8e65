"""The command psa-audit. Commands load when they are used, so that --help is quick."""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from auditor import __version__
from auditor.errors import AuditError, ConnectError

CONFIG_FILE = "psa-audit.toml"
COMMANDS = {
    "demo": "Run the whole job against the embedded simulator.",
    "run": "Audit an API member: which needed rights does it lack?",
    "plan": "Print every request a run would send, without sending any.",
    "explain": "A call failed with 403: which box is it?",
    "report": "Write the reports of a journal again, offline.",
    "role": "The least role that works; check, compare and thin out roles.",
    "diff": "What changed between two runs, or a run and a role file.",
    "verify": "Check that a journal and its reports are as they were written.",
    "profile": "What an integration really calls, as a profile: from a log or recording.",
    "matrix": "Browse the knowledge: actions, operations, permissions, rules, profiles.",
    "doctor": "Check host, company, client id, credentials and clock.",
    "simulate": "Serve a ConnectWise PSA that enforces any security role.",
}
GROUPS = {"matrix", "profile"}  # commands with subcommands

EXIT_CODES = """\
Exit codes:
  0    every needed right is there: proved, declared or accepted
  1    needed rights are missing
  2    usage or configuration
  3    incomplete: nothing missing, but needed rights undecided
  4    could not connect or sign in
  5    safety stop: a write that had to fail succeeded
  130  interrupted, with a valid partial report"""


class Commands(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help page."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command; on the help page only its name and one sentence are known."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"auditor.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an AuditError becomes a message and an exit code."""
        try:
            ctx.default_map = _config(Path(CONFIG_FILE))
            return super().invoke(ctx)
        except AuditError as error:
            click.echo(f"Error: {error}", err=True)
            if error.hint:
                click.echo(f"  {error.hint}", err=True)
            ctx.exit(4 if isinstance(error, ConnectError) else 2)


@click.group(
    cls=Commands,
    epilog=f"\b\n{EXIT_CODES}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(__version__, prog_name="psa-audit")
def main() -> None:
    """Find out which rights an integration's ConnectWise PSA role lacks.

    Every flag can also be set as PSA_AUDIT_FLAG in the environment, or in psa-audit.toml.
    """


def _config(path: Path) -> dict[str, Any]:
    """Return the flags of psa-audit.toml as defaults for every command."""
    from auditor.cli.options import check_config

    if not path.is_file():
        return {}
    from auditor.errors import InputError

    try:
        flags = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    flags = check_config(path, flags)
    return {name: _Same(flags) if name in GROUPS else flags for name in COMMANDS}


class _Same(dict[str, Any]):
    """What a group passes on: the same flags to whichever of its subcommands is used."""

    def get(self, key: str, default: Any = None) -> Any:
        del key, default
        return dict(self)
