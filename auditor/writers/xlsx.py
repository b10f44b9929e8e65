"""The report as a spreadsheet, for the PSA's administrator and the security team."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.utils import absolute_coordinate
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from auditor.schema import Report
from auditor.writers.xlsx_about import write_about
from auditor.writers.xlsx_actions import write_actions
from auditor.writers.xlsx_evidence import write_calibration, write_settings, write_sources
from auditor.writers.xlsx_excess import write_excess
from auditor.writers.xlsx_look import add_styles, clean
from auditor.writers.xlsx_matrix import write_matrix
from auditor.writers.xlsx_missing import write_checklist, write_missing
from auditor.writers.xlsx_open import write_conflicts, write_undecided
from auditor.writers.xlsx_requests import write_not_sent, write_requests
from auditor.writers.xlsx_save import Saver, canonical
from auditor.writers.xlsx_summary import write_summary
from auditor.writers.xlsx_table import SUMMARY

_EPOCH = datetime(1980, 1, 1)  # the first moment a zip can state; also of a report without an end
_SHEETS = "xl/worksheets/sheet"  # the parts that are canonical already
_RED, _AMBER, _VIOLET, _NAVY, _GREY = "A3211A", "EBA63F", "6A5ACD", "1F2A44", "8B94A3"
_TABLES: tuple[tuple[str, str, Callable[[Worksheet, Report], int], str], ...] = (
    ("Missing", "rights that are missing or set too low, and what breaks", write_missing, _RED),
    ("Fix checklist", "for the PSA admin: each box to set, in screen order", write_checklist, _RED),
    ("Excess", "what the member has and nothing needs, worst first", write_excess, _VIOLET),
    ("Role matrix", "every right: needed, found, level by the settings", write_matrix, _NAVY),
    ("Actions", "what each action needs and whether it works", write_actions, _NAVY),
    ("Undecided", "rights that no answer and no setting settled", write_undecided, _AMBER),
    ("Conflicts", "where answers, settings and exceptions disagree", write_conflicts, _AMBER),
    ("Requests", "everything that was sent, and why it was harmless", write_requests, _GREY),
    ("Not sent", "what was skipped or did not go out, and why", write_not_sent, _GREY),
    ("Settings", "which sources of the role were read", write_settings, _GREY),
    ("Calibration", "what each resource checks first, as this run shows", write_calibration, _GREY),
    ("Sources", "on what we say that a right is needed", write_sources, _GREY),
)
_ABOUT = ("About", "what the words mean, and what made this file")


def render(report: Report) -> bytes:
    """Return the report as an XLSX file; the same report gives the same bytes."""
    book = Workbook()
    add_styles(book)
    summary = book.worksheets[0]
    summary.title = SUMMARY
    summary.sheet_properties.tabColor = _NAVY
    index: list[tuple[str, str, int | None]] = []
    for title, purpose, write, colour in _TABLES:
        sheet = book.create_sheet(title)
        sheet.sheet_properties.tabColor = colour
        index.append((title, purpose, write(sheet, report)))
        _name(book, sheet)
    write_about(book.create_sheet(_ABOUT[0]), report)
    write_summary(summary, report, (*index, (*_ABOUT, None)))
    book.properties = _properties(report)
    return _pack(book, _properties(report))


def _name(book: Workbook, sheet: Worksheet) -> None:
    """Name the table of a sheet, header and all: Table_Missing, Table_Fix_checklist."""
    name = f"Table_{sheet.title.replace(' ', '_')}"
    cells = absolute_coordinate(str(sheet.auto_filter.ref))
    book.defined_names[name] = DefinedName(name, attr_text=f"'{sheet.title}'!{cells}")


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
    Saver(book, ZipFile(raw, "w", ZIP_STORED)).save()
    with ZipFile(raw) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = ZipInfo(name, _EPOCH.timetuple()[:6])
            part.compress_type = ZIP_DEFLATED
            part.external_attr = 0o644 << 16
            data = tostring(properties.to_tree()) if name == ARC_CORE else source.read(name)
            target.writestr(part, data if name.startswith(_SHEETS) else canonical(data))
    return packed.getvalue()
