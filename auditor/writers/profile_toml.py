"""What was called → a profile as TOML, with counts as comments; `--profile FILE` reads it."""

import json
from collections.abc import Iterator

from auditor.rows import Operation
from auditor.usage import Span, Usage, operations
from auditor.writers.explained import plain

MOST_UNKNOWN = 200


def render(found: Usage, name: str, source: str) -> str:
    """Return the profile: every operation that was called, whatever came back."""
    return "\n".join(_lines(found, name, source)) + "\n"


def _lines(found: Usage, name: str, source: str) -> Iterator[str]:
    called = list(operations(found))
    yield f"title = {_text(name)}"
    yield f"description = {_text(_description(found, source))}"
    yield f"source = {_text(source)}"
    yield "operations = ["
    for operation, span, failed in called:
        yield f"  {_text(operation.id)},  # {_counted(span, failed)}"
    yield "]"
    unknown = [group for group in found.groups.values() if group.operation is None]
    if unknown:
        yield ""
        yield "# Called, but not in the list of operations, so that their rights are not known:"
    for group in unknown[:MOST_UNKNOWN]:
        status = group.call.status or "answer not said"
        yield f"#   {_comment(group.asked)}  ({status}; {_counted(group.span, 0)})"
    if (more := len(unknown[MOST_UNKNOWN:]) + found.more_unknown) > 0:
        yield f"#   and {more} more"
    yield from _conditional(found, [operation for operation, _, _ in called])


def _conditional(found: Usage, called: list[Operation]) -> Iterator[str]:
    """Yield the rights that depend on what was sent, which no log says."""
    needs: dict[str, list[str]] = {}
    for operation in called:
        for need in found.catalogue.conditional(operation):
            needs.setdefault(need.right.label, []).append(f"{operation.id}, {need.condition}")
    if needs:
        yield ""
        yield "# Needed under a condition only, which calls alone do not show; not part of this:"
    for label, uses in needs.items():
        more = f", and {len(uses) - 1} more" if len(uses) > 1 else ""
        yield f"#   {_comment(label)}: {_comment(uses[0])}{more}"


def _description(found: Usage, source: str) -> str:
    when = f", {found.span.first} to {found.span.last}" if found.span.first else ""
    return (f"What was called according to {source}: {found.span.count} calls{when}. What did not "
            "run in that time is not in it.")  # fmt: skip


def _counted(span: Span, failed: int) -> str:
    parts = [f"{span.count} call{'' if span.count == 1 else 's'}"]
    parts += [f"{failed} failed"] if failed else []
    if span.first:
        parts.append(span.first if span.first == span.last else f"{span.first} to {span.last}")
    return ", ".join(parts)


def _text(value: str) -> str:
    return json.dumps(_comment(value), ensure_ascii=False)


def _comment(value: str) -> str:
    """Return one line without control characters, which TOML takes in no comment."""
    return plain(value).replace("\n", " ")
