"""A least role as a role file: what the API would answer, and why each box is set."""

import json
from typing import Any

from auditor.least import Box, Conditional, Item
from auditor.writers.role_steps import Handover, conditional_level


def render(handover: Handover) -> bytes:
    """Return the role file as indented JSON in ASCII, with a final newline.

    Reading it back takes name, settings and customizeItems; the rest is for people and scripts.
    """
    least = handover.least
    data = {
        "name": least.role.name,
        "wantedBy": least.names,
        "settings": list(handover.settings),
        "customizeItems": list(handover.customize_items),
        "boxes": [_box(box) for box in least.boxes],
        "items": [_item(item) for item in least.items],
        "conditional": [_conditional(item) for item in least.conditional],
        "combinations": [
            {"name": item.name, "risk": item.tier.label, "harm": item.harm,
             "rights": [right.id for right in item.rights]}
            for item in least.dangers
        ],
        "verify": handover.verify,
        "tool": {"version": handover.version, "matrices": handover.matrices},
    }  # fmt: skip
    return json.dumps(data, indent=2, ensure_ascii=True).encode() + b"\n"


def _box(box: Box) -> dict[str, Any]:
    return {
        "id": box.right.id,
        "module": box.right.module,
        "permission": box.right.permission,
        "verb": box.right.verb.value,
        "level": box.level.label,
        "levelStated": box.is_stated,
        "basis": box.basis.value,
        "source": box.source,
        "why": box.why,
        "wantedBy": box.wanted_by,
        "actions": box.actions,
        "risk": box.tier.label,
        "harm": box.harm,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "item": item.table,
        "verbs": [verb.value for verb in item.verbs],
        "spellingPublished": item.is_published,
        "basis": item.basis.value,
        "source": item.source,
        "why": item.why,
        "wantedBy": item.wanted_by,
        "actions": item.actions,
    }


def _conditional(item: Conditional) -> dict[str, Any]:
    return {
        "id": item.need.right.id,
        "level": conditional_level(item),
        "levelStated": item.need.level is not None,
        "condition": item.need.condition,
        "basis": item.need.basis.value,
        "source": item.need.source,
        "why": item.need.why,
        "askedBy": item.asked_by,
        "inRole": item.is_in_role,
    }
