"""The evidence for `explain`: a role file, an earlier run, the PSA's settings, one request."""

import asyncio
import sys
import tempfile
import textwrap
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from auditor import evidence, journal, profiles, role_files
from auditor import plan as planning
from auditor.audit import Session
from auditor.cases import explain_all, explain_calls
from auditor.catalogue import Catalogue
from auditor.cli import connecting
from auditor.cli.run import prepare, send
from auditor.declared import Declared, merged
from auditor.errors import InputError
from auditor.evidence import declared_by
from auditor.explain import Standings
from auditor.inference import Knowledge, learn
from auditor.outcome import Outcome, outcome_of
from auditor.plan import Plan
from auditor.preflight import preflight, require
from auditor.role_check import declared_of
from auditor.roles import Role
from auditor.standing import by_knowledge, by_settings, first_known
from auditor.usage import Usage
from auditor.writers.terminal import plain

Found = tuple[Standings, tuple[str, ...], int]


def standings(found: Usage, flags: dict[str, Any], catalogue: Catalogue, *, is_live: bool) -> Found:
    """Return how rights stand, what to say of the evidence, and an exit code (5: safety stop)."""
    role = role_files.load(flags["role_file"], catalogue) if flags["role_file"] else None
    parts = [declared_of(role, catalogue)] if role else []
    remarks = [f"Evidence: the role file {flags['role_file']}."] if role else []
    earlier = _earlier(flags["run"], catalogue) if flags["run"] else None
    if earlier:
        remarks.append(f"Evidence: the run of {earlier[1].started} at {earlier[1].site}.")
    if flags["confirm"]:
        by_request, answers, code = _confirmed(found, flags, catalogue, (role, parts))
        others = [by_knowledge(_learned(*earlier, parts, catalogue))] if earlier else []
        return first_known(by_request, *others), (*remarks, *answers), code
    if is_live:
        live, said = asyncio.run(_settings(connecting.session(flags), catalogue))
        parts += [live] if live else []
        remarks.append(said)
    if earlier:
        return by_knowledge(_learned(*earlier, parts, catalogue)), tuple(remarks), 0
    return by_settings(merged(parts), catalogue), tuple(remarks), 0


def _earlier(path: Path, catalogue: Catalogue) -> tuple[Plan, Outcome]:
    file = path / "journal.jsonl" if path.is_dir() else path
    return outcome_of(journal.read(file), catalogue)


def _learned(
    plan: Plan, outcome: Outcome, parts: list[Declared], catalogue: Catalogue
) -> Knowledge:
    own = [outcome.declared] if outcome.declared else []
    return learn(
        plan, outcome.observations, catalogue, declared=merged([*parts, *own]),
        doubted=outcome.doubted,
    )  # fmt: skip


async def _settings(session: Session, catalogue: Catalogue) -> tuple[Declared | None, str]:
    """Return what the PSA says of the member's own role, and which sources said it."""
    async with session.client() as client:
        require(await preflight(client))
        found = await evidence.read(client, catalogue)
    read = [item.source for item in found if item.answer == evidence.READ]
    refused = [f"{item.source} ({item.answer})" for item in found if item.source not in read]
    said = f"Evidence: settings read at {session.target.api}: {', '.join(read) or 'none'}."
    said += f" Not readable: {', '.join(refused)}." if refused else ""
    return declared_by(found, catalogue), said


def _confirmed(
    found: Usage,
    flags: dict[str, Any],
    catalogue: Catalogue,
    known: tuple[Role | None, list[Declared]],
) -> Found:
    """Send the requests that decide about the refused operations, and say what came back."""
    role, parts = known
    plan = _plan(_refused(found), catalogue)
    if not plan.main():
        reasons = "; ".join(f"{name}: {why}" for name, why in plan.skipped.items())
        said = f"--confirm has nothing harmless to send. {reasons}"
        return by_settings(merged(parts), catalogue), (said,), 0
    session = connecting.session(flags)
    _ask(plan, session, yes=flags["yes"])
    directory = flags["directory"]
    with nullcontext(str(directory)) if directory else tempfile.TemporaryDirectory() as folder:
        path = prepare(Path(folder))
        send(plan, session, path, catalogue, role=role)
        outcome = outcome_of(journal.read(path), catalogue)[1]
    knowledge = _learned(plan, outcome, parts, catalogue)
    code = 5 if outcome.stopped == "safety" else 0
    return by_knowledge(knowledge), tuple(_said(plan, knowledge)), code


def _refused(found: Usage) -> list[str]:
    whole = explain_calls(found) if len(found.groups) == 1 else explain_all(found)
    operations = [
        case.explanation.operation.id
        for case in whole.cases
        if case.explanation.operation and case.explanation.blames_role
    ]
    if not operations:
        raise InputError("--confirm has nothing to ask: no call was refused by the role.")
    return list(dict.fromkeys(operations))


def _plan(operations: list[str], catalogue: Catalogue) -> Plan:
    """Plan what decides these operations, and nothing beyond: what is asked is what is sent."""
    plan = planning.build(profiles.select(catalogue, operations=operations), catalogue)
    return replace(plan, probes=plan.main())


def _ask(plan: Plan, session: Session, *, yes: bool) -> None:
    probes = plan.main()
    lines = [f"To {session.target.api}, as a member of {session.target.company}: {len(probes)}"]
    for probe in probes[:20]:
        lines += textwrap.wrap(f"{probe.request.line} ({probe.harmless})", 78)
    click.echo(plain("\n  ".join(lines)), err=True)
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("Nothing was sent: nobody can be asked.", "Add --yes to send it.")
    if not click.confirm("Send?", default=True, err=True):
        raise InputError("Nothing was sent.", "Without --confirm nothing is.")


def _said(plan: Plan, knowledge: Knowledge) -> list[str]:
    lines = {probe.id: probe.request.line for probe in plan.probes}
    found = [
        f"Asked now: {lines[item.probe]}, for {name}: {item.verdict.outcome.replace('_', ' ')}, "
        f"{item.verdict.reason}."
        for _, name in plan.selection.operations
        if (item := knowledge.judgements.get(name))
    ]
    return found + [f"Not sent for {name}: {why}." for name, why in plan.skipped.items()]
