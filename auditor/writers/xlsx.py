"""The report as a spreadsheet, for the PSA's administrator and the security team."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from auditor.schema import Report
from auditor.writers.xlsx_about import write_about
from auditor.writers.xlsx_look import add_styles, clean
from auditor.writers.xlsx_requests import write_actions, write_not_sent, write_requests
from auditor.writers.xlsx_rights import write_matrix, write_missing, write_undecided
from auditor.writers.xlsx_summary import write_summary

_EPOCH = datetime(1980, 1, 1)  # the first moment a zip can state; also of a report without an end
_TABLES: tuple[tuple[str, str, Callable[[Worksheet, Report], int], str], ...] = (
    ("Missing rights", "what to set in the security role", write_missing, "A3211A"),
    ("Role matrix", "every needed right and what was found", write_matrix, "1F2A44"),
    ("Actions", "what each action needs and whether it works", write_actions, "1F2A44"),
    ("Undecided", "what no answer settled, and other findings", write_undecided, "EBA63F"),
    ("Requests", "everything that was sent, and why it was harmless", write_requests, "8B94A3"),
    ("Not sent", "what was skipped or did not go out, and why", write_not_sent, "8B94A3"),
)
_ABOUT = ("About", "what the words mean, order of checks, sources")


def render(report: Report) -> bytes:
    """Return the report as an XLSX file; the same report gives the same bytes."""
    book = Workbook()
    add_styles(book)
    summary = book.worksheets[0]
    summary.title = "Summary"
    summary.sheet_properties.tabColor = "1F2A44"
    index: list[tuple[str, str, int | None]] = []
    for title, purpose, write, colour in _TABLES:
        sheet = book.create_sheet(title)
        sheet.sheet_properties.tabColor = colour
        index.append((title, purpose, write(sheet, report)))
    write_about(book.create_sheet(_ABOUT[0]), report)
    write_summary(summary, report, (*index, (*_ABOUT, None)))
    book.properties = _properties(report)
    return _pack(book, _properties(report))


def _properties(report: Report) -> DocumentProperties:
    moment = _moment(report.finished)
    return DocumentProperties(
        title=clean(f"ConnectWise PSA permission audit: {report.target.company}"[:200]),
        creator="psa-audit",
        lastModifiedBy="psa-audit",
        created=moment,
        modified=moment,
    )


def _moment(text: str) -> datetime:
    """Read an ISO 8601 time as UTC without a zone, the way openpyxl wants it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _EPOCH
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _pack(book: Workbook, properties: DocumentProperties) -> bytes:
    """Save with nothing of now: openpyxl stamps the time of saving on the file and its parts."""
    raw, packed = io.BytesIO(), io.BytesIO()
    ExcelWriter(book, ZipFile(raw, "w", ZIP_STORED)).save()
    with ZipFile(raw) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = ZipInfo(name, _EPOCH.timetuple()[:6])
            part.compress_type = ZIP_DEFLATED
            part.external_attr = 0o644 << 16
            data = tostring(properties.to_tree()) if name == ARC_CORE else source.read(name)
            target.writestr(part, data)
    return packed.getvalue()
