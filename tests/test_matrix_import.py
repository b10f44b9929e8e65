"""Workbooks as people have them: what is understood, what is doubted, what is written from it."""

import contextlib
import csv
import io
import json
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from auditor import profiles
from auditor.catalogue import Catalogue, default_directory
from auditor.cli import Commands
from auditor.cli.matrix_import import command
from auditor.errors import InputError, MatrixError
from auditor.matrix_import import Found, Imported, cells, overlay, read
from auditor.matrix_import.names import Names, likest
from auditor.rights import Verb
from auditor.roles import name_key

PROGRAM = Path(sys.executable).parent / "psa-audit"
LONG = ("Permission", "Verb", "Level", "Description")
WIDE = ("Module", "Permission", *Verb)
LEVELS = ("ALL", "MINE", "NONE")
Row = Sequence[Any]


def text_of(permission: str, verb: str, level: str) -> str:
    return f"{level} lets a member {verb.lower()} {permission}"


def lines_of(permission: str) -> list[list[str]]:
    """The rows of one permission, its name and verbs standing once, blank below."""
    rows = []
    for verb in Verb:
        for level in LEVELS:
            first = level == LEVELS[0]
            name = permission if first and verb is Verb.ADD else ""
            text = text_of(permission, verb, level)
            rows.append([name, verb.value if first else "", level, text])
    return rows


def merge_groups(sheet: Worksheet, first: int, offset: int = 0) -> None:
    """Merge the permission over its rows and each verb over its levels."""
    levels, verbs = len(LEVELS), len(Verb)
    a, b = "ABCDEF"[offset], "ABCDEF"[offset + 1]
    sheet.merge_cells(f"{a}{first}:{a}{first + levels * verbs - 1}")
    for place in range(verbs):
        sheet.merge_cells(f"{b}{first + place * levels}:{b}{first + place * levels + levels - 1}")


def nine_sheets(catalogue: Catalogue, *, merged: bool = True) -> Workbook:
    """One sheet a module: a title, a blank, a header, then every permission."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for module in catalogue.modules:
        sheet = book.create_sheet(module)
        sheet.append([f"{module}: who may do what"])
        sheet.append([])
        sheet.append(LONG)
        for known, permission in catalogue.permissions:
            if known == module:
                first = sheet.max_row + 1
                for row in lines_of(permission):
                    sheet.append(row)
                if merged:
                    merge_groups(sheet, first)
    return book


def one_sheet(catalogue: Catalogue) -> Workbook:
    """One sheet, a Module column whose cells are merged."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Matrix"
    sheet.append(["Security Roles Matrix"])
    sheet.append(["Module", "Function", "Type", "Access", "What it allows"])
    for module in catalogue.modules:
        top = sheet.max_row + 1
        for known, permission in catalogue.permissions:
            if known == module:
                first = sheet.max_row + 1
                for place, row in enumerate(lines_of(permission)):
                    sheet.append([module if first == top and not place else "", *row])
                merge_groups(sheet, first, offset=1)
        sheet.merge_cells(f"A{top}:A{sheet.max_row}")
    return book


def titled_sheet(catalogue: Catalogue) -> Workbook:
    """One sheet, a title row over each module, the header repeated under each."""
    book = Workbook()
    sheet = book.worksheets[0]
    for module in catalogue.modules:
        sheet.append([])
        sheet.append([f"{module} Module"])
        sheet.merge_cells(f"A{sheet.max_row}:D{sheet.max_row}")
        sheet.append(LONG)
        for known, permission in catalogue.permissions:
            if known == module:
                for row in lines_of(permission):
                    sheet.append(row)
    return book


def role_export(catalogue: Catalogue) -> list[Row]:
    """A role as people export it: one row a permission, a level for each verb."""
    return [WIDE, *((*key, "All", "My", "None", "All") for key in catalogue.permissions)]


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Workbook], Path]:
    def saved(book: Workbook) -> Path:
        path = tmp_path / "matrix.xlsx"
        book.save(path)
        return path

    return saved


def table(rows: Iterable[Row], title: str = "Finance", merged: Iterable[str] = ()) -> Workbook:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    return book


@pytest.fixture
def imported(save: Callable[[Workbook], Path], catalogue: Catalogue) -> Callable[..., Imported]:
    def of(rows: Iterable[Row], title: str = "Finance", merged: Iterable[str] = ()) -> Imported:
        return read(save(table(rows, title, merged)), catalogue)

    return of


