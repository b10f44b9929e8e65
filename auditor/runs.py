"""A run folder, a journal, a report.json or a role file → what it says, checked on the way in."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor import audit, evidence, journal, role_files
from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.errors import InputError
from auditor.journal import Record
from auditor.pairs import right_of
from auditor.report import EVERYDAY, Policy
from auditor.roles import printable
from auditor.schema import SCHEMA, Report

JOURNAL, REPORT = "journal.jsonl", "report.json"
_JOURNAL_START = b'{"chain"'
_REPORT_AGAIN = "Make it again from its journal: psa-audit report FOLDER --format json."


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that was: its report, and the digest of the matrices it was planned with."""

    name: str
    report: Report
    matrices: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleFile:
    """What a role file says."""

    name: str
    declared: Declared
    notes: tuple[str, ...] = ()


def load(path: Path, catalogue: Catalogue, policy: Policy = EVERYDAY) -> PastRun | RoleFile:
    """Read a path, whichever of the four it is; raises InputError or JournalError.

    In a folder report.json counts: it is what was reported then. A journal is judged anew, by
    this `catalogue` and `policy`.
    """
    file = _in_folder(path) if path.is_dir() else path
    if file.suffix.lower() in {".csv", ".xlsx"}:
        return _role(file, catalogue)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from error
    if content.startswith(_JOURNAL_START) or file.suffix.lower() == ".jsonl":
        return _from_journal(file, catalogue, policy)
    data = _json(file, content)
    if isinstance(data, dict) and "schema" in data:
        return _from_report(file, data)
    return _role(file, catalogue)


def _in_folder(path: Path) -> Path:
    for name in (REPORT, JOURNAL):
        if (path / name).is_file():
            return path / name
    raise InputError(
        f"{path} holds neither {REPORT} nor {JOURNAL}.", "Name the folder that a run wrote."
    )


def _from_journal(path: Path, catalogue: Catalogue, policy: Policy) -> PastRun:
    record = journal.read(path)
    planned = str(record.plan.get("matrices", ""))
    report = audit.report_of(path, catalogue, policy)
    return PastRun(str(path), report, planned, tuple(_doubts(path, record, planned, catalogue)))


def _doubts(path: Path, record: Record, planned: str, catalogue: Catalogue) -> list[str]:
    found = []
    if record.is_torn:
        found.append(f"{path}: the last line is cut off and was left out.")
    if planned != catalogue.digest:
        found.append(f"{path}: the matrices have changed since; it is judged by those of today.")
    return found


def _from_report(path: Path, data: dict[str, Any]) -> PastRun:
    if data["schema"] != SCHEMA:
        name = printable(str(data["schema"]))
        raise InputError(f"{path} is of schema {name!r}, not {SCHEMA}.", _REPORT_AGAIN)
    try:
        report = Report.model_validate(data)
    except ValidationError as error:
        first, count = error.errors()[0], error.error_count()
        where = printable(".".join(map(str, first["loc"])))
        more = f" ({count - 1} more)" if count > 1 else ""
        message = f"{path} is no report of this version: {where}: {first['msg']}{more}."
        raise InputError(message, _REPORT_AGAIN) from error
    _check_itself(path, report)
    return PastRun(str(path), report, report.tool.matrices)


def _check_itself(path: Path, report: Report) -> None:
    """Refuse a report whose parts contradict each other: someone has edited it."""
    states = Counter(part.state for part in report.rights)
    verdicts = Counter(part.verdict for part in report.actions)
    counts = report.counts
    wrong = (
        (counts.rights.model_dump() != _all(counts.rights, states), "its counts of rights"),
        (counts.actions.model_dump() != _all(counts.actions, verdicts), "its counts of actions"),
        (any(right_of(part).id != part.id for part in report.rights), "the id of a right"),
        (len({part.id for part in report.rights}) < len(report.rights), "two rights of one id"),
        (len({part.id for part in report.requests}) < len(report.requests), "two requests' ids"),
    )
    for is_wrong, what in wrong:
        if is_wrong:
            raise InputError(f"{path} contradicts itself ({what}): it was edited.", _REPORT_AGAIN)


def _all(part: Any, found: Counter[Any]) -> dict[str, int]:
    return {name: found[name] for name in type(part).model_fields}


def _json(path: Path, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is not JSON: {error}.",
            "Give a run's folder, its journal.jsonl or report.json, or a role file.",
        ) from error


def _role(path: Path, catalogue: Catalogue) -> RoleFile:
    role = role_files.load(path, catalogue)
    found = evidence.declared_by((evidence.of_role(role, str(path), catalogue),), catalogue)
    return RoleFile(str(path), found or Declared(str(path)))
