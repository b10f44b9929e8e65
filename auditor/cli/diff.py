"""psa-audit diff: what changed between two runs, or what a role file would change."""

import sys
from pathlib import Path

import click

from auditor.against import compare_role
from auditor.catalogue import Catalogue
from auditor.cli import options
from auditor.compare import FAIL_ON, Comparison, compare
from auditor.errors import InputError
from auditor.report import Policy
from auditor.runs import PastRun, RoleFile, load
from auditor.writers import diff as writer
from auditor.writers.terminal import plain


@click.command("diff")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@options.flag(
    "--format",
    "form",
    envvar="PSA_AUDIT_DIFF_FORMAT",
    type=click.Choice(list(writer.FORMATS)),
    default="table",
    show_default=True,
    help="How to print.",
)
@options.flag(
    "--fail-on",
    "changes",  # not `fail_on`: in psa-audit.toml that says what a run fails on
    envvar="PSA_AUDIT_DIFF_FAIL_ON",
    default="lost,needed,undecided",
    show_default=True,
    help=f"What makes the exit code 1: {','.join(FAIL_ON)}.",
)
@options.judging
@options.matrices
def command(
    a: Path, b: Path, form: str, changes: str, matrices: Path | None, **flags: bool
) -> None:
    """Tell what changed between two runs, or what a role file would change.

    A and B are each a run's folder, its journal.jsonl or its report.json; one of them may be a
    role file (JSON, CSV, XLSX). In a folder report.json counts; a journal is judged anew.

    Exit code 0: nothing that --fail-on names; 1: something; 2: usage. In the environment the
    flags are PSA_AUDIT_DIFF_FAIL_ON and PSA_AUDIT_DIFF_FORMAT: those of `run` mean other things.
    """
    failing = options.words(changes, FAIL_ON, "--fail-on")
    catalogue = options.catalogue(matrices)
    policy = Policy(accept_analogy=flags["accept_analogy"], strict=flags["strict"])
    one, two = (load(path, catalogue, policy) for path in (a, b))
    if isinstance(one, RoleFile):
        one, two = two, one
    if isinstance(one, RoleFile):
        raise InputError(
            f"{two.name} and {one.name} are both role files.",
            "`psa-audit role diff` compares two role files; here one must be a run.",
        )
    found = _compared(one, two, catalogue)
    for source in (one, two):
        for note in source.notes:
            click.echo(plain(note), err=True)
    words = found.failing(failing)
    click.echo(writer.FORMATS[form](writer.Shown(one, two, found, words)), nl=False)
    sys.exit(1 if words else 0)


def _compared(run: PastRun, other: PastRun | RoleFile, catalogue: Catalogue) -> Comparison:
    if isinstance(other, RoleFile):
        return compare_role(run.report, other.declared, sorted(catalogue.items))
    return compare(run.report, other.report, (run.matrices, other.matrices))