def said(found: Found) -> dict[tuple[str, str], str]:
    return {(line.verb.value, line.level): line.text for line in found.lines}


def doubts(found: Imported) -> list[str]:
    return [f"{doubt.cell}: {doubt.message}" for doubt in found.doubts]


GOOD = ["Agreements", "Add", "ALL", "Creates any agreement"]


@pytest.mark.parametrize(
    "make",
    [
        nine_sheets,
        lambda catalogue: nine_sheets(catalogue, merged=False),
        one_sheet,
        titled_sheet,
    ],
    ids=["nine sheets, merged", "nine sheets, blanks", "one sheet, merged", "one sheet, titles"],
)
def test_every_layout_says_the_same(
    make: Callable[[Catalogue], Workbook],
    save: Callable[[Workbook], Path],
    catalogue: Catalogue,
) -> None:
    """Each layout gives every permission with all twelve lines, and leaves no doubt."""
    found = read(save(make(catalogue)), catalogue)
    assert doubts(found) == []
    assert not found.new
    assert not found.lacking
    assert not found.likenesses
    assert [(item.module, item.permission) for item in found.matched] == list(catalogue.permissions)
    for item in found.matched:
        level = {"ALL": "All", "MINE": "Mine", "NONE": "None"}
        assert said(item) == {
            (verb.value, level[word]): text_of(item.permission, verb, word)
            for verb in Verb for word in LEVELS
        }  # fmt: skip


def test_a_line_keeps_the_cell_it_stands_in(
    save: Callable[[Workbook], Path], catalogue: Catalogue
) -> None:
    """Sheet and cell lead back to the workbook."""
    found = read(save(nine_sheets(catalogue)), catalogue)
    finance = next(item for item in found.matched if item.module == "Finance")
    assert finance.cell == "Finance!A4"
    assert finance.lines[0].cell == "Finance!D4"
    assert finance.lines[-1].cell == "Finance!D15"


@pytest.mark.parametrize(
    ("spelled", "exact"),
    [
        ("agreements", True),
        ("Agreement", True),
        ("GL Interface", True),
        ("Agreemnts", False),
        ("Agrements", False),
        ("Compny Finance", False),
        ("Billing-Rate  Maintenance", True),
    ],
)
def test_a_misspelling_is_matched_and_said(
    imported: Callable[..., Imported], spelled: str, exact: bool
) -> None:
    """Case, dashes, plurals and aliases are exact; anything else is listed with both spellings."""
    found = imported([LONG, [spelled, *GOOD[1:]]])
    assert len(found.matched) == 1
    assert not found.new
    assert found.matched[0].is_exact is exact
    ours = f"Finance/{found.matched[0].permission}"
    taken = [(item.cell, item.found, item.taken) for item in found.likenesses]
    assert taken == ([] if exact else [("Finance!A2", spelled, ours)])


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("Project", "Project Ticket Notes"),
        ("Project", "Close Project Phase"),
        ("Service Desk", "Closed Tickets"),
        ("Finance", "Invoice Templates"),
        ("Sales", "Sales"),
        ("Finance", "Quoting"),
    ],
)
def test_another_permission_is_new_and_not_a_misspelling(
    imported: Callable[..., Imported], module: str, name: str
) -> None:
    """A name that differs in a word is a permission of its own."""
    found = imported([LONG, [name, *GOOD[1:]]], module)
    assert [(item.module, item.permission) for item in found.new] == [(module, name)]
    assert not found.matched
    assert len(found.lacking) == len(Catalogue().permissions)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["Agreements", "Ad!", "ALL", "x"]], "Finance!B2: 'Ad!' is not a verb."),
        ([["Agreements", "Add", "SOME", "x"]], "Finance!C2: 'SOME' is no level."),
        ([["Agreements", "Add", "", "x"]], "Finance!D2: 'x' names no level."),
        ([["", "Add", "ALL", "x"]], "Finance!B2: names no permission."),
        ([["Agreements", "", "ALL", "x"]], "Finance!A2: names no verb."),
        ([["=A1", "Add", "ALL", "x"]], "Finance!A2: '=A1' is not a permission's name."),
        ([["42", "Add", "ALL", "x"]], "Finance!A2: '42' is not a permission's name."),
        ([["x" * 81, "Add", "ALL", "x"]], "is not a permission's name."),
        ([[*GOOD, "stray"]], "Finance!E2: 'stray' stands under no heading."),
        ([["see the last page"]],
         "'see the last page' is no permission we know, and nothing is said of it."),
        ([GOOD, ["", "", "ALL", "Something else"]],
         "Finance!D3: another text for Finance/Agreements: Add, All; that of Finance!D2 is kept."),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_listed_with_its_cell(
    imported: Callable[..., Imported], rows: list[Row], message: str
) -> None:
    """No row is dropped in silence, and none is guessed."""
    found = imported([LONG, *rows, ["Invoicing", "Add", "All", "y"]])
    assert len(found.doubts) == 1
    assert message in doubts(found)[0]
    invoicing = next(item for item in found.matched if item.permission == "Invoicing")
    assert said(invoicing) == {("Add", "All"): "y"}


