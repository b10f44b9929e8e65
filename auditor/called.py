"""A call as it was made → the operation it uses, also where the guide spells it otherwise."""

import re
from functools import lru_cache
from typing import get_args

from auditor.calls import Call
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.operations import match_operation, segments
from auditor.rows import Method, Operation


def spelled_out(call: Call, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the methods that this path has, for a call whose method is not said."""
    if call.method:
        return (call.method,)
    found = []
    for method in get_args(Method):
        try:
            match_operation(catalogue, method, call.path)
        except InputError:
            continue
        found.append(method)
    return tuple(found)


def operation_of(call: Call, catalogue: Catalogue) -> tuple[Operation, str]:
    """Return the operation of a call, and a note where the guide spells it otherwise.

    Raises InputError where the API has none, or where the method is not said.
    """
    if not call.method:
        return _without_method(call, catalogue)
    try:
        return match_operation(catalogue, call.method, call.path), ""
    except InputError:
        parts = segments(call.path)
        for template, (method, operation, action) in _guided(catalogue).items():
            if method == call.method and _fits(template[1:], parts):
                note = (f"The API has no such path. The integration guide prints it for the action "
                        f"{action}, which calls {operation.id}.")  # fmt: skip
                return operation, note
        raise


def _without_method(call: Call, catalogue: Catalogue) -> tuple[Operation, str]:
    methods = spelled_out(call, catalogue)
    if not methods:
        return match_operation(catalogue, "GET", call.path), ""
    if len(methods) == 1:
        return match_operation(catalogue, methods[0], call.path), ""
    raise InputError("The method is not said.", f"This path has {', '.join(methods)}.")


@lru_cache(maxsize=4)
def _guided(catalogue: Catalogue) -> dict[tuple[str, ...], tuple[str, Operation, str]]:
    """Map the paths that only the guide has, method first, to what they stand for."""
    found: dict[tuple[str, ...], tuple[str, Operation, str]] = {}
    for action in catalogue.actions.values():
        operation = catalogue.operation_of(action.id)
        for text in filter(None, (part.strip() for part in action.guide_path.split(";"))):
            method, _, path = text.rpartition(" ")
            method = method or action.method
            if operation:
                found[method, *segments(path)] = (method, operation, action.id)
    return found


def _fits(template: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return len(template) == len(parts) and all(
        known == part or (known.startswith("{") and re.fullmatch(r"\d+|\{.*\}", part))
        for known, part in zip(template, parts, strict=True)
    )


@lru_cache(maxsize=4)
def versions(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the versions of the API whose operations are known, oldest first."""
    found = {text for row in catalogue.operations.values() for text in row.versions.split()}
    return tuple(sorted(found, key=lambda text: [int(part) for part in text.split(".")]))


def versions_searched(catalogue: Catalogue) -> str:
    """Say which versions were searched in vain."""
    return f"No such endpoint in versions {', '.join(versions(catalogue))}."
