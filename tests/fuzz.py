"""Feed mutated inputs to the reader of calls for as long as you like; not part of the tests.

pip install atheris, then: python -m tests.fuzz [-max_total_time=SECONDS] [CORPUS]
"""

import sys
import tempfile
from pathlib import Path
from typing import get_args

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

with atheris.instrument_imports(include=["auditor.calls"]):
    from auditor.calls import Kind, read
    from auditor.errors import InputError

KINDS = get_args(Kind)
PATH = Path(tempfile.mkdtemp()) / "input"


def one_input(data: bytes) -> None:
    """Read the bytes as the kind that the first one names; anything but InputError is a fault."""
    if not data:
        return
    PATH.write_bytes(data[1:])
    try:
        for found in read(PATH, KINDS[data[0] % len(KINDS)]):
            if not repr(found).isprintable():
                raise AssertionError("not printable")
    except InputError:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