def test_no_permission_of_ours_is_like_another(catalogue: Catalogue) -> None:
    """Were one of our names unknown, no other of its module would be taken for it."""
    for module, name in catalogue.permissions:
        others = [name_key(other) for known, other in catalogue.permissions
                  if known == module and other != name]  # fmt: skip
        assert likest(name_key(name), others) == []


def test_a_name_with_a_letter_left_out_is_found_or_new_never_another(
    catalogue: Catalogue,
) -> None:
    """Any one letter may be missing: nearly all are found, none is taken for a third name."""
    names, found, missed = Names(catalogue), 0, 0
    for module, name in catalogue.permissions:
        for place in range(len(name)):
            match = names.permission(module, name[:place] + name[place + 1 :])
            assert match is None or (match.name == name and not match.others)
            found, missed = found + bool(match), missed + (match is None)
    assert missed < found / 50


def test_a_value_fills_its_merged_range_and_no_further(
    imported: Callable[..., Imported],
) -> None:
    """Below a merged range nothing is said; below a single cell blanks repeat it."""
    rows = [LONG, GOOD, ["", "", "MY", "own"], ["", "", "NONE", "no"]]
    single = imported(rows)
    assert said(single.matched[0]).keys() == {("Add", "All"), ("Add", "My"), ("Add", "None")}
    assert not single.doubts
    merged = imported(rows, merged=["A2:A3", "B2:B3"])
    assert said(merged.matched[0]).keys() == {("Add", "All"), ("Add", "My")}
    assert doubts(merged) == ["Finance!C4: names no permission."]


def test_a_text_merged_over_levels_holds_for_each(imported: Callable[..., Imported]) -> None:
    """One description over two levels is what both allow."""
    found = imported([LONG, GOOD, ["", "", "MY", ""]], merged=["D2:D3"])
    assert said(found.matched[0]) == {("Add", "All"): GOOD[3], ("Add", "My"): GOOD[3]}
    assert not found.doubts


def test_a_verb_does_not_reach_into_the_next_permission(
    imported: Callable[..., Imported],
) -> None:
    """A new permission that names no verb is doubted, not given the verb above it."""
    found = imported([LONG, GOOD, ["Invoicing", "", "ALL", "x"]])
    assert doubts(found) == ["Finance!A3: names no verb."]


def test_my_and_mine_stay_apart(imported: Callable[..., Imported]) -> None:
    """The older matrix has a line for each: neither replaces the other."""
    found = imported([LONG, GOOD, ["", "", "MY", "a"], ["", "", "MINE", "b"]])
    assert said(found.matched[0])["Add", "My"] == "a"
    assert said(found.matched[0])["Add", "Mine"] == "b"


@pytest.mark.parametrize(
    "header",
    [
        ("Function", "Action", "Access", "Notes"),
        ("Security Module", "Level", "Access", "What it allows"),
        ("Task", "Type", "Level", "Notes"),
        ("PERMISSION NAME", "verb ", "Access Level", "description"),
        ("Permision", "Verb", "Levle", "Descripton"),
    ],
)
def test_headings_are_found_by_any_of_their_names(
    imported: Callable[..., Imported], header: Row
) -> None:
    """Level beside Access is the verb; a heading may be misspelled and stand in any row."""
    found = imported([["a note"], [], header, GOOD])
    assert said(found.matched[0]) == {("Add", "All"): GOOD[3]}
    assert not found.doubts


def test_verbs_may_be_columns_and_levels_lines_of_a_cell(
    imported: Callable[..., Imported],
) -> None:
    """A cell can hold a line for each level; a line without one continues the line above."""
    cell = "ALL: every one\nof them\nMINE - own ones\nNONE nothing"
    header = ("Permission", "Add Level", "Edit Level", "Delete Level", "Inquire Level")
    found = imported([header, ["Agreements", cell, "All", "", "whoever"]])
    assert said(found.matched[0]) == {
        ("Add", "All"): "every one of them",
        ("Add", "Mine"): "own ones",
        ("Add", "None"): "nothing",
        ("Edit", "All"): "",
    }
    assert doubts(found) == ["Finance!E2: 'whoever' names no level."]


