"""What the tests of all formats share: a report of everything, and hostile text in every field."""

from typing import Any

from pydantic import BaseModel

from auditor.schema import AcceptedPart, FindingPart, Report, SettingsPart
from tests.reports import finding, full_report, report, right

POISONS = (
    "=1+1", "=HYPERLINK(\"http://x\",\"y\")", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "#N/A",
    "\t=1", "a;=1+1", "a\n=1+1", "\uff1d1+1", "\x00\x07\x1b[31m", "\u200f\u202eevil\u2066",
    "\ud800", "\ufffe\uffff", "x" * 40_000, "😀" * 20_000, "=" * 40_000, "_x0041_", "a\r\nb", "",
    "<script>alert(1)</script>", "<!-- -->", "]]>", "&lt;b&gt; &#x3c;", "{0} {{x}}",
    "[x](javascript:alert(1))", "![x](http://evil.example/x)", "http://evil.example",
    "www.evil.org", "@everyone", "me@evil.example", "#1 GH-1 !1", "| a | b |", "`code` ```",
    "# head", "- [ ] task", "1. one", "> quote", "$x$ :smile:", "**bold** _i_ ~~s~~",
    "\\| \\` \\[x\\](y)", "---",
)  # fmt: skip
RULE_OF = {
    "missing": "missing-right", "level_too_low": "level-too-low", "excess": "excess-right",
    "undecided": "undecided-right",
}  # fmt: skip
_OURS = {
    "state", "verdict", "outlook", "verb", "needed", "declared", "grade", "leaning", "severity",
    "risk", "stopped", "share", "rule", "schema_",
}  # fmt: skip


def poisoned(part: Any, poison: str) -> Any:
    """Replace every free text of a model by the poison, however deep."""
    if isinstance(part, BaseModel):
        changes = {name: poisoned(value, poison) for name, value in part if name not in _OURS}
        return part.model_copy(update=changes)
    if isinstance(part, tuple):
        return tuple(poisoned(item, poison) for item in part)
    return poison if isinstance(part, str) else part


def about(rule: str, severity: str = "medium", message: str = "the message") -> FindingPart:
    return finding(None, rule).model_copy(update={"severity": severity, "message": message})


def whole_report() -> Report:
    """Build a report with every kind of finding, an exception and settings."""
    full = full_report()
    accepted = AcceptedPart(reason="until it is retired", owner="Ann", expires="2027-03-31")
    rights = (
        *full.rights,
        right("Agreements", "missing", verb="Edit", accepted=accepted),
        right("Invoicing", "undecided", verb="Add"),
    )
    findings = (
        *(finding(part, RULE_OF[part.state], f"fix {part.id}") for part in rights
          if part.state in RULE_OF),
        about("dangerous-combination", "high", "Takes all (critical): A with B. Harm."),
        about("admin-role", "high"), about("level-too-wide", "low"), about("conflict"),
        about("conflict"), about("unknown-permission", "low"), about("exception-expired", "high"),
        about("exception-stale", "high"),
    )  # fmt: skip
    settings = (
        SettingsPart(source="/system/mySecurity", answer="read", permissions=91, items=None,
                     unmatched=("System/Warp",)),
        SettingsPart(source="/system/myMembers", answer="403 Security", permissions=0, items=None,
                     unmatched=()),
    )  # fmt: skip
    return report(
        rights=rights, findings=findings, settings=settings, actions=full.actions,
        requests=full.requests, skipped=full.skipped, calibration=full.calibration,
    )  # fmt: skip
