"""The files of matrices/ → validated rows; every complaint names file and line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from auditor import grid, ledger
from auditor.errors import MatrixError, nearest
from auditor.layers import DESCRIPTIONS, Layers
from auditor.rights import TABLE_SETUP, Level, Requirement, Right, Verb
from auditor.rows import (
    ActionRow,
    BodyRow,
    ClaimRow,
    DescriptionRow,
    DifferenceRow,
    ExtraRow,
    KindRow,
    LimitRow,
    Operation,
    PermissionRow,
    ProbeRow,
    RuleRow,
    SourceRow,
    TableRow,
    shape,
)

NO_RIGHT = "none"  # rules/none.csv: operations to which no right of the matrix applies


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with the place it was read from; `module` is empty where no right applies."""

    module: str
    row: RuleRow
    path: Path
    line: int


class Grids:
    """Everything that matrices/ says, read when first asked for and then kept.

    With a `base`, `directory` may hold any part of the files: the others are those of the base.
    Raises MatrixError, with file and line, for a row that does not hold.
    """

    def __init__(self, directory: Path | None = None, base: Path | None = None) -> None:
        self.directory = directory or default_directory()
        self._layers = Layers(self.directory, base)

    @cached_property
    def permissions(self) -> dict[tuple[str, str], PermissionRow]:
        """Map (module, permission) to its row, in the order of the security-role screen."""
        rows = (row for _, row in self._read("permissions.csv", PermissionRow))
        return {(row.module, row.permission): row for row in rows}

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """Return the module names in screen order."""
        return tuple(dict.fromkeys(module for module, _ in self.permissions))

    @cached_property
    def sources(self) -> dict[str, SourceRow]:
        """Map source id to its row."""
        return {row.id: row for _, row in self._read("sources.csv", SourceRow)}

    @cached_property
    def kinds(self) -> dict[str, KindRow]:
        """Map operation kind to the verb it needs."""
        return {row.kind: row for _, row in self._read("kinds.csv", KindRow)}

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Map `METHOD /path` to the operation, all of them."""
        return {row.id: row for _, row in self._read("operations.csv", Operation)}

    @cached_property
    def single_reads(self) -> dict[tuple[str, ...], Operation]:
        """Map path shape to the GET that reads one record there, by id rather than by name."""
        reads = (
            operation
            for operation in self.operations.values()
            if operation.kind in {"get", "info"} and not operation.is_many
        )
        by_id = sorted(reads, key=lambda operation: not operation.path.endswith("{id}"))
        return {shape(operation.path): operation for operation in reversed(by_id)}

    @cached_property
    def bodies(self) -> dict[str, tuple[BodyRow, ...]]:
        """Map request-body name to its fields."""
        found: dict[str, list[BodyRow]] = {}
        for _, row in self._read("bodies.csv", BodyRow):
            found.setdefault(row.body, []).append(row)
        return {name: tuple(fields) for name, fields in found.items()}

    @cached_property
    def actions(self) -> dict[str, ActionRow]:
        """Map `Category/Action` to its row, in the order of the integration's own list."""
        found: dict[str, ActionRow] = {}
        for line, row in self._read("actions.csv", ActionRow):
            path = self.file("actions.csv")
            if row.id in found:
                raise MatrixError(path, line, f"{row.id!r} is listed twice.")
            if row.method and f"{row.method} {row.path}" not in self.operations:
                wanted = f"{row.method} {row.path}"
                hint = nearest(wanted, self.operations)
                raise MatrixError(path, line, f"no operation {wanted!r} in operations.csv.", hint)
            if not row.method and not row.note:
                raise MatrixError(path, line, "an action without an operation needs a note.")
            found[row.id] = row
        return found

    @cached_property
    def probe_rules(self) -> dict[tuple[str, str], ProbeRow]:
        """Map (operation id, rule) to the exception from the probe recipes."""
        found: dict[tuple[str, str], ProbeRow] = {}
        for line, row in self._read("probes.csv", ProbeRow):
            operation = f"{row.method} {row.path}"
            if operation not in self.operations:
                hint = nearest(operation, self.operations)
                raise MatrixError(
                    self.file("probes.csv"), line, f"no operation {operation!r}.", hint
                )
            found[operation, row.rule] = row
        return found

    @cached_property
    def rules(self) -> dict[tuple[tuple[str, ...], str], Rule]:
        """Map (path shape, method or empty) to the rule; raises MatrixError on a bad row."""
        found: dict[tuple[tuple[str, ...], str], Rule] = {}
        for path, rule in self._rule_rows():
            key = (shape(rule.row.path), rule.row.method)
            if key in found:
                other = found[key]
                raise MatrixError(
                    path, rule.line, f"same prefix as {other.path.name}:{other.line}."
                )
            found[key] = rule
        return found

    @cached_property
    def extras(self) -> dict[str, tuple[Requirement, ...]]:
        """Map operation id to the further rights it needs, some under a condition."""
        found: dict[str, list[Requirement]] = {}
        path = self.file("extras.csv")
        for line, row in self._read("extras.csv", ExtraRow):
            operation = f"{row.method} {row.path}"
            if operation not in self.operations:
                hint = nearest(operation, self.operations)
                raise MatrixError(path, line, f"no operation {operation!r}.", hint)
            self._check(path, line, row.module, row)
            right = Right(row.module, row.permission, row.verb, row.table or None)
            found.setdefault(operation, []).append(
                Requirement(right, level(row.level), row.basis, row.source, row.why, row.condition)
            )
        return {operation: tuple(rows) for operation, rows in found.items()}

    @cached_property
    def published_items(self) -> frozenset[str]:
        """Return the Table Setup items whose spelling is public."""
        return frozenset(row.item for _, row in self._read("tables.csv", TableRow))

    @cached_property
    def items(self) -> frozenset[str]:
        """Return every Table Setup item that is published or that a rule or extra names."""
        ruled = {rule.row.table for rule in self.rules.values()}
        further = {need.right.table or "" for needs in self.extras.values() for need in needs}
        return frozenset(ruled | further | self.published_items) - {""}

    @cached_property
    def claims(self) -> tuple[ClaimRow, ...]:
        """Return what public sources say that operations need."""
        return ledger.claims(self.file("claims.csv").parent, self._names)

    @cached_property
    def differences(self) -> Mapping[tuple[str, str], DifferenceRow]:
        """Map (operation id, claimed right) to why rules and extras do not follow the claim."""
        return ledger.differences(self.file("differences.csv").parent, self.claims)

    @cached_property
    def limits(self) -> Mapping[str, tuple[LimitRow, ...]]:
        """Map operation id to what keeps a member from it whatever its role."""
        return ledger.limits(self.file("limits.csv").parent, self._names)

    @cached_property
    def descriptions(self) -> dict[tuple[str, str, Verb, str], str]:
        """Map (module, permission, verb, level as printed) to what a workbook says it allows.

        Empty unless a role-matrix workbook was imported.
        """
        found: dict[tuple[str, str, Verb, str], str] = {}
        path = self.file(DESCRIPTIONS)
        for line, row in self._read(DESCRIPTIONS, DescriptionRow) if path.is_file() else ():
            if (row.module, row.permission) not in self.permissions:
                hint = nearest(row.permission, (name for _, name in self.permissions))
                name = f"{row.module}/{row.permission}"
                raise MatrixError(path, line, f"unknown permission {name!r}.", hint)
            key = (row.module, row.permission, row.verb, row.level)
            if key in found:
                raise MatrixError(path, line, "the same verb and level a second time.")
            found[key] = row.description
        return found

    @property
    def has_base(self) -> bool:
        """Tell whether this is an overlay, with files of the base below its own."""
        return self._layers.base is not None

    def file(self, name: str) -> Path:
        """Return where the file of this name is read, such as `profiles/x.toml`."""
        return self._layers.file(name)

    def files(self, folder: str, suffix: str) -> tuple[Path, ...]:
        """Return the files of a folder, such as `rules`, each from where it is read."""
        return self._layers.files(folder, suffix)

    @cached_property
    def digest(self) -> str:
        """Return the first 12 hex digits of the SHA-256 over every file of the matrices."""
        return self._layers.digest

    @cached_property
    def _names(self) -> ledger.Names:
        return ledger.Names(self.operations.keys(), self.permissions.keys(), self.sources.keys())

    def _rule_rows(self) -> Iterator[tuple[Path, Rule]]:
        by_slug = {slug(module): module for module in self.modules}
        for path in self.files("rules", ".csv"):
            if path.stem not in by_slug and path.stem != NO_RIGHT:
                hint = nearest(path.stem, by_slug)
                raise MatrixError(path, 1, "the file's name is not a module's.", hint)
            module = by_slug.get(path.stem, "")
            for line, row in grid.read(path, RuleRow):
                if module:
                    self._check(path, line, module, row)
                if (row.verb or not module) and not row.why:
                    raise MatrixError(path, line, "a verb, or no right at all, needs a why.")
                yield path, Rule(module, row, path, line)

    def _check(self, path: Path, line: int, module: str, row: RuleRow | ExtraRow) -> None:
        permission, table = row.permission, row.table
        if (module, permission) not in self.permissions:
            known = [name for known_module, name in self.permissions if known_module == module]
            raise MatrixError(
                path, line, f"unknown permission {permission!r} in {module}.",
                nearest(permission, known),
            )  # fmt: skip
        if bool(table) != ((module, permission) == TABLE_SETUP):
            raise MatrixError(path, line, "System > Table Setup needs a table, others none.")
        for name in row.source.split(";"):
            if name not in self.sources:
                hint = nearest(name, self.sources)
                raise MatrixError(path, line, f"unknown source {name!r}.", hint)

    def _read(self, name: str, model: type[grid.R]) -> Iterable[tuple[int, grid.R]]:
        return grid.read(self.file(name), model)


def default_directory() -> Path:
    """Return the matrices that came with the program: in the wheel, or beside the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "matrices"
    return installed if installed.is_dir() else package.parent / "matrices"


def slug(module: str) -> str:
    """Return the file name of a module's rules: `Time & Expense` → `time-and-expense`."""
    return module.lower().replace("&", "and").replace(" ", "-")


def level(text: str) -> Level | None:
    """Read the level of a row; None where it states none."""
    return Level.parse(text) if text else None
