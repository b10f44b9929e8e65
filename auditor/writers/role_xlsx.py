"""A least role as a spreadsheet: the steps, the role in screen order, and why each box is set."""

from collections.abc import Callable, Sequence

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from auditor.least import Box, Conditional, LeastRole, Line
from auditor.rights import TABLE_SETUP, Level, Verb
from auditor.writers.role_steps import (
    ITEMS,
    LEVELS,
    NOT_STATED,
    Handover,
    Step,
    assumed,
    conditional_level,
    few,
    in_role,
    levels,
    steps,
)
from auditor.writers.xlsx import _EPOCH, _pack
from auditor.writers.xlsx_look import Marked, Value, add_styles, clean, put
from auditor.writers.xlsx_table import (
    ABSENT,
    Column,
    set_up_page,
    write_across,
    write_section,
    write_table,
)

TICK = "☐"
_STEP_COLUMNS = (4, 100)
_ROLE = (
    Column("Done", 7), Column("Module", 16), Column("Permission", 32),
    *(Column(verb, 10) for verb in Verb),
    Column("Customize", 34), Column("Level not stated by any source", 22), Column("Risk", 10),
    Column("Basis", 14), Column("Wanted by", 30),
)  # fmt: skip
_BOXES = (
    Column("Box", 44), Column("Level to set", 12), Column("Level stated", 30),
    Column("Basis", 13), Column("Source", 36), Column("Why", 36), Column("Wanted by", 26),
    Column("Action count", 9), Column("Actions", 38), Column("Risk", 10), Column("Harm", 40),
)  # fmt: skip
_ITEMS = (
    Column("Done", 7), Column("Item", 34), Column("Spelling", 30), Column("For", 24),
    Column("Basis", 13), Column("Source", 36), Column("Why", 36), Column("Wanted by", 26),
    Column("Actions", 38),
)  # fmt: skip
_CONDITIONAL = (
    Column("Right", 44), Column("Level needed", 10), Column("Only if", 40),
    Column("In the role anyway", 16), Column("Asked for by", 38), Column("Basis", 13),
    Column("Source", 36), Column("Why", 36),
)  # fmt: skip
_DANGERS = (
    Column("Risk", 10), Column("Combination", 30), Column("Rights", 46), Column("Harm", 50),
    Column("Why", 50),
)  # fmt: skip
_TIERS = {"critical": "missing", "high": "level_too_low", "medium": "undecided"}


def render(handover: Handover) -> bytes:
    """Return the hand-over as an XLSX file; the same role gives the same bytes.

    `role check` and `simulate --role` read the sheet Role back.
    """
    book = Workbook()
    add_styles(book)
    first = book.worksheets[0]
    first.title = "Steps"
    _write_steps(first, handover)
    sheets: tuple[tuple[str, Callable[[Worksheet, LeastRole], int]], ...] = (
        ("Role", _write_role), ("Customize", _write_items), ("Why", _write_boxes),
        ("Conditional", _write_conditional), ("Combinations", _write_dangers),
    )  # fmt: skip
    for title, write in sheets:
        write(book.create_sheet(title), handover.least)
    properties = DocumentProperties(
        title=clean(f"Security role: {handover.least.role.name}"[:200]),
        creator="psa-audit", lastModifiedBy="psa-audit", created=_EPOCH, modified=_EPOCH,
    )  # fmt: skip
    return _pack(book, properties)


