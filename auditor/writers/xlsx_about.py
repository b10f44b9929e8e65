"""The last sheet: versions, what the words mean, order of checks per resource, sources."""

from collections.abc import Iterable, Mapping

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from auditor.schema import CalibrationPart, Report
from auditor.writers.xlsx_look import Marked, Value, height, put
from auditor.writers.xlsx_table import (
    ABSENT,
    STATE_WORDS,
    VERDICTS,
    set_up_page,
    write_across,
    write_section,
)

_WIDTHS = (34, 24, 24, 70)
_VERDICT_MEANINGS = {
    "allowed": "the answer proves that the request came past security",
    "denied": "the PSA answered with its exact security refusal",
    "undecided": "the answer proves neither; the reason says what came back instead",
    "not_tested": "no request was sent for it, or it was not needed; the reason says why",
}
_STATE_MEANINGS = {
    "granted": "an answer proves the right (proved), the role's settings say so (declared), "
    "or both",
    "missing": "a request that needs this right was refused, and nothing else it needs is lacking",
    "level_too_low": "the right is there, but for fewer records than needed: My instead of All",
    "undecided": "no answer proves it granted or missing; leaning says what is more likely",
    "excess": "the role has it, and nothing that was selected needs it",
}
_BASIS_MEANINGS = {
    "observed": "seen on a live PSA",
    "documented": "stated by ConnectWise",
    "vendor": "stated by a vendor for its own integration",
    "inferred": "reasoned from the API and the names in the role screen; no public evidence",
}
_YES_NO = {True: "yes", False: "NO", None: "unknown"}
_CALIBRATION_NOTE = (
    "A 404 or a validation error proves a right only where the resource is known to check security "
    "first. Controls are the requests whose refusal shows that."
)


def write_about(sheet: Worksheet, report: Report) -> None:
    """Write what a reader needs to check the other sheets."""
    for place, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    put(sheet, 1, 1, Marked(sheet.title, "title"))
    sections: tuple[tuple[str, Iterable[tuple[Value, str]]], ...] = (
        ("Made by", _versions(report).items()),
        ("Verdicts on actions and requests", _meanings(VERDICTS, _VERDICT_MEANINGS)),
        ("States of rights", _meanings(STATE_WORDS, _STATE_MEANINGS)),
        ("Basis: on what we say that a right is needed", _BASIS_MEANINGS.items()),
    )
    row = 2
    for title, pairs in sections:
        row = write_section(sheet, row, (1, 4), title)
        for label, value in pairs:
            put(sheet, row, 1, label)
            write_across(sheet, row, (2, 4), value)
            row += 1
        row += 1
    row = _calibrations(sheet, row, report.calibration)
    _sources(sheet, row + 1, report)
    sheet.freeze_panes = "A2"
    set_up_page(sheet)


def _versions(report: Report) -> Mapping[Value, str]:
    return {
        "Program": f"psa-audit {report.tool.version}",
        "Matrices (digest)": report.tool.matrices,
        "Schema": report.schema_,
    }


def _meanings(
    words: Mapping[str, Marked], meanings: Mapping[str, str]
) -> Iterable[tuple[Value, str]]:
    return ((word, meanings[name]) for name, word in words.items())


def _calibrations(sheet: Worksheet, row: int, found: Iterable[CalibrationPart]) -> int:
    """Write the order of checks of each resource; return the row below."""
    row = write_section(sheet, row, (1, 4), "Order of checks, as this run shows it")
    write_across(sheet, row, (1, 4), _CALIBRATION_NOTE)
    row = _header(
        sheet,
        row + 1,
        ("Resource", "Security before look-up", "Security before validation", "Controls"),
    )
    for item in found:
        values: tuple[Value, ...] = (
            item.resource,
            _YES_NO[item.before_lookup],
            _YES_NO[item.before_validation],
            _controls(item),
        )
        for place, value in enumerate(values, 1):
            put(sheet, row, place, value)
        sheet.row_dimensions[row].height = height(zip(values, _WIDTHS, strict=True))
        row += 1
    return row


def _controls(item: CalibrationPart) -> Value:
    found = ", ".join(item.controls)
    if item.against:
        found = f"{found}{'; ' if found else ''}against: {', '.join(item.against)}"
    return found or ABSENT


def _sources(sheet: Worksheet, row: int, report: Report) -> None:
    row = write_section(sheet, row, (1, 4), "Sources of the rights above")
    row = _header(sheet, row, ("Id", "Title", "", "Address"))
    for source in report.sources:
        put(sheet, row, 1, source.id)
        address = source.url or "no public address"
        put(sheet, row, 4, address)
        write_across(sheet, row, (2, 3), source.title)
        fitted = ((source.title, _WIDTHS[1] + _WIDTHS[2]), (address, _WIDTHS[3]))
        sheet.row_dimensions[row].height = height(fitted)
        row += 1


def _header(sheet: Worksheet, row: int, headings: Iterable[str]) -> int:
    for place, heading in enumerate(headings, 1):
        put(sheet, row, place, Marked(heading, "header"))
    return row + 1
