"""The knowledge in matrices/: which rights each operation needs, and which rule says so."""

from functools import cached_property
from pathlib import Path

from auditor.errors import InputError, MatrixError, nearest
from auditor.grids import NO_RIGHT, Grids, Rule, default_directory, level
from auditor.rights import Basis, Requirement, Right, Verb
from auditor.rows import ActionRow, Operation, PermissionRow, shape

__all__ = ["NO_RIGHT", "Catalogue", "Rule", "default_directory", "resource"]


class Catalogue(Grids):
    """Answers what the matrices say of actions, operations and rights."""

    def __init__(self, directory: Path | None = None, base: Path | None = None) -> None:
        super().__init__(directory, base)
        self._requirements: dict[str, tuple[Requirement, ...]] = {}

    def operation(self, method: str, path: str) -> Operation:
        """Return the operation of this exact method and path; raises InputError."""
        wanted = f"{method.upper()} {path}"
        if found := self.operations.get(wanted):
            return found
        raise InputError(f"No operation {wanted!r}.", nearest(wanted, self.operations))

    def action(self, name: str) -> ActionRow:
        """Return the action `Category/Action`; raises InputError with the nearest names."""
        if found := self.actions.get(name):
            return found
        raise InputError(f"No action {name!r} in the catalogue.", nearest(name, self.actions))

    def operation_of(self, action: str) -> Operation | None:
        """Return the operation that an action calls; None for one that has none of its own."""
        row = self.action(action)
        return self.operations[f"{row.method} {row.path}"] if row.method else None

    def permission(self, module: str, permission: str) -> PermissionRow:
        """Return the permission of exactly this name; raises InputError with the nearest."""
        if found := self.permissions.get((module, permission)):
            return found
        known = [f"{known_module}/{name}" for known_module, name in self.permissions]
        raise InputError(
            f"No permission {module}/{permission!r} in the role matrix.",
            nearest(f"{module}/{permission}", known),
        )

    def rules_for(self, operation: Operation) -> tuple[Rule, ...]:
        """Return the rules whose prefix matches, the deciding one first."""
        parts = shape(operation.path)
        keys = [
            (parts[:length], method)
            for length in range(len(parts), 0, -1)
            for method in (operation.method, "")
        ]
        return tuple(self.rules[key] for key in keys if key in self.rules)

    def requirements(self, operation: Operation) -> tuple[Requirement, ...]:
        """Return the rights the operation always needs; empty where none applies."""
        if operation.id not in self._requirements:
            self._requirements[operation.id] = self._resolve(operation)
        return self._requirements[operation.id]

    def _resolve(self, operation: Operation) -> tuple[Requirement, ...]:
        rules = self.rules_for(operation)
        if not rules:
            raise InputError(f"No rule in rules/ covers {operation.id}.", "Add a row for it.")
        rule = rules[0]
        extras = (extra for extra in self.extras.get(operation.id, ()) if not extra.condition)
        if not rule.module:
            return tuple(extras)
        right = Right(
            rule.module, rule.row.permission, self._verb(operation, rule), rule.row.table or None
        )
        own = Requirement(
            right, level(rule.row.level), rule.row.basis, rule.row.source, rule.row.why
        )
        return (own, *extras)

    def primary(self, operation: Operation) -> Requirement | None:
        """Return the right that the operation's rule names; None where no right applies."""
        return self.requirements(operation)[0] if self.rules_for(operation)[0].module else None

    def shown_by(self, operation: Operation, *, in_full: bool) -> tuple[Right, ...]:
        """Return the rights that the operation's success proves.

        Who came no further than a look-up or a validation (not `in_full`) has shown the first
        right only; and a further right that nobody but us says is needed is never proved by it.
        """
        first = self.primary(operation)
        if not in_full:
            return (first.right,) if first else ()
        needs = self.requirements(operation)
        return tuple(
            need.right for need in needs if need is first or need.basis is not Basis.INFERRED
        )

    def conditional(self, operation: Operation) -> tuple[Requirement, ...]:
        """Return the rights the operation needs only under a condition."""
        return tuple(extra for extra in self.extras.get(operation.id, ()) if extra.condition)

    def order(self, right: Right) -> tuple[int, int, str]:
        """Return a sort key: screen order, then Add, Edit, Delete, Inquire, then table."""
        place = self._places.get((right.module, right.permission), len(self._places))
        return place, list(Verb).index(right.verb), right.table or ""

    @cached_property
    def operations_by_right(self) -> dict[Right, tuple[Operation, ...]]:
        """Map each right to the operations that need it and nothing else, shortest path first."""
        found: dict[Right, list[Operation]] = {}
        for operation in sorted(self.operations.values(), key=lambda item: len(item.path)):
            requirements = self.requirements(operation)
            if len(requirements) == 1:
                found.setdefault(requirements[0].right, []).append(operation)
        return {right: tuple(operations) for right, operations in found.items()}

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        return {key: place for place, key in enumerate(self.permissions)}

    def _verb(self, operation: Operation, rule: Rule) -> Verb:
        verb = rule.row.verb or self.kinds[operation.kind].verb
        if not verb:
            raise MatrixError(
                rule.path,
                rule.line,
                f"decides {operation.id}, whose kind {operation.kind!r} has no verb of its own.",
                "Add a row for exactly this operation with a verb and why.",
            )
        return verb


def resource(path: str) -> str:
    """Return what a path belongs to: `/service/tickets` and all that lies under it."""
    parts: list[str] = []
    for part in path.strip("/").split("/"):
        if "{" in part or (len(parts) > 1 and part.lower() in {"count", "info", "search"}):
            break
        parts.append(part)
    return "/" + "/".join(parts[:3])
