"""The words of a workbook → the names of the matrices: exactly, by likeness, or not at all."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from auditor.catalogue import Catalogue
from auditor.rights import Verb
from auditor.roles import name_key

Reach = Literal["All", "My", "Mine", "None"]  # My and Mine apart: the older matrix prints both
REACHES: tuple[Reach, ...] = ("All", "My", "Mine", "None")

_WHOLE, _WORD, _JOINED = 0.8, 0.7, 0.92  # how like: the whole, each word, unspaced
_TIE = 0.02
_SHORT = 4  # letters a word needs before likeness means anything
_VERBS = {name_key(verb): verb for verb in Verb}
_REACHES: dict[str, Reach] = {reach.casefold(): reach for reach in REACHES}


@dataclass(frozen=True, slots=True)
class Match:
    """A name of ours, and whether the text spells it as we do, case and plurals aside.

    `others` are the names it is as like to; then nothing is decided.
    """

    name: str
    exact: bool = True
    others: tuple[str, ...] = ()


class Names:
    """Every name that a workbook may use."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._modules = {module_key(module): module for module in catalogue.modules}
        self._asked: dict[tuple[str, str], Match | None] = {}
        self._permissions: dict[str, dict[str, str]] = {name: {} for name in catalogue.modules}
        for (module, permission), row in catalogue.permissions.items():
            for name in (permission, *row.aliases.split(";")):
                if key := name_key(name):
                    self._permissions[module].setdefault(key, permission)

    def module(self, text: str) -> Match | None:
        """Return the module of a sheet's name or of a cell in a Module column."""
        if found := self.module_title(text):
            return found
        words = set(module_key(text).split())
        near = [
            name for key, name in self._modules.items() if words and (
                words <= set(key.split()) or set(key.split()) <= words)
        ]  # fmt: skip
        return Match(near[0], exact=False) if len(near) == 1 else None

    def module_title(self, text: str) -> Match | None:
        """Return the module that a title row spells, so nearly that it can mean nothing else."""
        key = module_key(text)
        key = " ".join(word for word in key.split() if word != "module") or key
        return _match(key, self._modules)

    def permission(self, module: str, text: str) -> Match | None:
        """Return the permission of the module that the text spells, or is like."""
        asked = (module, text)
        if asked not in self._asked:
            self._asked[asked] = _match(name_key(text), self._permissions[module])
        return self._asked[asked]


def module_key(text: str) -> str:
    """Reduce a module's name: `Time and Expense` is `Time & Expense`."""
    return " ".join(word for word in name_key(text).split() if word != "and")


def verb(text: str) -> tuple[Verb, bool] | None:
    """Return the verb that a cell states, and whether it is spelled so."""
    key = _lone(text, "level", "right", "access")
    if key in _VERBS:
        return _VERBS[key], True
    near = difflib.get_close_matches(key, _VERBS, n=1, cutoff=_WHOLE) if len(key) >= _SHORT else []
    return (_VERBS[near[0]], False) if near else None


def reach(text: str) -> Reach | None:
    """Return the level that a cell states."""
    return _REACHES.get(_lone(text, "level", "record", "access"))


def verb_and_reach(text: str) -> tuple[Verb, Reach] | None:
    """Return both from one cell, such as `Add - ALL`."""
    words = name_key(text).split()
    verbs = [_VERBS[word] for word in words if word in _VERBS]
    reaches = [_REACHES[word] for word in words if word in _REACHES]
    if len(verbs) == len(reaches) == 1 and len(words) == 2:
        return verbs[0], reaches[0]
    return None


def likest(key: str, known: Iterable[str]) -> list[str]:
    """Return the keys so like that a misspelling may explain it, more than one if they tie."""
    rated = sorted(((rate, name) for name in known if (rate := _rate(key, name))), reverse=True)
    return [name for rate, name in rated if rate >= rated[0][0] - _TIE]


def _match(key: str, known: Mapping[str, str]) -> Match | None:
    if key in known:
        return Match(known[key])
    near = list(dict.fromkeys(known[name] for name in likest(key, known)))
    return Match(near[0], exact=False, others=tuple(near[1:])) if near else None


def _rate(key: str, name: str) -> float:
    """Rate how like two keys are; 0 where words differ that make it another permission."""
    if _ratio(key.replace(" ", ""), name.replace(" ", "")) >= _JOINED:
        return _ratio(key, name)
    ours, theirs = name.split(), key.split()
    whole = _ratio(key, name)
    alike = len(ours) == len(theirs) and all(
        one == other or _ratio(one, other) >= _WORD for one, other in zip(ours, theirs, strict=True)
    )
    return whole if alike and whole >= _WHOLE else 0.0


def _ratio(one: str, other: str) -> float:
    shorter, longer = sorted((len(one), len(other)))
    if 2 * shorter < _WORD * (shorter + longer):
        return 0.0
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _WORD else 0.0


def _lone(text: str, *fillers: str) -> str:
    without = {name_key(filler) for filler in fillers}
    return " ".join(word for word in name_key(text).split() if word not in without)
