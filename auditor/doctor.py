"""Each prerequisite of an audit: what was sent, what came back, what it means, what to do."""

from datetime import UTC, datetime
from typing import Any

from auditor.catalogue import Catalogue
from auditor.client import Client, moment
from auditor.evidence import READ, ask, member_of
from auditor.gate import MY_ITEMS, MY_ROLE, MY_SECURITY, MYSELF, PREFLIGHT, SCREENS
from auditor.preflight import Check, preflight
from auditor.recipes import SAMPLED, Request
from auditor.roles import from_settings, printable

MOST_SECONDS_OFF = 300
OPTIONAL = "Not needed: the audit goes on without it."
_MEANS = {
    MY_SECURITY: "the levels of the member's own role: rights that no answer proves are decided",
    MY_ITEMS: "the Table Setup items that Customize allows",
    SCREENS: "how this PSA spells the setup tables",
    MYSELF: "the member's own record",
}


async def examine(client: Client, catalogue: Catalogue) -> tuple[Check, ...]:
    """Return the preflight's checks, and if they pass, the clock and what the member may read."""
    found = await preflight(client)
    if not found.proof:
        return found.checks
    checks = [*found.checks, _clock((await client.send(PREFLIGHT[0])).date)]
    is_matrix_read = False
    record: list[Any] = []
    for request, meaning in _MEANS.items():
        answer, rows = await ask(client, request)
        checks.append(_source(request, meaning, answer, len(rows)))
        if request == MYSELF:
            record = rows
        if request == MY_SECURITY and rows:
            is_matrix_read = True
            checks += _unmatched(rows, catalogue)
    checks += _member(record)
    role_id = member_of(record).role_id
    if role_id and not is_matrix_read:
        path = MY_ROLE.path.replace(SAMPLED, str(role_id))
        request = Request("GET", path, MY_ROLE.query)
        answer, rows = await ask(client, request)
        checks.append(_source(request, "the settings of the member's role", answer, len(rows)))
    return tuple(checks)


def _clock(date: str) -> Check:
    name, sent = "clock", PREFLIGHT[0].line
    theirs = moment(date)
    if theirs is None:
        return Check(name, sent, "no Date header", "the server does not say what time it has")
    off = round((datetime.now(UTC) - theirs).total_seconds())
    if abs(off) <= MOST_SECONDS_OFF:
        return Check(name, sent, date, f"this clock and the server's differ by {off} s")
    remedy = "Set this machine's clock: times in the report are hard to match with API logs."
    return Check(name, sent, date, f"this clock is {off} s off", remedy, is_ok=False)


def _source(request: Request, meaning: str, answer: str, rows: int) -> Check:
    """Tell whether this member may read one source of evidence; a refusal is no fault."""
    name = f"evidence {request.path}"
    if answer != READ:
        return Check(name, request.line, answer, f"no evidence from {meaning}", OPTIONAL)
    records = f"{rows} record{'s' if rows != 1 else ''}"
    return Check(name, request.line, records, f"can be read: {meaning}")


def _unmatched(rows: list[Any], catalogue: Catalogue) -> list[Check]:
    unmatched = from_settings(rows, catalogue)[1]
    if not unmatched:
        return []
    names = ", ".join(unmatched[:10])
    return [
        Check(
            "names in the settings", MY_SECURITY.line, f"{len(unmatched)} unknown",
            f"the role matrix does not know {names}",
            "They are left out of the audit: please report them.",
        )
    ]  # fmt: skip


def _member(rows: list[Any]) -> list[Check]:
    """Return what limits the member besides its role, where its record says so."""
    if not rows:
        return []
    member, sent = member_of(rows), MYSELF.line
    limits = [*member.restrictions, *_level(rows[0])]
    table = (
        (member.is_inactive, "member is active", "inactiveFlag is true",
         "an inactive member is refused everywhere",
         "Activate it: System > Members > API Members."),
        (member.is_admin, "admin flag", "adminFlag is true",
         "the levels of the role may not limit this member",
         "Take the flag away, or audit a member without it."),
        (member.licence_class, "licence class", member.licence_class,
         "some modules are closed to API-only members, whatever their role", ""),
        (limits, "restrictions", ", ".join(limits),
         "the member may not see every record, whatever its role",
         "Compare them with what the integration must reach."),
    )  # fmt: skip
    return [
        Check(name, sent, came_back, meaning, remedy, is_ok=name != "member is active")
        for holds, name, came_back, meaning, remedy in table
        if holds
    ]


def _level(row: Any) -> list[str]:
    level = row.get("structureLevel") if isinstance(row, dict) else None
    name = level.get("name") if isinstance(level, dict) else None
    return [f"level {printable(str(name))}"] if name else []
