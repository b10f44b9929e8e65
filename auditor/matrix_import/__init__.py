"""A workbook of the role matrix, or a role's export → what it says of our permissions and others.

file → cells → tables → statements, likenesses, doubts → Imported → overlay. Each has its cell.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.matrix_import import cells
from auditor.matrix_import.names import REACHES, Names, Reach
from auditor.matrix_import.statements import Doubt, Likeness, Said
from auditor.matrix_import.table import Table
from auditor.rights import Verb
from auditor.roles import name_key

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """What a verb at a level allows, in the workbook's words; empty where it only names them."""

    verb: Verb
    level: Reach
    text: str
    cell: str


@dataclass(frozen=True, slots=True)
class Found:
    """A permission in the workbook: ours if matched, else as spelled there; lines in our order.

    `is_exact` tells whether some row spells it as we do, case and plurals aside.
    """

    module: str
    permission: str
    cell: str
    lines: tuple[Line, ...]
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file says: every permission is in one of matched, new and lacking."""

    source: str
    matched: tuple[Found, ...]
    new: tuple[Found, ...]
    lacking: tuple[Key, ...]
    likenesses: tuple[Likeness, ...]
    doubts: tuple[Doubt, ...]


@dataclass(slots=True)
class _Draft:
    module: str
    permission: str
    cell: str
    is_exact: bool = False
    lines: dict[tuple[Verb, Reach], Line] = field(default_factory=dict)

    def add(self, said: Said) -> Doubt | None:
        """Keep a statement; a second one that says something else is doubtful."""
        if said.verb is None or said.reach is None:
            return None
        key, text = (said.verb, said.reach), " ".join(said.text.split())
        old = self.lines.get(key)
        if old and text and old.text not in {"", text}:
            name = f"{self.module}/{self.permission}: {said.verb}, {said.reach}"
            return Doubt(said.cell, f"another text for {name}; that of {old.cell} is kept.")
        if not old or not old.text:
            self.lines[key] = Line(*key, text, said.cell)
        return None

    def done(self) -> Found:
        verbs = list(Verb)
        lines = sorted(
            self.lines.values(),
            key=lambda line: (verbs.index(line.verb), REACHES.index(line.level)),
        )
        return Found(self.module, self.permission, self.cell, tuple(lines), self.is_exact)


def read(path: Path, catalogue: Catalogue) -> Imported:
    """Read an XLSX or CSV file; raises InputError if it cannot be read or holds no matrix."""
    names, found = Names(catalogue), _Collection()
    for sheet in cells.read(path):
        for item in Table(sheet, names).read():
            match item:
                case Said():
                    found.take(item, names)
                case Likeness():
                    found.likenesses.setdefault((item.found, item.taken), item)
                case Doubt():
                    found.doubts.append(item)
    return found.done(cells.clean(path.name), catalogue, path)


@dataclass(slots=True)
class _Collection:
    drafts: dict[tuple[str, str, bool], _Draft] = field(default_factory=dict)
    likenesses: dict[tuple[str, str], Likeness] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    undecided: set[Key] = field(default_factory=set)

    def take(self, said: Said, names: Names) -> None:
        """Keep a statement with the permission it is about."""
        spelled = " ".join(said.permission.split())
        match = names.permission(said.module, spelled)
        if match and match.others:
            self._tie(said, spelled, (match.name, *match.others))
            return
        name = match.name if match else spelled
        key = (said.module, name if match else name_key(spelled), bool(match))
        if match and not match.exact:
            likeness = Likeness(said.place, spelled, f"{said.module}/{name}")
            self.likenesses.setdefault((spelled, likeness.taken), likeness)
        draft = self.drafts.setdefault(key, _Draft(said.module, name, said.place))
        draft.is_exact |= bool(match and match.exact)
        if doubt := draft.add(said):
            self.doubts.append(doubt)

    def _tie(self, said: Said, spelled: str, near: Iterable[str]) -> None:
        if (said.module, spelled) not in self.undecided:
            self.undecided.add((said.module, spelled))
            self.doubts.append(Doubt(said.place, f"{spelled!r} may be {' or '.join(near)}."))

    def done(self, source: str, catalogue: Catalogue, path: Path) -> Imported:
        """Sort what was found; a name of which nothing is said is no new permission."""
        ours = {(draft.module, draft.permission): draft
                for (_, _, known), draft in self.drafts.items() if known}  # fmt: skip
        others = [draft for (_, _, known), draft in self.drafts.items() if not known]
        for draft in others:
            if not draft.lines:
                message = (
                    f"{draft.permission!r} is no permission we know, and nothing is said of it."
                )
                self.doubts.append(Doubt(draft.cell, message))
        new = [draft.done() for draft in others if draft.lines]
        if not ours and not new:
            raise InputError(
                f"{path} holds no role matrix: no permission was found in it.",
                "It needs a header row: Permission, Verb, Level, Description for each module, "
                "or Module, Permission, Add, Edit, Delete, Inquire.",
            )
        modules = catalogue.modules
        return Imported(
            source,
            tuple(ours[key].done() for key in catalogue.permissions if key in ours),
            tuple(sorted(new, key=lambda found: modules.index(found.module))),
            tuple(key for key in catalogue.permissions if key not in ours),
            tuple(self.likenesses.values()),
            tuple(self.doubts),
        )
