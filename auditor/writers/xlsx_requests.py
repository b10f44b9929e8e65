"""The sheets about what was asked: every request of the plan, and what was not sent."""

from collections.abc import Iterator, Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.schema import ProbePart, Report
from auditor.writers.xlsx_look import Value
from auditor.writers.xlsx_table import ABSENT, SUMMARY, VERDICTS, Column, write_table

_REQUESTS = (
    Column("Id", 11),
    Column("Method", 10),
    Column("Path", 34),
    Column("Query", 24),
    Column("Body", 16),
    Column("Why it is harmless", 32),
    Column("Times sent", 12),
    Column("Answer", 18),
    Column("Verdict", 12),
    Column("Reason", 30),
    Column("Operations it stands for", 44),
)
_NOT_SENT = (
    Column("Operation or right", 52),
    Column("Request", 10),
    Column("Kind", 22),
    Column("Reason", 76),
)


def write_requests(sheet: Worksheet, report: Report) -> int:
    """Write every planned request, why it changes nothing, and what came back."""
    return write_table(
        sheet,
        "Every request of the plan, in the order of the plan. Nothing else was sent.",
        _REQUESTS,
        map(_request_row, report.requests),
        empty="The plan holds no request.",
        frozen=1,
        back=SUMMARY,
    )


def write_not_sent(sheet: Worksheet, report: Report) -> int:
    """Write what is skipped by design, then the planned requests that did not go out."""
    return write_table(
        sheet,
        "What was skipped by design, then planned requests that did not go out, with reasons.",
        _NOT_SENT,
        _not_sent_rows(report),
        empty="Every planned request was sent, and nothing was skipped.",
        back=SUMMARY,
    )


def _request_row(request: ProbePart) -> Sequence[Value]:
    return (
        request.id,
        request.method,
        request.path,
        request.query,
        request.body,
        request.harmless,
        request.sent,
        request.answer,
        VERDICTS[request.verdict],
        request.reason,
        "\n".join(request.operations),
    )


def _not_sent_rows(report: Report) -> Iterator[Sequence[Value]]:
    for skip in report.skipped:
        yield skip.id, ABSENT, "skipped by design", skip.reason
    for request in report.requests:
        if not request.sent:
            line = f"{request.method} {request.path}"
            kind = "follow-up" if request.followup else "planned, not sent"
            yield line, request.id, kind, request.reason
