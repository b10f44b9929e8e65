"""What others say of an operation: claims, where we differ from them, and limits no role lifts."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from auditor import grid
from auditor.errors import MatrixError, nearest
from auditor.rights import TABLE_SETUP
from auditor.rows import ClaimRow, DifferenceRow, LimitRow


@dataclass(frozen=True, slots=True)
class Names:
    """The names a row of the ledger may use: operation ids, permissions, source ids."""

    operations: Set[str]
    permissions: Set[tuple[str, str]]
    sources: Set[str]

    def check_operation(self, path: Path, line: int, operation: str) -> None:
        """Raise MatrixError if there is no such operation."""
        if operation not in self.operations:
            hint = nearest(operation, self.operations)
            raise MatrixError(path, line, f"no operation {operation!r} in operations.csv.", hint)

    def check_sources(self, path: Path, line: int, sources: str) -> None:
        """Raise MatrixError if one of the sources, joined by `;`, is not in sources.csv."""
        for name in sources.split(";"):
            if name not in self.sources:
                hint = nearest(name, self.sources)
                raise MatrixError(path, line, f"unknown source {name!r}.", hint)


def claims(directory: Path, names: Names) -> tuple[ClaimRow, ...]:
    """Read claims.csv; raises MatrixError for a name that nothing else knows."""
    path = directory / "claims.csv"
    found: dict[ClaimRow, int] = {}
    for line, row in grid.read(path, ClaimRow):
        _check_claim(path, line, row, names)
        if row in found:
            raise MatrixError(path, line, f"the same claim as in line {found[row]}.")
        found[row] = line
    return tuple(found)


def differences(
    directory: Path, claimed: tuple[ClaimRow, ...]
) -> Mapping[tuple[str, str], DifferenceRow]:
    """Read differences.csv as (operation id, claimed right) → row; raises MatrixError."""
    path = directory / "differences.csv"
    by_operation: dict[str, set[str]] = {}
    for claim in claimed:
        by_operation.setdefault(claim.operation, set()).add(claim.right_id)
    found: dict[tuple[str, str], DifferenceRow] = {}
    for line, row in grid.read(path, DifferenceRow):
        rights = by_operation.get(row.operation, set())
        if row.right not in rights:
            hint = nearest(row.right, rights) or "Each difference is with a row of claims.csv."
            message = f"nobody claims {row.right!r} for {row.operation!r}."
            raise MatrixError(path, line, message, hint)
        if (row.operation, row.right) in found:
            raise MatrixError(path, line, f"{row.right!r} is listed twice for {row.operation}.")
        found[row.operation, row.right] = row
    return found


def limits(directory: Path, names: Names) -> Mapping[str, tuple[LimitRow, ...]]:
    """Read limits.csv as operation id → rows; raises MatrixError."""
    found: dict[str, list[LimitRow]] = {}
    for row in _limit_rows(directory / "limits.csv", names):
        found.setdefault(row.operation, []).append(row)
    return {operation: tuple(rows) for operation, rows in found.items()}


def _limit_rows(path: Path, names: Names) -> Iterator[LimitRow]:
    for line, row in grid.read(path, LimitRow):
        names.check_operation(path, line, row.operation)
        names.check_sources(path, line, row.source)
        yield row


def _check_claim(path: Path, line: int, row: ClaimRow, names: Names) -> None:
    names.check_sources(path, line, row.source)
    if row.path or row.permission:
        names.check_operation(path, line, row.operation)
    if not row.permission:
        if not row.note or row.table:
            raise MatrixError(path, line, "a claim without a permission needs a note, no table.")
        return
    if (row.module, row.permission) not in names.permissions:
        known = [name for module, name in names.permissions if module == row.module]
        raise MatrixError(
            path, line, f"unknown permission {row.permission!r} in {row.module!r}.",
            nearest(row.permission, known),
        )  # fmt: skip
    if not row.verb:
        raise MatrixError(path, line, "a claim of a permission needs a verb.")
    if row.table and (row.module, row.permission) != TABLE_SETUP:
        raise MatrixError(path, line, "only System > Table Setup has a table.")
