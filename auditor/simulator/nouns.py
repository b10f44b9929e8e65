"""What a collection holds (`Ticket`) and where a reference points (`BoardReference` → boards)."""

from collections.abc import Iterable

from auditor.rows import Operation
from auditor.simulator.places import Place, place, target

# References whose name is not that of what their collection lists.
_POINTS_TO = {
    "SystemLocation": "/system/locations",
    "SystemDepartment": "/system/departments",
    "OwnerLevel": "/system/locations",
    "BillingUnit": "/system/departments",
    "ConfigurationType": "/company/configurations/types",
}


class Nouns:
    """The names of record types, read off what the operations return."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_shape: dict[str, str] = {}
        self._by_name: dict[str, Place] = {}
        for operation in operations:
            if operation.kind in {"list", "get"} and operation.returns:
                self._learn(operation)

    def of(self, where: Place) -> str:
        """Return what the collection holds, such as `Ticket`."""
        if found := self._by_shape.get(where.shape):
            return found
        word = where.path.rsplit("/", 1)[-1]
        return word[:1].upper() + word[1:].removesuffix("s")

    def collection_of(self, reference: str) -> Place | None:
        """Return the collection a reference type points to, None where it has a parent."""
        name = reference.removeprefix("[]").removesuffix("Reference")
        if path := _POINTS_TO.get(name):
            return place(path)
        return self._by_name.get(name)

    def _learn(self, operation: Operation) -> None:
        where = target(operation, operation.path).place
        noun = operation.returns.removeprefix("Array<").removesuffix(">")
        if operation.kind == "list" or where.shape not in self._by_shape:
            self._by_shape[where.shape] = noun
        if operation.kind == "list" and "{" not in operation.path:
            known = self._by_name.get(noun)
            if known is None or len(where.path) < len(known.path):
                self._by_name[noun] = where
