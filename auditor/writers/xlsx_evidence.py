"""The sheets about what the rest relies on: settings, order of checks, sources."""

from collections.abc import Sequence

from openpyxl.worksheet.worksheet import Worksheet

from auditor.schema import CalibrationPart, Report, SettingsPart
from auditor.writers.xlsx_look import Marked, Value
from auditor.writers.xlsx_table import ABSENT, SUMMARY, Column, write_table

_SETTINGS = (
    Column("Source", 46),
    Column("Answer", 24),
    Column("Permissions it states", 16),
    Column("Customize items it allows", 16),
    Column("Names that the role matrix does not know", 70),
)
_CALIBRATION = (
    Column("Resource", 40),
    Column("Security before look-up", 18),
    Column("Security before validation", 18),
    Column("Controls: requests that show it", 46),
    Column("Requests that show the opposite", 46),
)
_SOURCES = (Column("Id", 34), Column("Title", 70), Column("Address", 80))
_ORDER = {
    True: Marked("yes", "granted"),
    False: Marked("NO", "level_too_low"),
    None: Marked("unknown", "not_tested"),
}


def write_settings(sheet: Worksheet, report: Report) -> int:
    """Write which sources of the member's role were read, and what each held."""
    return write_table(
        sheet,
        "Where the role's settings were asked for. What was not read decides nothing.",
        _SETTINGS,
        map(_settings_row, report.settings),
        empty="No settings were asked for: everything rests on the answers to requests.",
        frozen=1,
        back=SUMMARY,
    )


def write_calibration(sheet: Worksheet, report: Report) -> int:
    """Write, per resource, what the PSA checks first, and which requests show that."""
    return write_table(
        sheet,
        "A 404 or a validation error proves a right only where security is known to come first.",
        _CALIBRATION,
        map(_calibration_row, report.calibration),
        empty="No resource was asked.",
        frozen=1,
        back=SUMMARY,
    )


def write_sources(sheet: Worksheet, report: Report) -> int:
    """Write what the needs rest on; an address is text, never a link."""
    return write_table(
        sheet,
        "On what we say that a right is needed.",
        _SOURCES,
        (
            (Marked(source.id, "strong"), source.title, source.url or "no public address")
            for source in report.sources
        ),
        empty="No right of this report names a source.",
        frozen=1,
        back=SUMMARY,
    )


def _settings_row(item: SettingsPart) -> Sequence[Value]:
    return (
        Marked(item.source, "strong"),
        Marked(item.answer, "granted") if item.answer == "read" else item.answer,
        item.permissions,
        ABSENT if item.items is None else item.items,
        "\n".join(item.unmatched) or ABSENT,
    )


def _calibration_row(item: CalibrationPart) -> Sequence[Value]:
    return (
        Marked(item.resource, "strong"),
        _ORDER[item.before_lookup],
        _ORDER[item.before_validation],
        ", ".join(item.controls) or ABSENT,
        ", ".join(item.against) or ABSENT,
    )