def test_verbs_may_be_columns_beside_a_level(imported: Callable[..., Imported]) -> None:
    """With a level a row, the cells under the verbs are what it allows."""
    header = ("Permission", "Level", *Verb)
    found = imported([header, ["Agreements", "ALL", "a", "e", "", "i"]])
    assert said(found.matched[0]) == {
        ("Add", "All"): "a", ("Edit", "All"): "e", ("Inquire", "All"): "i",
    }  # fmt: skip


def test_verb_and_level_may_share_a_column(imported: Callable[..., Imported]) -> None:
    """`Add - ALL` in one cell is understood."""
    found = imported([("Permission", "Level", "Notes"), ["Agreements", "Add - ALL", "x"]])
    assert said(found.matched[0]) == {("Add", "All"): "x"}


def test_an_unknown_module_is_not_read(
    save: Callable[[Workbook], Path], catalogue: Catalogue
) -> None:
    """A sheet or title of no module we know gives one doubt, and no permission."""
    book = table([LONG, GOOD])
    other = book.create_sheet("Gadgets")
    for row in (LONG, GOOD, ["", "", "MY", "x"]):
        other.append(row)
    book.create_sheet("Cover").append(["Printed on a Monday"])
    found = read(save(book), catalogue)
    assert [item.permission for item in found.matched] == ["Agreements"]
    assert doubts(found) == [
        "Gadgets!A2: no module is called 'Gadgets': not read (rows: 2).",
        "Cover!A1: no header row in this sheet: not read.",
    ]


def test_a_title_of_an_unknown_module_ends_the_one_before(
    imported: Callable[..., Imported],
) -> None:
    """Rows under it are not taken for the module above."""
    rows = [LONG, ["Finance"], GOOD, ["Gadgets"], ["Invoicing", "Add", "ALL", "x"]]
    found = imported(rows, title="All", merged=["A2:D2", "A4:D4"])
    assert [item.permission for item in found.matched] == ["Agreements"]
    assert doubts(found) == ["All!A4: no module is called 'Gadgets': not read (rows: 1)."]


@pytest.mark.parametrize(
    ("title", "module"),
    [
        ("Time and Expense", None), ("Service", "Service Desk"), ("Finanace", "Finance"),
        ("Finance Security", "Finance"), ("TIME & EXPENSE", None),
    ],
)  # fmt: skip
def test_a_sheet_is_of_the_module_it_is_like(
    imported: Callable[..., Imported], title: str, module: str | None
) -> None:
    """A likeness of a module is said as well."""
    found = imported([LONG, ["Reports", *GOOD[1:]]], title)
    assert len(found.matched) == 1
    assert [item.taken for item in found.likenesses] == ([module] if module else [])


def test_text_is_cleaned(imported: Callable[..., Imported]) -> None:
    """Control characters, bidirectional marks and stray blanks do not come along."""
    found = imported([LONG, [" Agree\u200bments ", "Add", "ALL", "a_x001B_[31m\u202e b\u00a0\n c"]])
    assert said(found.matched[0]) == {("Add", "All"): "a[31m b c"}


def test_a_formula_is_text(imported: Callable[..., Imported]) -> None:
    """Nothing is evaluated: a formula is what is written there."""
    found = imported([LONG, ["Agreements", "Add", "ALL", '=HYPERLINK("http://x","y")']])
    assert said(found.matched[0]) == {("Add", "All"): '=HYPERLINK("http://x","y")'}


