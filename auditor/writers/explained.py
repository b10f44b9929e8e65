"""Explained calls for an 80-column terminal: what is wrong first, then why we say so."""

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.calls import Call
from auditor.cases import Blamed, Case, Cases
from auditor.explain import Explanation, Suspect, Twin
from auditor.rights import Basis
from auditor.usage import Span

if TYPE_CHECKING:
    from auditor.queries import QueryFault

WIDTH = 80
MOST_BLOCKS = 5  # kinds of failure that are explained in full
MOST = 12  # of anything that is listed
BASES = {
    Basis.OBSERVED: "seen on a live PSA",
    Basis.DOCUMENTED: "stated by ConnectWise",
    Basis.VENDOR: "stated by a vendor for its own integration",
    Basis.INFERRED: "our inference; nobody has published it",
}
CAUSES = (
    "Then look, in this order: (1) the level My, which reaches own records only; (2) the Customize "
    "list beside the permission; (3) restrictions of the member to locations, departments or "
    "boards; (4) its licence class; (5) whether the role was changed since. If none applies, our "
    "data lacks a right: please report it."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown beside the cases: roles that use an operation, and further sentences."""

    roles: dict[str, tuple[str, ...]]
    remarks: tuple[str, ...] = ()


def render(found: Cases, shown: Shown) -> str:
    """Return everything that could be said, the rights to look at first."""
    many = len({case.explanation.call.path for case in found.cases}) != 1 or len(
        found.usage.groups
    ) != len(found.cases)
    blocks = [_head(found)] if many else []
    blocks += [_table(found.blamed)] if many and found.blamed else []
    blocks += ["\n".join(_others(found))] if many else []
    blocks += [_fill(text) for text in shown.remarks]
    listed = _in_order(found)
    is_titled = len(listed) > 1
    blocks += ["\n".join(_block(case, shown, is_titled)) for case in listed[:MOST_BLOCKS]]
    blocks += [_more(len(listed) - MOST_BLOCKS, "kinds of failure in full: --format json")]
    blocks += ["\n".join(_left_out(found))]
    return plain("\n\n".join(block for block in blocks if block))


def _in_order(found: Cases) -> list[Case]:
    """Return the cases: those that blame the role first, then by how many calls they are."""
    return sorted(
        found.cases, key=lambda case: (not case.explanation.blames_role, -case.span.count)
    )


def _head(found: Cases) -> str:
    usage = found.usage
    failed = sum(case.span.count for case in found.cases)
    refused = sum(case.span.count for case in found.cases if case.explanation.blames_role)
    worked = sum(group.span.count for group in usage.successes.values())
    text = (
        f"{usage.span.count} calls{_when(usage.span)}: {worked} succeeded, {failed} to explain, "
        f"{refused} of them refused, or perhaps so."
    )
    if open_ := usage.span.count - worked - failed - usage.more_unknown:
        text += f" Of {open_} the answer is not said."
    return _fill(text)


def _table(blamed: Iterable[Blamed]) -> str:
    from tabulate import tabulate  # noqa: PLC0415 - a single call has no table

    rows = [
        (
            item.span.count, item.suspect.need.right.label,
            "" if item.others == 0 else f"or {item.others} more",
            _short(item.span.first), _short(item.span.last),
        )
        for item in blamed
    ]  # fmt: skip
    text = tabulate(
        [tuple(plain(str(cell)) for cell in row) for row in rows[:30]],
        headers=("Calls", "Right most likely missing", "", "First", "Last"),
        maxcolwidths=[6, 29, 9, 10, 10], colalign=("right", "left", "left", "left", "left"),
        disable_numparse=True,
    )  # fmt: skip
    return text + (f"\n... and {len(rows) - 30} more rights." if len(rows) > 30 else "")


def _others(found: Cases) -> Iterator[str]:
    """Yield a line for each kind of failure that is not the role's."""
    others = [case for case in found.cases if not case.explanation.blames_role]
    if others:
        yield "Not by the role:"
    for case in sorted(others, key=lambda case: -case.span.count)[:MOST]:
        item = case.explanation
        status = item.call.status or "answer not said"
        yield _fill(f"  {case.span.count:>6}  {case.asked}: {status}. {item.headline}", 10)
    if len(others) > MOST:
        yield _more(len(others) - MOST, "of them: --format json names them")


def _block(case: Case, shown: Shown, is_titled: bool) -> Iterator[str]:
    found = case.explanation
    name = found.operation.id if found.operation else case.asked
    times = f"{case.span.count} calls{_when(case.span)}, such as " if case.span.count > 1 else ""
    yield _fill(f"== {name}" if is_titled else name)
    yield from _lines(f"{times}{_asked(found.call)}")
    yield ""
    yield _fill(found.headline)
    is_said = found.headline == found.reply.says or (found.problem and found.reply.rule == "unsaid")
    if not is_said:
        yield from _lines(found.reply.says)
    yield from _lines(found.reply.do)
    yield from _lines(case.note)
    for fault in found.faults:
        yield from _fault(fault)
    yield from _rights(found)
    yield from _beside(found, shown)


def _rights(found: Explanation) -> Iterator[str]:
    left = [suspect for suspect in found.suspects if not suspect.is_out]
    if found.suspects:
        yield ""
        yield "It needs:" if not found.blames_role else "Suspects, the likeliest first:"
    for number, suspect in enumerate(left[:MOST], 1):
        yield from _suspect(suspect, found, f"{number}. ", is_full=number == 1)
    for suspect in found.suspects:
        if suspect.is_out:
            yield from _lines(f"crossed out: {suspect.need.right.label}: {suspect.standing.why}")
    if found.suspects and found.blames_role and (not left or left[0].standing.state == "granted"):
        yield _fill(CAUSES)


def _suspect(suspect: Suspect, found: Explanation, mark: str, *, is_full: bool) -> Iterator[str]:
    need = suspect.need
    level = need.level.label if need.level else "level not stated"
    when = f", {need.condition}" if need.condition else ""
    yield _fill(f"  {mark}{need.right.label} ({level}){when}", 5)
    if suspect.standing.why:
        yield _fill(f"     {suspect.standing.why}", 5)
    if not is_full:
        return
    titles = [
        row.title for name in need.source.split(";") if (row := (found.sources or {}).get(name))
    ]
    yield _fill(f"     Basis: {BASES[need.basis]}. {need.why}", 5)
    if need.basis is not Basis.INFERRED:
        yield _fill(f"     Source: {'; '.join(titles)}.", 5)
    yield _fill(f"     Set it: {suspect.fix}", 5)


def _beside(found: Explanation, shown: Shown) -> Iterator[str]:
    """Yield what else is known of the operation."""
    name = found.operation.id if found.operation else ""
    lines = [f"Limit ({limit.limit}): {limit.why}" for limit in found.limits]
    lines += [_twin(twin) for twin in found.twins]
    lines += [f"Actions: {_some(found.actions)}."] if found.actions else []
    if shown.roles.get(name):
        lines += [f"Published roles that have it: {_some(shown.roles[name])}."]
    lines += list(found.notes)
    if lines:
        yield ""
    yield from map(_fill, lines)


def _twin(twin: Twin) -> str:
    rights = " and ".join(need.right.label for need in twin.needs) or "no right of the matrix"
    what = f"it is taken to need {rights}" if twin.is_other else "perhaps with less; nobody says so"
    return f"Names only: {twin.operation.id} may do instead; {what}."


def _fault(fault: "QueryFault") -> Iterator[str]:
    yield ""
    yield _fill(f"{fault.parameter}: {fault.message}")
    if fault.position:
        yield from (f"    {plain(line)}" for line in fault.pointed)
    yield _fill(fault.hint)
    if fault.repair:
        yield _fill(f"Perhaps: {fault.repair}", 9)


def _left_out(found: Cases) -> Iterator[str]:
    usage = found.usage
    if usage.unread:
        yield _fill(f"Could not be read: {usage.unread}.")
        for item in usage.unreadable[:5]:
            yield from _lines(f"{item.where}: {item.reason}")
    if usage.others:
        yield _fill(f"Not to the ConnectWise API, and left out: {usage.others}.")
    unknown = [name for name, group in usage.successes.items() if group.operation is None]
    if unknown:
        yield _fill(f"Succeeded, but not in our list of operations: {_some(unknown)}.")


def _asked(call: Call) -> str:
    answer = " ".join(str(part) for part in (call.status, call.code) if part)
    query = f"?{call.query}" if call.query else ""
    where = f" ({call.where})" if call.where not in {"", "line 1"} else ""
    line = f"{call.method or '(any method)'} {call.path}{query}"
    return f"{line[:300]} -> {answer or 'answer not said'}{where}"


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return ", ".join(found[:MOST]) + more


def _more(count: int, what: str) -> str:
    return f"... and {count} more {what}." if count > 0 else ""


def _when(span: Span) -> str:
    if not span.first:
        return ""
    return f", {_short(span.first)} to {_short(span.last)}"


def _short(time: str | None) -> str:
    return (time or "")[:16].replace("T", " ")


def _lines(text: str) -> Iterator[str]:
    if text:
        yield _fill(f"  {text}", 2)


def plain(text: str) -> str:
    """Replace control characters, as terminal.plain does, which loads the report's model."""
    return "".join(
        char if char == "\n" or unicodedata.category(char)[0] != "C" else "\ufffd" for char in text
    )


def _fill(text: str, indent: int = 2) -> str:
    return textwrap.fill(plain(text), WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
