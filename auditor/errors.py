"""What can go wrong, for the CLI to print and turn into an exit code.

AuditError
├── InputError       exit 2: a flag, file or name is wrong
│   └── MatrixError  exit 2: a row of matrices/ is wrong, with file and line
├── JournalError     exit 2: a journal is damaged or does not fit
└── ConnectError     exit 4: the tenant could not be reached or did not accept the credentials
"""

import difflib
from collections.abc import Iterable
from pathlib import Path


class AuditError(Exception):
    """Say what is wrong and where; `hint` says what to try next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InputError(AuditError):
    """A flag, file or name that cannot be used."""


class MatrixError(InputError):
    """A row of the matrices that does not hold."""

    def __init__(self, path: Path, line: int, message: str, hint: str = "") -> None:
        super().__init__(f"{path}:{line}: {message}", hint)


class JournalError(AuditError):
    """A journal that is damaged or belongs to something else."""


class ConnectError(AuditError):
    """The tenant could not be reached, or did not accept who we are."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """Word the known names closest to `name` as a hint; empty when nothing is close."""
    by_fold = {item.casefold(): item for item in known}
    close = difflib.get_close_matches(name.casefold(), by_fold, n=count, cutoff=0.5)
    return (
        f"Did you mean {' or '.join(repr(str(by_fold[item])) for item in close)}?" if close else ""
    )
