"""An API log kept as XLSX → its rows, one at a time, within the bounds that cells sets."""

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from openpyxl import load_workbook

from auditor.calls.call import printable
from auditor.calls.sources import Source
from auditor.errors import InputError
from auditor.matrix_import.cells import MOST_BYTES, MOST_SHEETS

Rows = Iterator[tuple[int, Sequence[object]]]
MOST_COLUMNS = 100
MOST_SHARED = 50 * 2**20  # bytes of the texts that a workbook shares: these are held
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SAVE_AGAIN = "Open it in a spreadsheet program and save it as CSV or .xlsx, without a password."


def is_workbook(source: Source) -> bool:
    """Tell a workbook by its first bytes; raises InputError for what is packed otherwise."""
    if source.head.startswith(_OLE):
        raise InputError(f"{source.label} is encrypted, or of the old .xls form.", _SAVE_AGAIN)
    if source.head.startswith((b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ", b"Rar!")):
        raise InputError(f"{source.label} is compressed.", "Unpack it first.")
    return source.head.startswith(_ZIP)


def sheets(source: Source) -> Iterator[tuple[str, Rows]]:
    """Yield (title, rows) of every sheet; raises InputError for a damaged or too large file."""
    file = _seekable(source)
    _check(source, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that a reader of texts can do without
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets[:MOST_SHEETS]:
            sheet.reset_dimensions()  # what a file says of its size need not be so
            rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
            yield printable(sheet.title, 40), _rows(source, rows)
    except (InputError, GeneratorExit):
        raise
    except Exception as error:  # openpyxl raises whatever a broken part makes it raise
        raise _damaged(source, error) from error


def _rows(source: Source, rows: Iterator[Sequence[object]]) -> Rows:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from enumerate(rows, 1)
    except GeneratorExit:
        raise
    except Exception as error:  # as above
        raise _damaged(source, error) from error


def _damaged(source: Source, error: Exception) -> InputError:
    kind = type(error).__name__
    return InputError(f"{source.label} is damaged or no XLSX workbook: {kind}.", _SAVE_AGAIN)


def _seekable(source: Source) -> BinaryIO:
    """Return the file itself; what cannot be read twice, such as stdin, is held."""
    if source.path:
        source.rest.seek(0)
        return source.rest
    held = io.BytesIO()
    for chunk in source.chunks():
        held.write(chunk)
        if held.tell() > MOST_BYTES:
            raise InputError(f"{source.label} is larger than {MOST_BYTES >> 20} MiB.")
    held.seek(0)
    return held


def _check(source: Source, file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _damaged(source, error) from error
    if any(part.flag_bits & 1 for part in parts):
        raise InputError(f"{source.label} is encrypted.", _SAVE_AGAIN)
    # zipfile never unpacks more of a part than is declared here.
    if sum(part.file_size for part in parts) > MOST_BYTES:
        raise InputError(f"{source.label} unpacks to more than {MOST_BYTES >> 20} MiB.")
    shared = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
    if shared > MOST_SHARED:
        raise InputError(f"{source.label} holds too much text.", _SAVE_AGAIN)
