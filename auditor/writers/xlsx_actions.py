"""The sheet about actions: what each needs, what its own request gave, whether it will work."""

from collections.abc import Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.schema import ActionPart, Report
from auditor.writers.xlsx_look import Marked, Value
from auditor.writers.xlsx_table import ABSENT, OUTLOOKS, SUMMARY, VERDICTS, Column, write_table

_ACTIONS = (
    Column("Category", 16),
    Column("Action", 26),
    Column("Outlook", 10),
    Column("Verdict", 12),
    Column("Method", 9),
    Column("Path", 28),
    Column("Reason", 28),
    Column("Remedy", 26),
    Column("Rights needed", 30),
    Column("Suspects", 26),
    Column("Further rights under a condition", 28),
    Column("Request", 32),
    Column("Answer", 20),
)


def write_actions(sheet: Worksheet, report: Report) -> int:
    """Write every action with its outlook, its verdict and the rights behind it."""
    return write_table(
        sheet,
        "Outlook: by every right it needs. Verdict: on its own request. Suspects: the rights of "
        "which at least one is missing.",
        _ACTIONS,
        map(_row, report.actions),
        empty="No action was selected.",
        frozen=2,
        back=SUMMARY,
    )


def _row(action: ActionPart) -> Sequence[Value]:
    return (
        action.category,
        Marked(action.action, "strong"),
        OUTLOOKS[action.outlook],
        VERDICTS[action.verdict],
        action.method,
        action.path,
        action.reason,
        action.remedy,
        "\n".join(action.rights),
        "\n".join(action.suspects),
        "\n".join(action.conditional),
        f"{action.request.method} {action.request.path}" if action.request else ABSENT,
        _answer(action),
    )


def _answer(action: ActionPart) -> Value:
    if action.response is None:
        return ABSENT
    first = " ".join(filter(None, (str(action.response.status), action.response.code)))
    return "\n".join(filter(None, (first, action.response.message)))
