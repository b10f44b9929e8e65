"""The report as a summary for an 80-column terminal."""

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Sequence

from tabulate import tabulate

from auditor.schema import FindingPart, Report, RightPart

WIDTH = 80
MOST_ROWS = 30
MOST_EXCESS = 10
NOTED = {
    "exception-expired",
    "exception-stale",
    "admin-role",
    "dangerous-combination",
    "conflict",
    "unknown-permission",
}


def render(report: Report) -> str:
    """Return the summary: verdict first, then the boxes to tick, then what is not decided."""
    blocks = [
        _head(report), _missing(report), _one_of(report), _undecided(report), _excess(report),
        _notes(report),
    ]  # fmt: skip
    return plain("\n\n".join(block for block in blocks if block))


def summary_line(report: Report, code: int) -> str:
    """Return the outcome as one line of key=value for programs."""
    rights = report.counts.rights
    values = {
        "exit": code, "granted": rights.granted, "missing": rights.missing,
        "too_low": rights.level_too_low, "undecided": rights.undecided, "excess": rights.excess,
    }  # fmt: skip
    return "psa-audit: " + " ".join(f"{key}={value}" for key, value in values.items())


def plain(text: str) -> str:
    """Replace control characters, so that nothing can steer the terminal."""
    return "".join(
        char if char == "\n" or unicodedata.category(char)[0] != "C" else "�" for char in text
    )


def _head(report: Report) -> str:
    counts = report.counts.actions
    version = f", version {report.target.api_version}" if report.target.api_version else ""
    sent = sum(1 for request in report.requests if request.sent)
    lines = [
        *textwrap.wrap(f"{report.target.company} at {report.target.site}{version}", WIDTH),
        *textwrap.wrap(
            f"Audited: {', '.join(report.profile)} · {sent} requests, plan {report.plan.hash[:12]}",
            WIDTH,
            break_on_hyphens=False,
        ),
        "",
        *textwrap.wrap(report.headline.upper() if report.stopped else report.headline, WIDTH),
    ]
    if report.actions:
        outlook = Counter(action.outlook for action in report.actions)
        lines += textwrap.wrap(
            f"Of {len(report.actions)} actions {outlook['works']} work, {outlook['fails']} fail, "
            f"{outlook['open']} are open. Their own requests: {counts.allowed} allowed, "
            f"{counts.denied} denied, {counts.undecided} undecided, "
            f"{counts.not_tested} not tested.",
            WIDTH,
        )
    lines += textwrap.wrap(_settings(report), WIDTH)
    return "\n".join(lines)


def _settings(report: Report) -> str:
    """Say which of the member's settings could be read."""
    read = [item.source for item in report.settings if item.answer == "read"]
    refused = [item.source for item in report.settings if item.answer != "read"]
    parts = [f"Settings read: {', '.join(read)}." if read else ""]
    parts += [f"Not readable: {', '.join(refused)}." if refused else ""]
    return " ".join(part for part in parts if part)


def _missing(report: Report) -> str:
    rights = [right for right in report.rights if right.state in {"missing", "level_too_low"}]
    if not rights:
        return ""
    tables = {
        (finding.module, finding.permission, finding.verb, finding.table)
        for finding in report.findings
        if finding.rule == "table-not-allowed"
    }
    rows = [_row(right, tables) for right in rights[:MOST_ROWS]]
    table = tabulate(
        rows, headers=("Module", "Permission", "Set", "Breaks"), maxcolwidths=[14, 24, 24, 10]
    )
    more = _more(len(rights) - MOST_ROWS, "missing rights")
    return f"Missing. In System > Security Roles > (the member's role):\n\n{table}{more}"


def _row(
    right: RightPart, tables: set[tuple[str | None, str | None, str | None, str | None]]
) -> Sequence[str]:
    level = right.needed or "All"
    is_short = right.state == "level_too_low"
    setting = f"{right.verb}: {level}{' (is My)' if is_short else ''}"
    if right.table:
        only_item = (right.module, right.permission, right.verb, right.table) in tables
        item = f"Customize: allow {right.table}"
        setting = f"{item} ({right.verb})" if only_item else f"{setting}; {item}"
    count = len(right.actions)
    breaks = f"{count} action{'s' if count != 1 else ''}" if count else "-"
    if right.accepted:
        breaks = f"accepted until {right.accepted.expires}"
    return right.module, right.permission, setting, breaks


def _one_of(report: Report) -> str:
    found = [finding for finding in report.findings if finding.rule == "one-of-rights"]
    messages = list(dict.fromkeys(finding.message for finding in found))
    return "\n".join(
        line
        for message in messages[:MOST_ROWS]
        for line in textwrap.wrap(message, WIDTH, subsequent_indent="  ")
    )


def _undecided(report: Report) -> str:
    rights = [right for right in report.rights if right.state == "undecided"]
    if not rights:
        return ""
    reasons: dict[str, int] = {}
    for right in rights:
        reason = f"{right.reason}{' - leaning granted' if right.leaning == 'granted' else ''}"
        reasons[reason] = reasons.get(reason, 0) + 1
    rows = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    table = tabulate(
        [(count, reason) for reason, count in rows[:8]],
        headers=("Rights", "Not decided because"),
        maxcolwidths=[None, 68],
    )
    return table + _more(len(rows) - 8, "reasons")


def _excess(report: Report) -> str:
    if not report.excess:
        return ""
    rows = [(right.risk, _short(right), right.harm) for right in report.excess[:MOST_EXCESS]]
    table = tabulate(rows, headers=("Risk", "Not needed", "Harm"), maxcolwidths=[None, 30, 36])
    return table + _more(len(report.excess) - MOST_EXCESS, "rights that nothing needs")


def _short(right: RightPart) -> str:
    level = f": {right.declared}" if right.declared and not right.table else ""
    item = f" ({right.table})" if right.table else ""
    return f"{right.module} > {right.permission} > {right.verb}{level}{item}"


def _notes(report: Report) -> str:
    found = [finding for finding in report.findings if finding.rule in NOTED]
    return "\n".join(_note(finding) for finding in found[:5]) + _more(len(found) - 5, "notes")


def _note(finding: FindingPart) -> str:
    fix = "" if finding.rule == "dangerous-combination" else finding.fix  # it is the same for all
    return textwrap.fill(f"{finding.message} {fix}".strip(), WIDTH, subsequent_indent="  ")


def _more(count: int, what: str) -> str:
    return f"\n... and {count} more {what}: see the report files." if count > 0 else ""
