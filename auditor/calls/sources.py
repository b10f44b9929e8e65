"""Where calls are read from: a file, stdin or a text; bytes are counted and never all held."""

import codecs
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auditor.calls.call import printable
from auditor.errors import InputError

Progress = Callable[[int, int | None], None]
HEAD = CHUNK = 2**16  # bytes; the head is looked at to tell what a file is
LONGEST_LINE = 2**20  # characters
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """An open input: `head` are its first bytes, `total` its size in bytes if that is known."""

    name: str
    head: bytes
    rest: BinaryIO
    total: int | None = None
    progress: Progress | None = None
    path: Path | None = None

    @property
    def label(self) -> str:
        """Return how to speak of it in a sentence."""
        return self.name or "the text"

    def place(self, line: int) -> str:
        """Return `calls.txt:3`, or `line 3` of a text without a name."""
        return f"{self.name}:{line}" if self.name else f"line {line}"

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes, telling `progress` how many there were; raises InputError."""
        read, chunk = 0, self.head
        while chunk:
            read += len(chunk)
            if self.progress:
                self.progress(read, self.total)
            yield chunk
            try:
                chunk = self.rest.read(CHUNK)
            except OSError as error:
                raise _unreadable(self.label, error) from error

    def texts(self) -> Iterator[str]:
        """Yield the text in pieces; what cannot be decoded is replaced."""
        decoder = codecs.getincrementaldecoder(encoding_of(self.head))(errors="replace")
        for chunk in self.chunks():
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """Yield (number, line) without its end; None for a line longer than LONGEST_LINE."""
        number, held, too_long = 1, "", False
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        for text in self.texts():
            first, *others = newlines.decode(text).split("\n")
            held = "" if too_long else held + first
            for line in others:
                yield number, None if too_long or len(held) > LONGEST_LINE else held
                number, held, too_long = number + 1, line, False
            too_long = too_long or len(held) > LONGEST_LINE
        if held or too_long:
            yield number, None if too_long else held

    def first_lines(self) -> list[str]:
        """Return the lines of the head; the last one may be cut."""
        return self.start().splitlines()

    def start(self) -> str:
        """Return the head as text, without a byte-order mark."""
        return self.head.decode(encoding_of(self.head), errors="replace").lstrip("\ufeff")


def encoding_of(head: bytes) -> str:
    """Tell the encoding by a mark, by the zeros of UTF-16, or by what decodes."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 8 > len(head):
        return "utf-16-be" if even > odd else "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


@contextmanager
def opened(source: Path | str, progress: Progress | None = None) -> Iterator[Source]:
    """Open a file, `-` for stdin, or a text itself; raises InputError."""
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                total = source.stat().st_size
                name = printable(source.name, 80)
                yield Source(name, file.read(HEAD), file, total, progress, source)
        except OSError as error:
            raise _unreadable(printable(str(source), 200), error) from error
    elif source == "-":
        stdin = sys.stdin.buffer
        yield Source("stdin", stdin.read(HEAD), stdin, None, progress)
    else:
        content = source.encode(errors="replace")
        held = io.BytesIO(content)
        yield Source("", held.read(HEAD), held, len(content), progress)


def _unreadable(label: str, error: OSError) -> InputError:
    return InputError(f"{label} cannot be read: {error.strerror or 'input or output failed'}.")
