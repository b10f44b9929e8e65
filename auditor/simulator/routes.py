"""Path → operation: a tree of path segments, since 3,111 patterns tried in turn are too slow."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.rows import Operation

NUMERIC = frozenset({"id", "parentid", "grandparentid", "podid"})
_PARAMETER = re.compile(r"\{([^}]*)\}")


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    patterns: dict[re.Pattern[str], "_Node"] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)


class Routes:
    """The operations of the API by path: literal segments win, letter case is ignored."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def match(self, method: str, path: str) -> Operation | frozenset[str]:
        """Return the operation, or the methods for which the path exists (perhaps none)."""
        parts = path.strip("/").lower().split("/")
        methods: set[str] = set()
        for node in _walk(self._root, parts, 0):
            if operation := node.operations.get(method):
                return operation
            methods.update(node.operations)
        return frozenset(methods)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for part in operation.path.strip("/").split("/"):
            if "{" in part:
                node = node.patterns.setdefault(_pattern(part), _Node())
            else:
                node = node.literals.setdefault(part.lower(), _Node())
        node.operations[operation.method] = operation


def _walk(node: _Node, parts: list[str], place: int) -> Iterator[_Node]:
    """Yield every node the path leads to, the most literal first."""
    if place == len(parts):
        yield node
        return
    part = parts[place]
    if part in node.literals:
        yield from _walk(node.literals[part], parts, place + 1)
    for pattern, child in node.patterns.items():
        if pattern.fullmatch(part):
            yield from _walk(child, parts, place + 1)


def _pattern(part: str) -> re.Pattern[str]:
    """Return the pattern of a segment: an id is a number, any other parameter is not.

    Twice an id in one segment, as the specification has it once, is taken for one.
    """
    literal, _, rest = part.partition("{")
    numeric = all(name.lower() in NUMERIC for name in _PARAMETER.findall("{" + rest))
    value = r"[0-9]+" if numeric else r"(?![0-9]+$)[^/]+"
    return re.compile(re.escape(literal.lower()) + value)
