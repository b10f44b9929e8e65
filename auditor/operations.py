"""A call as someone wrote it (ids, host, query and all) → the operation of the catalogue."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import get_args
from urllib.parse import unquote

from auditor.catalogue import Catalogue
from auditor.errors import InputError, nearest
from auditor.rights import Basis
from auditor.rows import Method, Operation

Segments = tuple[str, ...]

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{[^{}]*\}|<[^<>]*>")
_BEFORE_PATH = re.compile(r"^(?:https?://[^/]*)?(?:[^?#]*/apis/3\.0(?=[/?#]|$))?", re.IGNORECASE)
_ID = re.compile(r"-?\d+|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\{.*\}")
_NAMED = re.compile(r"\{(?!(?:grand)?(?:parent)?id\}|podid\})")  # a name stands here, not an id


def match_operation(catalogue: Catalogue, method: str, path: str) -> Operation:
    """Return the operation that this call uses: `GET`, `/service/tickets/42/notes`.

    The path may be a template or a real one, in any letter case, with host, API prefix, query or
    a slash at the end. Fixed words win over parameters. Raises InputError with the nearest ones.
    """
    verb, parts = method.strip().upper(), segments(path)
    if found := _best(catalogue, verb, parts):
        return found
    wanted = f"{verb} /{'/'.join('{id}' if _ID.fullmatch(part) else part for part in parts)}"
    others = (_best(catalogue, other, parts) for other in get_args(Method))
    if known := [other.id for other in others if other]:
        raise InputError(f"No operation {wanted!r}.", f"This path has {' and '.join(known)}.")
    raise InputError(f"No operation {wanted!r}.", nearest(wanted, catalogue.operations))


def segments(path: str) -> Segments:
    """Return what lies below the API's root, in lower case, every placeholder `{name}`."""
    plain = _PLACEHOLDER.sub(lambda found: "{" + found[0].strip("{<>} ") + "}", path.strip())
    below = re.split(r"[?#]", plain[_end_of_prefix(plain) :], maxsplit=1)[0]
    return tuple(unquote(part).lower() for part in below.split("/") if part)


def _end_of_prefix(path: str) -> int:
    found = _BEFORE_PATH.match(path)
    return found.end() if found else 0


def _best(catalogue: Catalogue, method: str, parts: Segments) -> Operation | None:
    fits = (
        (fit, operation)
        for template, operation in _templates(catalogue).get((method, len(parts)), ())
        if (fit := _fit(template, parts)) is not None
    )
    return min(fits, key=lambda item: item[0], default=(None, None))[1]


@lru_cache(maxsize=4)
def _templates(catalogue: Catalogue) -> dict[tuple[str, int], list[tuple[Segments, Operation]]]:
    """Map method and number of segments to the templates that have as many."""
    found: dict[tuple[str, int], list[tuple[Segments, Operation]]] = {}
    for operation in catalogue.operations.values():
        # Two templates are published without the slash before the id; callers write it.
        for path in dict.fromkeys((operation.path, re.sub(r"(?<=[^/])\{", "/{", operation.path))):
            template = tuple(part.lower() for part in path.split("/") if part)
            found.setdefault((operation.method, len(template)), []).append((template, operation))
    return found


def _fit(template: Segments, parts: Segments) -> tuple[int, ...] | None:
    """Return how closely each segment fits, 0 best; None where one does not fit at all."""
    closeness = []
    for known, part in zip(template, parts, strict=True):
        word, brace, _ = known.partition("{")
        if known == part:
            closeness.append(0)
        elif not brace or not part.startswith(word) or part == word:
            return None
        elif _NAMED.search(known):
            closeness.append(2)
        elif _ID.fullmatch(part.removeprefix(word)):
            closeness.append(1)
        else:
            return None
    return tuple(closeness)


def candidates(operations: Iterable[Operation], catalogue: Catalogue) -> list[Operation]:
    """Sort witnesses of a right, best first: by kind, by what the rule rests on, near the root."""
    kinds, bases = list(catalogue.kinds), list(Basis)

    def place(operation: Operation) -> tuple[int, int, int, str]:
        basis = catalogue.rules_for(operation)[0].row.basis
        depth = operation.path.count("/")
        return kinds.index(operation.kind), bases.index(basis), depth, operation.path

    return sorted(operations, key=place)
