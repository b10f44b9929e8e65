"""Reports for the tests of the HTML report: one of everything, and one full of hostile text."""

from typing import Any

from auditor.schema import AcceptedPart, Report, SettingsPart
from tests.reports import finding, full_report, right

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></script><h1>gone</h1>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "=HYPERLINK(1)",
    "\x1b[31mred\x1b[0m\x00\x08\r",
    "\u202eevil\u2066\u200f",
    "half a pair \ud800 \udfff",
    "x" * 40_000,
    "&lt &#60 &amp '`",
    "",
    " \n\t ",
)


def hostile_report(text: str) -> Report:
    """Put the text into every field of full_report() that is free text."""
    keep = {
        "verdict", "outlook", "state", "grade", "leaning", "risk", "severity", "stopped", "needed",
        "declared", "verb", "schema", "share", "rule",
    }  # fmt: skip

    def spoil(value: Any, key: str = "") -> Any:
        match value:
            case str() if key not in keep:
                return text
            case dict():
                return {name: spoil(item, name) for name, item in value.items()}
            case list() | tuple():
                return tuple(spoil(item, key) for item in value)
        return value

    data = everything().model_dump(by_alias=True)
    return Report.model_validate(spoil(data))


def everything() -> Report:
    """Add to full_report() what it has nothing of."""
    base = full_report()
    accepted = AcceptedPart(reason="the reason", owner="Jo", expires="2027-01-01")
    return base.model_copy(
        update={
            "rights": (
                *base.rights,
                right("Agreements", "missing", module="Finance", accepted=accepted),
                right("Invoicing", module="Finance", grade="declared", level_verified=False),
            ),
            "findings": (
                *base.findings,
                finding(None, "admin-role"),
                finding(None, "dangerous-combination"),
                finding(None, "exception-stale"),
                finding(base.rights[2], "one-of-rights"),
                finding(base.rights[0], "conflict"),
            ),
            "settings": (
                SettingsPart(source="/system/mySecurity", answer="read", permissions=3, items=None,
                             unmatched=("A name",)),
            ),
            "stopped": "interrupted",
            "profile": ("rewst-documented", "mine"),
        }
    )  # fmt: skip
