"""The spreadsheet's form: what the reader fills in, filters, prints; and LibreOffice's reading."""

import io
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree.ElementTree import canonicalize
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from auditor.writers.xlsx import render
from tests.reports import action, report, request
from tests.writers.samples import poisoned, whole_report
from tests.writers.test_xlsx import SHEETS, TABLES, cells, links, opened, table

DECIDED = ("Missing", "Excess", "Undecided", "Conflicts")


def validations(book: Workbook, name: str) -> dict[str, tuple[str, str, str]]:
    """Map the cells of each validation to its type, operator and first operand."""
    found = book[name].data_validations.dataValidation
    return {str(item.sqref): (item.type, item.operator or "", item.formula1) for item in found}


@pytest.mark.parametrize("name", DECIDED)
def test_a_finding_has_room_for_a_decision(name: str) -> None:
    """Decision from a list, owner, and a due date that lies not before the run."""
    sheet = opened(whole_report())[name]
    header = [cell.value for cell in sheet[3]]
    assert header[-3:] == ["Decision", "Owner", "Due date"]
    last = sheet.max_row
    decision, due = (get_column_letter(sheet.max_column - back) for back in (2, 0))
    assert validations(opened(whole_report()), name) == {
        f"{decision}4:{decision}{last}": ("list", "", '"accept,fix,later"'),
        f"{due}4:{due}{last}": ("date", "greaterThanOrEqual", "46350"),  # 2026-11-24
    }
    assert sheet[f"{due}4"].number_format == "yyyy-mm-dd"
    assert all(sheet[f"{column}4"].value is None for column in (decision, due))


def test_a_step_can_be_ticked_off() -> None:
    """The first column of the checklist takes yes or no, and a done row is struck out."""
    book = opened(whole_report())
    last = book["Fix checklist"].max_row
    assert book["Fix checklist"]["A3"].value == "Done"
    assert validations(book, "Fix checklist") == {f"A4:A{last}": ("list", "", '"yes,no"')}
    rules = [rule for found in book["Fix checklist"].conditional_formatting for rule in found.rules]
    assert [rule.formula for rule in rules] == [['$A4="yes"'], ['$A4="no"']]
    assert rules[0].dxf.font.strike


@pytest.mark.parametrize("name", DECIDED)
def test_a_decision_changes_how_its_row_looks(name: str) -> None:
    """Each word of the list has a format of its own."""
    formats = opened(whole_report())[name].conditional_formatting
    conditions = [rule.formula[0] for found in formats for rule in found.rules]
    for word in ("accept", "fix", "later"):
        assert any(condition.endswith(f'="{word}"') for condition in conditions)


def test_a_table_without_rows_asks_for_nothing() -> None:
    """There is nothing to decide, and the sentence in its place is no cell to fill in."""
    book = opened(report())
    for name in TABLES:
        assert not validations(book, name)


def test_every_table_has_a_name() -> None:
    """Header and rows of each sheet, for formulas of the reader's own."""
    book = opened(whole_report())
    for title in TABLES:
        found = book.defined_names[f"Table_{title.replace(' ', '_')}"]
        sheet = book[title]
        column = get_column_letter(sheet.max_column)
        assert found.attr_text == f"'{title}'!$A$3:${column}${sheet.max_row}"


def test_rows_are_as_high_as_their_text() -> None:
    """The height is stored: not every program fits rows to wrapped text by itself."""
    many = action("x " * 200, verdict="allowed")
    sheet = opened(report(actions=(many, action())))["Actions"]
    assert sheet.row_dimensions[4].height > 4 * sheet.row_dimensions[5].height
    assert sheet.column_dimensions["B"].width == 26


def test_tables_are_made_for_reading_and_printing() -> None:
    """Header frozen, filtered and repeated; landscape, as wide as the page, pages numbered."""
    book = opened(whole_report())
    for name in TABLES:
        sheet = book[name]
        assert re.fullmatch("[A-F]4", str(sheet.freeze_panes)), name
        assert str(sheet.auto_filter.ref).startswith("A3:"), name
        assert sheet.print_title_rows == "$3:$3", name
    for page in book.worksheets:
        assert page.page_setup.orientation == "landscape"
        assert page.page_setup.fitToWidth == 1
        assert "Page &P of &N" in str(page.oddFooter)


def test_the_checklist_fits_the_common_paper() -> None:
    """It is printed and ticked by hand: A4."""
    assert opened(whole_report())["Fix checklist"].page_setup.paperSize == 9


def test_a_report_of_every_operation_is_shown_whole() -> None:
    """3,111 actions and requests: a row each."""
    shown = report(
        actions=tuple(action(f"Action {number}") for number in range(3_111)),
        requests=tuple(request(number) for number in range(3_111)),
    )
    book = opened(shown)
    assert len(table(book, "Actions")) == len(table(book, "Requests")) == 3_111


@pytest.mark.parametrize("poison", ["", "=<a&b>\r\n'\"]]>"], ids=["usual", "hostile"])
def test_every_part_is_in_its_one_form(poison: str) -> None:
    """The bytes do not tell which XML library was installed: each part is canonical XML."""
    shown = poisoned(whole_report(), poison) if poison else whole_report()
    with ZipFile(io.BytesIO(render(shown))) as archive:
        for name in archive.namelist():
            part = archive.read(name).decode()
            assert canonicalize(part) == part, name


@pytest.mark.libreoffice
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("poison", ["", "=1+1"], ids=["usual", "hostile"])
def test_libreoffice_reads_the_same_book(tmp_path: Path, poison: str) -> None:
    """Saved again by another program: the same cells, no formula, and no link out of the file."""
    shown = poisoned(whole_report(), poison) if poison else whole_report()
    (tmp_path / "report.xlsx").write_bytes(render(shown))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "xlsx", "--outdir", tmp_path / "again", tmp_path / "report.xlsx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    ours, theirs = opened(shown), load_workbook(tmp_path / "again" / "report.xlsx")
    assert theirs.sheetnames == SHEETS
    assert {cell.data_type for cell in cells(theirs)} <= {"s", "n"}
    for name in TABLES:
        assert table(theirs, name) == table(ours, name)
        assert theirs[name].print_title_rows == "$3:$3"
        assert validations(theirs, name).keys() == validations(ours, name).keys()
        assert f"Table_{name.replace(' ', '_')}" in theirs.defined_names
    found = [(cell.hyperlink.location, cell.hyperlink.target) for cell in links(theirs, *SHEETS)]
    wanted = [(cell.hyperlink.location, None) for cell in links(ours, *SHEETS)]
    assert found == wanted
