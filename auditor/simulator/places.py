"""Where a request points: the collection, the records it passes, the record it names."""

from dataclasses import dataclass

from auditor.rows import Operation

TWINS = frozenset({"info", "count", "bulk", "search", "copy"})  # views and acts, not collections


@dataclass(frozen=True, slots=True)
class Place:
    """A collection: its concrete path in lower case, and its shape with `{}` for each id."""

    path: str
    shape: str

    def below(self, value: str, name: str) -> "Place":
        """Return the collection `name` under one of this collection's records."""
        return Place(f"{self.path}/{value}/{name}", f"{self.shape}/{{}}/{name}")


@dataclass(frozen=True, slots=True)
class Target:
    """What a path addresses.

    `steps` are the records it names from the left, each with its collection; `place` is the
    collection it ends in, and `is_record` tells that it ends in the last of the steps.
    """

    steps: tuple[tuple[Place, str], ...]
    place: Place
    is_record: bool


def place(path: str) -> Place:
    """Return the collection of a path without parameters."""
    return Place(path.lower(), path.lower())


def target(operation: Operation, path: str) -> Target:
    """Return what this path, which the operation's template matches, addresses.

    The twins of a collection (`info`, `count` ...) point where the collection itself does.
    """
    concrete: list[str] = []
    shape: list[str] = []
    steps: list[tuple[Place, str]] = []
    is_record = False
    templates = operation.path.strip("/").split("/")
    for template, part in zip(templates, path.strip("/").split("/"), strict=True):
        literal, brace, _ = template.lower().partition("{")
        if not brace and literal in TWINS:
            continue
        is_record = bool(brace)
        if literal:
            concrete.append(literal)
            shape.append(literal)
        if brace:
            value = part[len(literal) :]
            steps.append((_place(concrete, shape), value))
            concrete.append(value.lower())
            shape.append("{}")
    return Target(tuple(steps), steps[-1][0] if is_record else _place(concrete, shape), is_record)


def _place(concrete: list[str], shape: list[str]) -> Place:
    return Place("/" + "/".join(concrete), "/" + "/".join(shape))
