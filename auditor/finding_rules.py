"""The rules that findings are drawn by: what each means, for the formats that list them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from auditor.findings import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a title, one sentence, and the severity it mostly has."""

    title: str
    description: str
    severity: Severity


RULES: Mapping[str, Rule] = MappingProxyType({
    "missing-right": Rule(
        "Missing right",
        "The PSA refused what needs this right, and no other right can explain the refusal.",
        "high",
    ),
    "level-too-low": Rule(
        "Level too low",
        "The right is there for the member's own records, and something needs it for all.",
        "high",
    ),
    "table-not-allowed": Rule(
        "Setup table not allowed",
        "Table Setup is granted, but its Customize list leaves out an item that is needed.",
        "high",
    ),
    "one-of-rights": Rule(
        "One of several rights missing",
        "A request was refused that needs several rights, and nothing tells which of them lacks.",
        "medium",
    ),
    "undecided-right": Rule(
        "Undecided right",
        "No answer and no setting proves that this needed right is there or that it is missing.",
        "medium",
    ),
    "conflict": Rule(
        "Answers and settings disagree",
        "What the PSA answers does not fit what its settings, or our data, say of the member.",
        "medium",
    ),
    "admin-role": Rule(
        "Administrator role",
        "The member may do everything, so whoever holds its key may do everything.",
        "high",
    ),
    "level-too-wide": Rule(
        "Level too wide",
        "The settings grant a right for all records where the member's own are enough.",
        "low",
    ),
    "dangerous-combination": Rule(
        "Dangerous combination",
        "Rights that do more harm together than each alone, held by one that nothing needs.",
        "high",
    ),
    "excess-right": Rule(
        "Excess right",
        "The member has a right that nothing of the selection needs.",
        "medium",
    ),
    "unknown-permission": Rule(
        "Unknown permission",
        "The settings name a permission that the role matrix does not know, so it was left out.",
        "low",
    ),
    "exception-expired": Rule(
        "Expired exception",
        "An exception was accepted until a day that is past, so it counts no more.",
        "high",
    ),
    "exception-stale": Rule(
        "Stale exception",
        "An exception is accepted for a right that is granted or that nothing asks for.",
        "high",
    ),
})  # fmt: skip
