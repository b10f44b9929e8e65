"""The least role: everything the selection needs, nothing else, each box with its reason."""

from itertools import product

import pytest

from auditor import profiles, roles
from auditor.catalogue import Catalogue
from auditor.least import LeastRole, least_role
from auditor.profiles import select
from auditor.rights import TABLE_SETUP, Basis, Level, Right, Verb

PROFILES = profiles.names(Catalogue())


def least(catalogue: Catalogue, *names: str, **flags: tuple[str, ...]) -> LeastRole:
    return least_role(select(catalogue, names, **flags), catalogue)


@pytest.mark.parametrize("name", PROFILES)
def test_the_least_role_has_every_needed_right_and_no_other(
    name: str, catalogue: Catalogue
) -> None:
    """The role satisfies all needs of the profile; a box that nothing needs is None."""
    role = least(catalogue, name).role
    needed = profiles.needs(select(catalogue, (name,)), catalogue)
    for need in needed:
        assert role.has(need.right), need.right.id
        right = need.right
        level = role.level(right.module, right.permission, right.verb)
        assert level >= (need.level or Level.ALL)
    boxes = {(n.right.module, n.right.permission, n.right.verb) for n in needed}
    for cell in product(catalogue.permissions, Verb):
        (module, permission), verb = cell
        has = role.level(module, permission, verb) is not Level.NONE
        assert has == ((module, permission, verb) in boxes)
    if role.tables is not None:
        assert role.tables == {need.right.table for need in needed if need.right.table}


@pytest.mark.parametrize("name", PROFILES)
def test_the_boxes_are_the_role_in_screen_order(name: str, catalogue: Catalogue) -> None:
    """Lines come as on the screen, and say exactly what the role holds."""
    found = least(catalogue, name)
    lines = [(line.module, line.permission) for line in found.lines]
    assert lines == [key for key in catalogue.permissions if key in lines]
    assert {
        (*key, verb): line.level(verb)
        for key, line in zip(lines, found.lines, strict=True)
        for verb in line.boxes
    } == dict(found.role.levels)


def test_an_unstated_level_becomes_all_and_says_so(catalogue: Catalogue) -> None:
    """What no source states is All and marked; what is stated is kept as it is."""
    found = least(catalogue, "rewst-documented")
    boxes = {box.right.id: box for box in found.boxes}
    contacts = boxes["Companies/Contacts:Add"]
    assert (contacts.level, contacts.stated, contacts.is_stated) == (Level.ALL, None, False)
    mine = boxes["System/My Account:Edit"]
    assert (mine.level, mine.is_stated) == (Level.MY, True)
    assert contacts in found.unstated
    assert mine not in found.unstated


def test_an_item_without_a_level_raises_the_box_it_shares(catalogue: Catalogue) -> None:
    """One box stands for all its items: it is All as soon as one of them states no level."""
    found = least(
        catalogue,
        rights=(
            "System/Table Setup:Inquire[Service / SLA]:My",
            "System/Table Setup:Inquire[Service / Priority]",
        ),
    )
    (box,) = found.boxes
    assert (box.level, box.stated, box.is_stated) == (Level.ALL, Level.MY, False)
    assert [item.table for item in found.items] == ["Service / Priority", "Service / SLA"]


def test_each_box_names_who_wants_it_and_on_what_it_rests(catalogue: Catalogue) -> None:
    """Profiles and flags that share a box are all named; the strongest basis is shown."""
    found = least(
        catalogue,
        "rewst-documented",
        actions=("Agreements/List Agreements",),
        rights=("Finance/Agreements:Inquire:All",),
    )
    box = next(box for box in found.boxes if box.right.id == "Finance/Agreements:Inquire")
    assert box.wanted_by == ("--action", "rewst-documented", "--right")
    assert box.actions == ("Agreements/List Agreements",)
    assert box.basis is Basis.VENDOR
    assert box.is_stated
    assert box.harm


def test_table_setup_as_a_whole_leaves_no_item_out(catalogue: Catalogue) -> None:
    """Who wants Table Setup without naming items may be kept from none of them."""
    whole = least(catalogue, rights=("System/Table Setup:Inquire",))
    assert whole.every_item
    assert whole.role.has(Right(*TABLE_SETUP, Verb.INQUIRE, "Service / SLA"))
    assert {
        row["itemIdentifier"] for row in roles.customize_items(whole.role, catalogue)
    } == catalogue.items
    one = least(catalogue, rights=("System/Table Setup:Inquire[Service / SLA]",))
    assert not one.every_item
    assert not one.role.has(Right(*TABLE_SETUP, Verb.INQUIRE, "Service / Priority"))


def test_an_item_whose_spelling_is_not_public_is_marked(catalogue: Catalogue) -> None:
    """The hand-over must warn of names that nobody has printed."""
    for item in least(catalogue, "rewst-all-actions").items:
        assert item.is_published == (item.table in catalogue.published_items)


def test_conditional_rights_stay_out_of_the_role(catalogue: Catalogue) -> None:
    """A right needed under a condition only is shown with it, and is None in the role."""
    found = least(catalogue, "rewst-all-actions")
    needed = {n.right for n in profiles.needs(select(catalogue, ("rewst-all-actions",)), catalogue)}
    apart = [item for item in found.conditional if not item.is_in_role]
    assert apart
    assert all(item.need.condition and item.asked_by for item in found.conditional)
    for item in apart:
        assert item.need.right not in needed or item.need.level is Level.ALL
    for item in found.conditional:
        if item.is_in_role:
            assert found.role.has(item.need.right)


def test_a_conditional_right_that_is_needed_anyway_is_said_to_be_there(
    catalogue: Catalogue,
) -> None:
    """The same right twice, once under a condition: the role has it all the same."""
    selection = select(catalogue, ("rewst-all-actions",))
    apart = next(
        item for item in least_role(selection, catalogue).conditional if not item.is_in_role
    )
    more = least(catalogue, "rewst-all-actions", rights=(f"{apart.need.right.id}:All",))
    same = [item for item in more.conditional if item.need.right == apart.need.right]
    assert same
    assert all(item.is_in_role for item in same)


def test_dangerous_combinations_of_the_role_are_named_once(catalogue: Catalogue) -> None:
    """The security team learns what the role can do together; a part of another is left out."""
    found = least(catalogue, "hudu")
    assert "Reads customers' passwords" in {item.name for item in found.dangers}
    for item, other in product(found.dangers, repeat=2):
        assert not set(item.rights) < set(other.rights)


def test_an_empty_selection_is_an_empty_role(catalogue: Catalogue) -> None:
    """An action without an operation needs nothing that is known."""
    action = next(row.id for row in catalogue.actions.values() if not row.method)
    found = least(catalogue, actions=(action,))
    assert (found.lines, found.items, found.boxes) == ((), (), ())
    assert found.role.tables == frozenset()


@pytest.mark.parametrize(
    ("names", "flags", "expected"),
    [
        (("hudu",), {}, "hudu"),
        (("hudu", "rewst-pods"), {"rights": ("Finance/Agreements:Inquire",)}, "hudu + rewst-pods"),
        ((), {"rights": ("Finance/Agreements:Inquire",)}, "selection"),
    ],
)
def test_the_role_is_named_after_its_profiles(
    names: tuple[str, ...], flags: dict[str, tuple[str, ...]], expected: str, catalogue: Catalogue
) -> None:
    """The suggested name says what the role is for."""
    assert least(catalogue, *names, **flags).role.name == expected