def encoded(rows: list[Row], delimiter: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_export_is_read_as_spreadsheets_write_it(
    tmp_path: Path, catalogue: Catalogue, delimiter: str, encoding: str
) -> None:
    """Byte-order marks, semicolons, tabs and Windows letters are no obstacle."""
    path = tmp_path / "role.csv"
    rows = [*role_export(catalogue), ("Finance", "Prüfung", "All", "", "", "")]
    path.write_bytes(encoded(rows, delimiter, encoding))
    found = read(path, catalogue)
    assert len(found.matched) == len(catalogue.permissions)
    assert {(line.verb, line.level) for line in found.matched[0].lines} == {
        (Verb.ADD, "All"), (Verb.EDIT, "My"), (Verb.DELETE, "None"), (Verb.INQUIRE, "All"),
    }  # fmt: skip
    assert [item.permission for item in found.new] == ["Prüfung"]
    assert not found.doubts


def test_an_export_may_be_a_workbook(
    save: Callable[[Workbook], Path], catalogue: Catalogue
) -> None:
    """The same export as XLSX says the same."""
    found = read(save(table(role_export(catalogue), "Sheet1")), catalogue)
    assert len(found.matched) == len(catalogue.permissions)
    assert not found.doubts


@settings(deadline=None, max_examples=25)
@given(
    order=st.permutations(range(5)),
    wide=st.permutations(range(6)),
)
def test_the_order_of_columns_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    order: list[int],
    wide: list[int],
) -> None:
    """Any shuffling of the columns gives the same result."""
    catalogue, path = Catalogue(), tmp_path_factory.mktemp("shuffled") / "x.xlsx"
    long = [
        ("Module", *LONG),
        ("Finance", *GOOD),
        ("", "", "Edit", "MINE", "own"),
        ("", "Quoting", "Add", "None", "-"),
        ("Salse", "Opportunty", "Add", "ALL", "any"),
        ("Nowhere", "X", "Add", "ALL", "x"),
        ("Finance", "Invoicing", "Ad!", "All", "x"),
    ]
    export = [*role_export(catalogue)[:20], ("Finance", "Quoting", "All", "?", "", "")]
    for rows, places in ((long, order), (export, wide)):
        results = []
        for shuffle in (range(len(rows[0])), places):
            table([[row[at] for at in shuffle] for row in rows], "Matrix").save(path)
            results.append(without_cells(read(path, catalogue)))
        assert results[0] == results[1]


def without_cells(found: Imported) -> tuple[Any, ...]:
    return (
        [(item.module, item.permission, said(item)) for item in (*found.matched, *found.new)],
        found.lacking,
        {(item.found, item.taken) for item in found.likenesses},
        sorted(doubt.message for doubt in found.doubts),
    )


