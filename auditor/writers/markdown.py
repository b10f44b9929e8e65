"""The report as Markdown, short enough for a ticket: outcome, what to set, what is open."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from auditor.schema import FindingPart, Report, RightCounts, RightPart
from auditor.writers.terminal import plain

LACKING = ("missing", "level_too_low")
NOTED = ("admin-role", "level-too-wide", "conflict", "unknown-permission", "exception-expired",
         "exception-stale")  # fmt: skip
MOST = 10  # rows of what nothing needs, and of reasons
LONGEST = 500  # characters of one text
# What some program makes a link, a mention, a reference, an emoji or a formula of, word by word.
_RISKY = re.compile(
    r"[^\s|`\\<>]*(?:@|://|\w[.:]\w|:\w|[#!~$%&^]\w|\bgh-\d|\b[0-9a-f]{7,40}\b)[^\s|`\\<>]*",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\\`*_\[\]|#~$<]")
_START = re.compile(r"^(\d*)([-+=>.)])")  # a list, a heading or a quotation within a list


def render(report: Report) -> bytes:
    """Return headings, lists and tables in UTF-8; what a tenant wrote is shown as it is."""
    parts = [
        *_head(report), *_missing(report), *_one_of(report), *_undecided(report),
        *_excess(report), *_notes(report), *_tested(report),
    ]  # fmt: skip
    return ("\n\n".join(parts) + "\n").encode()


def text(value: str) -> str:
    """Return a text on one line that makes no markup, link, mention or HTML.

    A word that a program might act on becomes code, the rest is escaped.
    """
    line = " ".join(plain(value[: LONGEST * 2]).split())
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    parts, at = [], 0
    for found in _RISKY.finditer(line):
        parts += [_escaped(line[at : found.start()]), f"`{found.group()}`"]
        at = found.end()
    return _START.sub(r"\1\\\2", "".join((*parts, _escaped(line[at:]))))


def _escaped(piece: str) -> str:
    return _MARKS.sub(r"\\\g<0>", piece).replace("\\<", "&lt;")


def _head(report: Report) -> Iterator[str]:
    yield f"# Permission audit of {text(report.target.company)}"
    yield f"**{text(report.headline)}**"
    outlook = Counter(action.outlook for action in report.actions)
    version = report.target.api_version
    yield _bullets((
        f"PSA: {text(report.target.site)}{f', version {text(version)}' if version else ''}",
        f"Shared for: {text(report.share)}",
        f"Audited: {text(', '.join(report.profile))}",
        f"Rights: {_rights(report.counts.rights)}",
        f"Actions: {outlook['works']} work, {outlook['fails']} fail, {outlook['open']} are open",
    ))  # fmt: skip


def _rights(counts: RightCounts) -> str:
    words = {"excess": "in excess"}
    return ", ".join(f"{n} {words.get(name, name.replace('_', ' '))}" for name, n in counts)


def _missing(report: Report) -> Iterator[str]:
    rights = [right for right in report.rights if right.state in LACKING]
    yield f"## Missing ({len(rights)})"
    if not rights:
        yield f"No right was found missing; {report.counts.rights.undecided} are not decided."
        return
    found = {_place(finding): finding for finding in reversed(report.findings)}
    head = ("Module", "Permission", "Set", "State", "Breaks", "Click path")
    yield _table(head, (_lacking(right, found.get(_place(right))) for right in rights))


def _lacking(right: RightPart, finding: FindingPart | None) -> Sequence[str]:
    setting = f"{right.verb}: {right.needed or 'All'}"
    if right.table:
        item = f"Customize: allow {right.table}"
        is_item_only = finding is not None and finding.rule == "table-not-allowed"
        setting = f"{item} ({right.verb})" if is_item_only else f"{setting}; {item}"
    accepted = f", accepted until {right.accepted.expires}" if right.accepted else ""
    state = right.state.replace("_", " ") + accepted
    count = len(right.actions)
    breaks = f"{count} action{'s' if count != 1 else ''}"
    return right.module, right.permission, setting, state, breaks, finding.fix if finding else ""


def _one_of(report: Report) -> Iterator[str]:
    found = [item.message for item in report.findings if item.rule == "one-of-rights"]
    if found:
        yield "## One of these is missing"
        yield _bullets(map(text, dict.fromkeys(found)))


def _undecided(report: Report) -> Iterator[str]:
    rights = [right for right in report.rights if right.state == "undecided"]
    if not rights:
        return
    yield f"## Not decided ({len(rights)})"
    reasons = Counter((right.reason, right.leaning or "") for right in rights)
    rows = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    cells = ((str(count), reason, leaning) for (reason, leaning), count in rows[:MOST])
    yield _table(("Rights", "Because", "Leaning"), cells)
    yield from _more(len(rows) - MOST, "reasons")


def _excess(report: Report) -> Iterator[str]:
    dangers = [item for item in report.findings if item.rule == "dangerous-combination"]
    if not (dangers or report.excess):
        return
    yield f"## Not needed ({len(report.excess)}), worst first"
    if dangers:
        yield _bullets(text(item.message) for item in dangers[:MOST])
        yield from _more(len(dangers) - MOST, "dangerous combinations")
    if report.excess:
        rows = (_beyond(right) for right in report.excess[:MOST])
        yield _table(("Risk", "Right", "Verb", "Level", "Harm"), rows)
        yield from _more(len(report.excess) - MOST, "rights that nothing needs")


def _beyond(right: RightPart) -> Sequence[str]:
    item = f" ({right.table})" if right.table else ""
    name = f"{right.module} > {right.permission}{item}"
    return right.risk, name, right.verb, right.declared or "not known", right.harm


def _notes(report: Report) -> Iterator[str]:
    found = [item for item in report.findings if item.rule in NOTED]
    if found:
        yield "## Also"
        yield _bullets(f"{text(item.message)} {text(item.fix)}" for item in found)


def _tested(report: Report) -> Iterator[str]:
    """Say how it was tested, so that a reader knows what the above rests on."""
    sent = sum(1 for request in report.requests if request.sent)
    read = [item.source for item in report.settings if item.answer == "read"]
    refused = [item.source for item in report.settings if item.answer != "read"]
    first = sum(1 for item in report.calibration if item.before_lookup)
    times = (text(time) or "not shared" for time in (report.started, report.finished))
    versions = {"plan": report.plan.hash, "matrices": report.tool.matrices}
    lines = [
        f"Requests: {sent} sent of {len(report.requests)} planned",
        f"Skipped by design: {len(report.skipped)}",
        f"Settings read: {text(', '.join(read)) or 'none'}",
        f"Settings not readable: {text(', '.join(refused)) or 'none'}",
        f"Resources shown to check security first: {first} of {len(report.calibration)}",
        f"Time: {' to '.join(times)}",
        f"Made by: psa-audit {text(report.tool.version)}, "
        + ", ".join(f"{name} {text(value)}" for name, value in versions.items()),
    ]
    lines += ["Only what answers prove counts as granted (--strict)"] if report.strict else []
    taken = "What comparable resources speak for counts as granted (--accept-analogy)"
    lines += [taken] if report.accept_analogy else []
    yield "## How this was tested"
    yield _bullets(lines)


def _more(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield f"... and {count} more {what}: see the other report files."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *(list(map(text, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _place(part: RightPart | FindingPart) -> tuple[str | None, ...]:
    return part.module, part.permission, part.verb, part.table
