"""A workbook → its file, the rows as plain text: openpyxl's own way makes an element per cell.

That takes longer than all the rest of a large report. Where lxml is installed, openpyxl writes
with it, and other bytes: so every part is brought into one form.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import canonicalize
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

_PLACE = b"<sheetData></sheetData>"


def canonical(part: str | bytes) -> bytes:
    """Return the XML in its one canonical form, whichever library wrote it."""
    return canonicalize(part).encode()


class Saver(ExcelWriter):
    """Writes a workbook whose cells hold texts, whole numbers or nothing."""

    def __init__(self, book: Workbook, archive: ZipFile) -> None:
        super().__init__(book, archive)
        self.archive = archive

    def write_worksheet(self, ws: Any) -> None:  # the stubs know none of what this needs
        """Write one sheet into the archive."""
        writer: Any = _Sheet(ws)
        writer.write()
        before, place, after = canonical(writer.read()).partition(_PLACE)
        if not place:
            raise AssertionError("openpyxl frames the rows of a sheet in another way")
        ws._rels = writer._rels
        rows = "".join(writer.lines).encode()
        data = before + b"<sheetData>" + rows + b"</sheetData>" + after
        self.archive.writestr(ws.path[1:], data)
        self.manifest.append(ws)


class _Sheet(WorksheetWriter):
    """Writes all of a sheet but its rows, and keeps those as text."""

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, BytesIO())
        self.sheet = ws
        self.lines: list[str] = []
        self._styles: dict[int, int] = {}
        self._letters = [get_column_letter(place) for place in range(1, ws.max_column + 1)]

    def write_rows(self) -> None:
        """Leave an empty place where the rows belong."""
        xf: Any = self.xf.send(True)
        with xf.element("sheetData"):
            self.lines = list(self._rows())
        self.xf.send(None)

    def _rows(self) -> Iterator[str]:
        for number, cells in self.rows():
            looks = {"r": str(number), **dict(self.sheet.row_dimensions.get(number, {}))}
            given = "".join(f" {name}={quoteattr(looks[name])}" for name in sorted(looks))
            yield f"<row{given}>{''.join(self._cells(number, cells))}</row>"

    def _cells(self, number: int, cells: Iterable[Any]) -> Iterator[str]:
        for cell in cells:
            if cell.hyperlink:
                self.sheet._hyperlinks.append(cell.hyperlink)
            where = f'<c r="{self._letters[cell.column - 1]}{number}" s="{self._style(cell)}"'
            match cell.value:
                case None:
                    yield f"{where}></c>"
                case int() as value:
                    yield f"{where}><v>{value}</v></c>"
                case value:
                    text = escape(value)
                    yield f'{where} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'

    def _style(self, cell: Any) -> int:
        """Return the number of a cell's style; cells that look alike share one object."""
        style = cell._style
        if id(style) not in self._styles:
            self._styles[id(style)] = cell.style_id
        return self._styles[id(style)]