# What cannot be read.


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def understated() -> bytes:
    """A part that unpacks to more than its directory entry says."""
    content = bytearray(packed({"xl/workbook.xml": b"0" * 100_000}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(mark) + at
        content[place : place + 4] = struct.pack("<I", 10)
    return bytes(content)


def locked() -> bytes:
    content = bytearray(packed({"xl/workbook.xml": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"PK\x03\x04 and then nothing", "damaged"),
        ("a.xlsx", packed({"hello.txt": b"hello"}), "damaged or no XLSX workbook"),
        ("a.xlsx", packed({"[Content_Types].xml": b"<broken"}), "damaged or no XLSX workbook"),
        ("a.xlsx", understated(), "damaged"),
        ("a.xlsx", locked(), "encrypted"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted, or a workbook of the old"),
        ("a.xlsx", b"", "neither an XLSX workbook nor a .csv file"),
        ("a.pdf", b"%PDF-1.7", "neither an XLSX workbook nor a .csv file"),
        ("a.csv", b"\x00\x01\x02", "not text"),
        ("a.csv", b"", "holds no role matrix"),
        ("a.csv", b"Module,Permission,Add,Edit,Delete,Inquire\n", "holds no role matrix"),
        ("a.csv", b"Module,Permission,Add,Edit\n" + b'"' + b"x" * 200_000, "not readable as CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_clear_error(
    tmp_path: Path, catalogue: Catalogue, name: str, content: bytes, message: str
) -> None:
    """Damaged, encrypted, foreign and empty files end in one sentence."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path, catalogue)


def test_a_missing_file_or_a_directory_is_a_clear_error(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """The path is named."""
    for path in (tmp_path / "none.xlsx", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read(path, catalogue)


def test_a_bomb_is_not_unpacked(tmp_path: Path, catalogue: Catalogue) -> None:
    """A small file that unpacks to more than 200 MiB is refused by what it declares."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(3):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b" " * (70 * 2**20))
    assert path.stat().st_size < 2**21
    with pytest.raises(InputError, match="unpacks to more than 200 MiB"):
        read(path, catalogue)


@pytest.mark.parametrize(
    ("bound", "value", "message"),
    [
        ("MOST_SHEETS", 1, "more than 1 sheets"),
        ("MOST_CELLS", 5, "more than 5 filled cells"),
        ("MOST_BYTES", 100, "larger than"),
    ],
)
def test_a_workbook_beyond_the_bounds_is_refused(
    save: Callable[[Workbook], Path],
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    value: int,
    message: str,
) -> None:
    """Sheets, filled cells and bytes are bounded."""
    monkeypatch.setattr(cells, bound, value)
    book = table([LONG, GOOD])
    book.create_sheet("Sales")
    with pytest.raises(InputError, match=message):
        read(save(book), catalogue)


def test_a_merged_range_costs_no_more_than_the_cells_that_are_there(
    save: Callable[[Workbook], Path], catalogue: Catalogue
) -> None:
    """A range merged down to the last row of a sheet is cut where the rows end."""
    path = save(table([LONG, GOOD], merged=["F1:F2"]))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'"F1:F2"' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'"F1:F2"', b'"F1:XFD1048576"')
    path.write_bytes(packed(parts))
    assert not read(path, catalogue).doubts


def test_what_lies_beyond_the_bounds_of_a_sheet_is_said(
    imported: Callable[..., Imported], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, columns and characters that are left out are named, with the first cell."""
    monkeypatch.setattr(cells, "MOST_ROWS", 2)
    monkeypatch.setattr(cells, "MOST_COLUMNS", 5)
    monkeypatch.setattr(cells, "LONGEST", 50)
    found = imported([LONG, [*GOOD, "", "far"], ["", "", "MY", "low"]])
    assert said(found.matched[0]) == {("Add", "All"): GOOD[3]}
    assert any(text.startswith("Finance!F2: not read: beyond") for text in doubts(found))
    found = imported([LONG, [*GOOD[:3], "x" * 51]])
    assert any(text.startswith("Finance!D2: not read: beyond") for text in doubts(found))


# What is written.


def test_the_overlay_holds_ours_in_order_and_the_new(
    imported: Callable[..., Imported], catalogue: Catalogue, tmp_path: Path
) -> None:
    """New permissions end their module, named after the file; ours keep their order and cells."""
    found = imported([LONG, GOOD, ["Quoting", "Add", "MINE", "Own quotes"]])
    overlay.write(found, catalogue, tmp_path / "over")
    laid = Catalogue(tmp_path / "over", default_directory())
    assert [key for key in laid.permissions if key != ("Finance", "Quoting")] == list(
        catalogue.permissions
    )
    assert laid.permissions["Finance", "Quoting"].listed == "matrix.xlsx"
    places = list(laid.permissions)
    assert places[places.index(("Finance", "Quoting")) + 1][0] == "Marketing"
    assert laid.descriptions == {
        ("Finance", "Agreements", Verb.ADD, "All"): GOOD[3],
        ("Finance", "Quoting", Verb.ADD, "Mine"): "Own quotes",
    }
    assert len(laid.rules) == len(catalogue.rules)
    assert not catalogue.descriptions


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_text_that_looks_like_a_formula_is_neutralised(
    imported: Callable[..., Imported], catalogue: Catalogue, tmp_path: Path, start: str
) -> None:
    """Opened in a spreadsheet program, the overlay runs nothing."""
    name = f"{start if start != '=' else '+'}Quoting"
    overlay.write(
        imported([LONG, [name, "Add", "ALL", f"{start}cmd|' /C calc'!A0"]]),
        catalogue,
        tmp_path / "o",
    )
    for file in (tmp_path / "o").iterdir():
        with file.open(newline="") as handle:
            for row in csv.reader(handle):
                assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    laid = Catalogue(tmp_path / "o", default_directory())
    assert list(laid.descriptions.values()) == [f"'{start}cmd|' /C calc'!A0"]


def test_a_directory_with_something_in_it_is_left_alone(
    imported: Callable[..., Imported], catalogue: Catalogue, tmp_path: Path
) -> None:
    """Nothing is overwritten unless asked; then only the two files are."""
    found, target = imported([LONG, GOOD]), tmp_path / "over"
    target.mkdir()
    kept = target / "sources.csv"
    kept.write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        overlay.write(found, catalogue, target)
    assert [path.name for path in target.iterdir()] == ["sources.csv"]
    overlay.write(found, catalogue, target, overwrite=True)
    assert kept.read_text() == "mine"
    assert sorted(path.name for path in target.iterdir()) == [
        "permissions.csv", "role-matrix.csv", "sources.csv",
    ]  # fmt: skip
    with pytest.raises(InputError, match="cannot be written"):
        overlay.write(found, catalogue, kept)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Finance,Agrements,Add,All,x", "unknown permission"),
        ("Finance,Agreements,Read,All,x", "column 'verb'"),
        ("Finance,Agreements,Add,Some,x", "column 'level'"),
        ("Finance,Agreements,Add,All,x\nFinance,Agreements,Add,All,y", "a second time"),
    ],
)
def test_a_wrong_description_is_named_with_file_and_line(
    tmp_path: Path, row: str, message: str
) -> None:
    """role-matrix.csv is validated like every other matrix."""
    path = tmp_path / "role-matrix.csv"
    path.write_text(f"module,permission,verb,level,description\n{row}\n")
    with pytest.raises(MatrixError, match=message) as caught:
        Catalogue(tmp_path, default_directory()).descriptions  # noqa: B018 - reading is the test
    assert "role-matrix.csv:" in str(caught.value)


# The command.


class Only(Commands):
    """psa-audit with this command alone."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return command


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(Only(), ["import", *map(str, args)])


def test_the_command_says_what_it_made_of_the_file(
    save: Callable[[Workbook], Path], tmp_path: Path
) -> None:
    """Exact, alike, new, lacking and not understood are told apart, in 80 columns; exit code 3."""
    rows = [LONG, GOOD, ["Invocing", "Add", "All", "x"], ["Quoting", "Add", "All", "\x9b31m" * 50],
            ["Reports", "Ad!", "All", "x"]]  # fmt: skip
    done = run(save(table(rows)), "--output", tmp_path / "o")
    assert done.exit_code == 3, done.output
    for text in (
        "Matched exactly: 2 of", "Finance (2): Agreements, Reports", "Matched by likeness: 1",
        "Finance!A3: 'Invocing' taken for 'Finance/Invoicing'", "New, not in our matrices: 1",
        "Finance!A4: Finance > Quoting", "Lacking, only in our matrices: ", "Not understood: 1",
        "Finance!B5: 'Ad!' is not a verb.", "permissions.csv", "role-matrix.csv",
    ):  # fmt: skip
        assert text in done.output
    paths = ("permissions.csv", "role-matrix.csv")
    assert all(len(line) <= 80 for line in done.output.splitlines() if not line.endswith(paths))


def test_the_command_is_content_with_a_whole_matrix(
    save: Callable[[Workbook], Path], catalogue: Catalogue, tmp_path: Path
) -> None:
    """Exit code 0 when everything was understood; JSON holds every line and cell."""
    done = run(save(nine_sheets(catalogue)), "--output", tmp_path / "o", "--format", "json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert len(found["matched"]) == len(catalogue.permissions)
    assert found["matched"][0]["lines"][0] == {
        "verb": "Add", "level": "All", "cell": "Companies!D4",
        "text": text_of(found["matched"][0]["permission"], "Add", "ALL"),
    }  # fmt: skip
    assert found["new"] == found["lacking"] == found["not_understood"] == found["by_likeness"] == []
    assert [Path(path).name for path in found["written"]] == ["permissions.csv", "role-matrix.csv"]


def test_the_command_fails_on_a_file_it_cannot_read(tmp_path: Path) -> None:
    """Exit code 2, a sentence, and nothing written."""
    done = run(tmp_path / "none.xlsx", "--output", tmp_path / "o")
    assert done.exit_code == 2
    assert "none.xlsx cannot be read" in done.output
    assert not (tmp_path / "o").exists()


# The overlay in use.


def psa_audit(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *args], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        timeout=120,
    )  # fmt: skip


def test_a_plan_is_made_with_an_imported_overlay(
    save: Callable[[Workbook], Path], catalogue: Catalogue, tmp_path: Path
) -> None:
    """A right of a permission that only the workbook has can be asked for, and is planned."""
    book = nine_sheets(catalogue)
    for row in lines_of("Quoting"):
        book["Finance"].append(row)
    assert run(save(book), "--output", tmp_path / "matrices-overlay").exit_code == 0
    ask = ("plan", "--right", "Finance/Quoting:Add", "--action", "Tickets/List Service Tickets")
    done = psa_audit(*ask, "--matrices", "matrices-overlay", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["matrices"] == Catalogue(tmp_path / "matrices-overlay", default_directory()).digest
    assert plan["matrices"] != catalogue.digest
    assert "GET /service/tickets" in str(plan["probes"])
    assert psa_audit(*ask, cwd=tmp_path).returncode == 2


def test_one_file_of_rules_replaces_ours_and_leaves_the_others(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """An overlay with rules/finance.csv only: everything else is read from what came along."""
    (tmp_path / "rules").mkdir()
    own = (default_directory() / "rules" / "finance.csv").read_text()
    path = tmp_path / "rules" / "finance.csv"
    path.write_text(own.splitlines()[0] + "\n,/finance,Agreements,,,,inferred,inference,mine\n")
    laid = Catalogue(tmp_path, default_directory())
    assert [rule.row.path for rule in laid.rules.values() if rule.path == path] == ["/finance"]
    assert {rule.module for rule in laid.rules.values()} == {
        rule.module for rule in catalogue.rules.values()
    }
    assert laid.permissions == catalogue.permissions
    assert laid.digest != catalogue.digest
    path.write_text(own)
    assert Catalogue(tmp_path, default_directory()).digest == catalogue.digest


def test_a_profile_of_an_overlay_joins_ours(tmp_path: Path, catalogue: Catalogue) -> None:
    """An overlay with a profile only: it is listed with ours, and one of the same name wins."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    text = 'title = "Mine"\nsource = "me"\nactions = ["Tickets/List Service Tickets"]\n'
    (folder / "mine.toml").write_text(text)
    (folder / "rewst-authentication.toml").write_text(text)
    laid = Catalogue(tmp_path, default_directory())
    assert set(profiles.names(laid)) == {*profiles.names(catalogue), "mine"}
    assert profiles.load("rewst-authentication", laid).title == "Mine"
    assert profiles.load("rewst-documented", laid) == profiles.load("rewst-documented", catalogue)
    done = psa_audit("plan", "--profile", "mine", "--matrices", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_sample_role_of_an_overlay_joins_ours(tmp_path: Path) -> None:
    """Roles are laid over like profiles."""
    from auditor import samples

    (tmp_path / "roles").mkdir()
    (tmp_path / "roles" / "mine.toml").write_text('title = "x"\nbase = "rewst-authentication"\n')
    laid = Catalogue(tmp_path, default_directory())
    assert {"mine", "demo"} <= set(samples.names(laid))
    assert samples.role("mine", laid).levels


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("permision.csv", "permissions.csv"), ("rule/finance.csv", "rules/finance.csv"),
        ("profiles/mine.csv", ""), ("notes.csv", ""),
    ],
)  # fmt: skip
def test_a_file_that_would_never_be_read_is_an_error(tmp_path: Path, name: str, hint: str) -> None:
    """A misspelled file name is not a silent return to what came along."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    with pytest.raises(InputError, match="is not the name of a matrix") as caught:
        Catalogue(tmp_path, default_directory())
    assert hint in caught.value.hint


def test_other_files_of_an_overlay_do_not_matter(tmp_path: Path, catalogue: Catalogue) -> None:
    """Read-me files and what begins with a dot are neither read nor counted."""
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "._permissions.csv").write_text("x")
    assert Catalogue(tmp_path, default_directory()).digest == catalogue.digest


def test_a_file_damaged_anywhere_is_read_or_refused(
    save: Callable[[Workbook], Path], catalogue: Catalogue
) -> None:
    """Whatever byte or part is broken, the end is a result or an InputError."""
    path, chance = save(table([LONG, GOOD])), random.Random(7)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    broken = [whole[: len(whole) * part // 9] for part in range(1, 9)]
    broken += [packed({**parts, name: content[: len(content) // 2]})
               for name, content in parts.items()]  # fmt: skip
    broken += [packed({name: content for name, content in parts.items() if name != lost})
               for lost in parts]  # fmt: skip
    for _ in range(100):
        place = chance.randrange(len(whole))
        broken.append(whole[:place] + bytes([chance.randrange(256)]) + whole[place + 1 :])
    for content in broken:
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            assert read(path, catalogue).matched


@pytest.mark.parametrize("seed", range(20))
def test_garbage_never_ends_in_a_traceback(imported: Callable[..., Imported], seed: int) -> None:
    """Random cells under a header are doubts or statements, whatever they are."""
    chance = random.Random(seed)
    words = ["", "", "Add", "ALL", "Agreements", "=1/0", "-", "x" * 100, 7, 1.5, True, "Finance",
             "Module", "Permission", "Level", "Inquire", "ALL: a\nb", "\u202e"]  # fmt: skip
    rows = [[chance.choice(words) for _ in range(6)] for _ in range(60)]
    found = imported([LONG, GOOD, *rows], merged=["A5:A9", "B7:C8", "A20:D20"])
    assert found.matched
    assert found.doubts
