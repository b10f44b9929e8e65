"""The findings as SARIF 2.1.0, for code scanning views and security data lakes."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from auditor.finding_rules import RULES, Rule
from auditor.schema import FindingPart, Report, RightPart
from auditor.writers.terminal import plain

VERSION = "2.1.0"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {"high": "error", "medium": "warning", "low": "note"}
LONGEST = 4_000  # characters of one text; viewers show a few lines
_MARKS = re.compile(r"[\\\[\]]")  # [text](target) is a link even in plain messages: 3.11.6
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
Data = dict[str, Any]


def render(report: Report) -> bytes:
    """Return one run with every rule, and a result for each finding, as JSON in ASCII."""
    log = {"$schema": SCHEMA, "version": VERSION, "runs": [_run(report)]}
    return json.dumps(log, indent=2).encode() + b"\n"


def _run(report: Report) -> Data:
    return {
        "tool": {"driver": _driver(report)},
        "automationDetails": {"id": _text(f"psa-audit/{'+'.join(report.profile)}")},
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report)),
        "properties": {
            "headline": _text(report.headline),
            "company": _text(report.target.company),
            "site": _text(report.target.site),
            "planHash": _text(report.plan.hash),
            "matrices": _text(report.tool.matrices),
            "rights": report.counts.rights.model_dump(),
            "actions": report.counts.actions.model_dump(),
        },
    }


def _driver(report: Report) -> Data:
    return {
        "name": "psa-audit",
        "semanticVersion": _text(report.tool.version),
        "rules": [_rule(name, rule) for name, rule in RULES.items()],
    }


def _rule(name: str, rule: Rule) -> Data:
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.description},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _invocation(report: Report) -> Data:
    """Tell when the run was and whether it came to its end."""
    times = {"startTimeUtc": report.started, "endTimeUtc": report.finished}
    found: Data = {name: time for name, time in times.items() if _TIME.fullmatch(time)}
    found["executionSuccessful"] = not report.stopped
    if report.stopped:
        note = {"level": "error", "message": {"text": _message(report.headline)}}
        found["toolExecutionNotifications"] = [note]
    return found


def _results(report: Report) -> Iterator[Data]:
    """Yield the findings in the order of the report; alike ones are told apart by a number."""
    rights = {_place(right): right for right in report.rights}
    order, seen = list(RULES), Counter[str]()
    for finding in report.findings:
        right = rights.get(_place(finding))
        mark = _fingerprint(finding)
        seen[mark] += 1
        yield {
            "ruleId": _text(finding.rule),
            "ruleIndex": order.index(finding.rule) if finding.rule in RULES else -1,
            "level": LEVELS[finding.severity],
            "message": {"text": _message(f"{finding.message} Fix: {finding.fix}")},
            "locations": _locations(finding, right),
            "fingerprints": {"psa-audit/1": f"{mark}:{seen[mark]}"},
            "suppressions": _suppressions(right),
            "properties": _properties(finding, right),
        }


def _locations(finding: FindingPart, right: RightPart | None) -> list[Data]:
    """Name the box of the security role; none for a finding about no single right."""
    if finding.module is None:
        return []
    path = [name for name in (finding.module, finding.permission, finding.verb) if name]
    table = f"[{finding.table}]" if finding.table else ""
    name = right.id if right else f"{'/'.join(path[:2])}:{finding.verb}{table}"
    where = {
        "name": _text(path[-1] + (f" {table}" if table else "")),
        "fullyQualifiedName": _text(name),
        "kind": "permission",
    }
    return [{"logicalLocations": [where]}]


def _suppressions(right: RightPart | None) -> list[Data]:
    """Show an exception that somebody answers for."""
    if right is None or right.accepted is None:
        return []
    who = right.accepted
    reason = f"{who.reason} (owner: {who.owner}; until {who.expires})"
    return [{"kind": "external", "status": "accepted", "justification": _text(reason)}]


def _properties(finding: FindingPart, right: RightPart | None) -> Data:
    found: Data = {"severity": finding.severity, "actions": [*map(_text, finding.actions)]}
    if right:
        found |= {
            "right": _text(right.id), "state": right.state, "needed": right.needed,
            "declared": right.declared, "risk": right.risk,
            "evidence": [*map(_text, right.evidence)],
        }  # fmt: skip
    return found


def _fingerprint(finding: FindingPart) -> str:
    """Return a mark of what is found; numbers of requests and actions do not change it."""
    message = "" if finding.module else re.sub(r"\d+", "#", finding.message)
    text = json.dumps([finding.rule, *_place(finding), message])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _place(part: RightPart | FindingPart) -> tuple[str | None, ...]:
    return part.module, part.permission, part.verb, part.table


def _message(text: str) -> str:
    """Return a message without links and placeholders: braces are doubled as 3.11.5 asks."""
    marked = _MARKS.sub(r"\\\g<0>", _text(text))
    return marked.replace("{", "{{").replace("}", "}}")


def _text(text: str) -> str:
    line = " ".join(plain(text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