def _write_steps(sheet: Worksheet, handover: Handover) -> None:
    for place, width in enumerate(_STEP_COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    put(sheet, 1, 1, Marked(f"Security role: {handover.least.role.name}", "title"))
    wanted = f"The least role for {', '.join(handover.least.names)}"
    put(sheet, 2, 1, Marked(f"{wanted}. psa-audit {handover.version}", "note"))
    row = 4
    for number, step in enumerate(steps(handover), 1):
        row = write_section(sheet, row, (1, 2), f"{number}. {step.title}")
        for line in _lines(step):
            put(sheet, row, 1, TICK)
            write_across(sheet, row, (2, 2), line)
            row += 1
    write_across(sheet, row, (2, 2), Marked(handover.verify, "strong"))
    set_up_page(sheet, pages=1)


def _lines(step: Step) -> Sequence[str]:
    """Return the lines of a step, and which sheet holds its list."""
    where = {LEVELS: "The list is the sheet Role.", ITEMS: "The items are on the sheet Customize."}
    more = (where[step.shows],) if step.shows else ()
    return (*step.lines, *more)


def _write_role(sheet: Worksheet, least: LeastRole) -> int:
    return write_table(
        sheet,
        "In the order of System > Security Roles. Permissions that are not here stay None.",
        _ROLE,
        (_role_row(line, least) for line in least.lines),
        empty="Nothing is needed.",
        frozen=3,
    )


def _role_row(line: Line, least: LeastRole) -> Sequence[Value]:
    customize: Value = ABSENT
    if (line.module, line.permission) == TABLE_SETUP:
        customize = "All" if least.every_item else ";\n".join(item.table for item in least.items)
    return (
        TICK,
        line.module,
        Marked(line.permission, "strong"),
        *(_level(text) for text in levels(line)),
        customize,
        assumed(line) or ABSENT,
        _tier(line.tier.label),
        "\n".join(line.bases),
        ", ".join(line.wanted_by),
    )


def _level(text: str) -> Marked:
    return Marked(text, "absent" if text == Level.NONE.label else "number")


def _tier(text: str) -> Marked:
    return Marked(text, _TIERS.get(text, "not_tested"))


def _write_items(sheet: Worksheet, least: LeastRole) -> int:
    rows = (
        (TICK, Marked(item.table, "strong"),
         "published" if item.is_published else "not public: look for the nearest name",
         ", ".join(item.verbs), item.basis, _titles(item.source, least), item.why,
         ", ".join(item.wanted_by), few(item.actions, "\n"))
        for item in least.items
    )  # fmt: skip
    empty = "Every item: Table Setup is wanted as a whole." if least.every_item else "No item."
    return write_table(
        sheet, "What Customize beside System > Table Setup must allow.", _ITEMS, rows, empty=empty
    )


def _write_boxes(sheet: Worksheet, least: LeastRole) -> int:
    return write_table(
        sheet, "Each level to set, what says so, and what it can do in wrong hands.", _BOXES,
        (_box_row(box, least) for box in least.boxes), empty="Nothing is needed.", frozen=1,
    )  # fmt: skip


def _box_row(box: Box, least: LeastRole) -> Sequence[Value]:
    return (
        Marked(box.right.label, "strong"), box.level.label,
        "yes" if box.is_stated else f"{NOT_STATED}: All assumed", box.basis,
        _titles(box.source, least), box.why, ", ".join(box.wanted_by), len(box.actions),
        few(box.actions, "\n"), _tier(box.tier.label), box.harm,
    )  # fmt: skip


def _write_conditional(sheet: Worksheet, least: LeastRole) -> int:
    return write_table(
        sheet, "Not in the role. Set one only where its condition holds for you.", _CONDITIONAL,
        (_conditional_row(item, least) for item in least.conditional),
        empty="Nothing is needed under a condition only.", frozen=1,
    )  # fmt: skip


def _conditional_row(item: Conditional, least: LeastRole) -> Sequence[Value]:
    return (
        Marked(item.need.right.label, "strong"), conditional_level(item), item.need.condition,
        in_role(item), few(item.asked_by, "\n"), item.need.basis, _titles(item.need.source, least),
        item.need.why,
    )  # fmt: skip


def _write_dangers(sheet: Worksheet, least: LeastRole) -> int:
    rows = (
        (_tier(item.tier.label), Marked(item.name, "strong"),
         "\n".join(right.label for right in item.rights), item.harm, item.why)
        for item in least.dangers
    )  # fmt: skip
    return write_table(
        sheet, "What the role's rights do together, should its key be stolen.", _DANGERS, rows,
        empty="The role holds no combination of rights that is known to be dangerous.",
    )  # fmt: skip


def _titles(source: str, least: LeastRole) -> str:
    titles = {row.id: row.title for row in least.sources}
    return "\n".join(titles.get(name, name) for name in source.split(";"))
