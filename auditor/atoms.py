"""A right → what it is made of: the smallest things that an answer can prove or refute."""

from auditor.rights import Right, Verb

Atom = tuple[str, str, Verb, str]  # a level of a permission, or (last field) a Table Setup item
ITEM = ("System", "Table Setup item")


def atoms_of(right: Right) -> frozenset[Atom]:
    """Return the permission's level, and the Table Setup item where the right has one.

    Reading a setup table may need no item (ConnectWise says so, live refusals contradict), so
    that an item is one thing for reads and another for writes.
    """
    level = (right.module, right.permission, right.verb, "")
    if not right.table:
        return frozenset({level})
    reach = Verb.INQUIRE if right.verb is Verb.INQUIRE else Verb.EDIT
    return frozenset({level, (*ITEM, reach, right.table)})


def proved_by(right: Right) -> frozenset[Atom]:
    """Return what the success of a right proves: who may write an item may read it."""
    found = atoms_of(right)
    if right.table and right.verb is not Verb.INQUIRE:
        found |= {(*ITEM, Verb.INQUIRE, right.table)}
    return found
