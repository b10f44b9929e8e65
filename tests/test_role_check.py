"""A role file against a selection: what is there, what lacks, what the file does not say."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from auditor import profiles, role_files, roles, samples
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.least import LeastRole, least_role
from auditor.profiles import Selection, select
from auditor.rights import TABLE_SETUP, Basis, Level, Requirement, Right, Verb
from auditor.role_check import Check, check, exit_code
from auditor.role_diff import RoleDiff, complete, diff, without
from auditor.roles import Role

PROFILES = profiles.names(Catalogue())
EVERYDAY = frozenset({"missing", "undecided"})
AGREEMENTS = ("Finance", "Agreements", Verb.INQUIRE)
SLA = "System/Table Setup:Inquire[Service / SLA]"


def of(catalogue: Catalogue, *names: str, **flags: tuple[str, ...]) -> Selection:
    return select(catalogue, names, **flags)


def stated(found: LeastRole, catalogue: Catalogue) -> Role:
    """Return the role as a file that leaves nothing out."""
    return complete(found.role, catalogue)


def less(role: Role, catalogue: Catalogue, needed: LeastRole) -> Iterator[tuple[str, Role]]:
    """Yield each box and item of the least role, and the role without exactly that."""
    for box in needed.boxes:
        cell = (box.right.module, box.right.permission, box.right.verb)
        yield box.right.id, replace(role, levels={**role.levels, cell: Level.NONE})
    for item in needed.items:
        tables = (role.tables or catalogue.items) - {item.table}
        yield f"System/Table Setup[{item.table}]", replace(role, tables=tables)


@pytest.mark.parametrize("name", PROFILES)
def test_the_least_role_read_back_satisfies_its_needs(
    name: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    """Written as a role file and read again, nothing is missing, unsaid or too much."""
    selection = of(catalogue, name)
    role = least_role(selection, catalogue).role
    path = tmp_path / "role.json"
    path.write_text(json.dumps({
        "name": role.name,
        "settings": roles.settings(role, catalogue),
        "customizeItems": roles.customize_items(role, catalogue),
    }))  # fmt: skip
    found = check(role_files.load(path, catalogue), selection, catalogue)
    assert found.needed
    assert {item.state for item in found.needed} == {"there"}
    assert not found.excess
    assert not found.role.unmatched
    assert exit_code(found, frozenset({"missing", "undecided", "excess"})) == 0


@pytest.mark.parametrize("name", PROFILES)
def test_a_single_right_taken_away_is_named_and_nothing_else(
    name: str, catalogue: Catalogue
) -> None:
    """Every box and item of every profile: without it, the check names exactly it."""
    selection = of(catalogue, name)
    needed = least_role(selection, catalogue)
    for wanted, role in less(stated(needed, catalogue), catalogue, needed):
        found = check(role, selection, catalogue)
        named = [item for item in found.needed if item.state != "there"]
        assert [item.id for item in named] == [wanted]
        table = named[0].table
        is_public = table is None or table in catalogue.published_items
        assert named[0].state == ("missing" if is_public else "not_stated")
        assert exit_code(found, EVERYDAY) == (1 if is_public else 3)


@pytest.mark.parametrize("name", PROFILES)
def test_a_level_below_the_stated_one_is_too_low(name: str, catalogue: Catalogue) -> None:
    """My where a source says All is too low; where no source says, it is a doubt said aloud."""
    selection = of(catalogue, name)
    needed = least_role(selection, catalogue)
    role = stated(needed, catalogue)
    boxes = [box for box in needed.boxes if box.level is Level.ALL]
    levels = {(b.right.module, b.right.permission, b.right.verb): Level.MY for b in boxes}
    found = check(replace(role, levels={**role.levels, **levels}), selection, catalogue)
    low = {item.id for item in found.of("level_too_low")}
    assert low == {box.right.id for box in boxes if box.is_stated}
    for box in boxes:
        assert box.is_stated or any(box.right.id in doubt for doubt in found.doubts)


def small(
    *cells: tuple[tuple[str, str, Verb], Level], tables: frozenset[str] | None = None
) -> Role:
    return Role("small", dict(cells), tables)


def judged(role: Role, catalogue: Catalogue, *rights: str) -> Check:
    return check(role, of(catalogue, rights=rights), catalogue)


@pytest.mark.parametrize(
    ("level", "wanted", "state", "code"),
    [
        (None, "Finance/Agreements:Inquire:All", "not_stated", 3),
        (Level.NONE, "Finance/Agreements:Inquire:All", "missing", 1),
        (Level.NONE, "Finance/Agreements:Inquire", "missing", 1),
        (Level.MY, "Finance/Agreements:Inquire:All", "level_too_low", 1),
        (Level.MY, "Finance/Agreements:Inquire:My", "there", 0),
        (Level.MY, "Finance/Agreements:Inquire", "there", 0),
        (Level.ALL, "Finance/Agreements:Inquire:All", "there", 0),
        (Level.ALL, "Finance/Agreements:Inquire:My", "there", 0),
    ],
)
def test_a_box_is_judged_by_what_the_file_says(
    level: Level | None, wanted: str, state: str, code: int, catalogue: Catalogue
) -> None:
    """A permission that the file does not mention is not stated, never None."""
    role = small(*(((AGREEMENTS, level),) if level is not None else ()))
    found = judged(role, catalogue, wanted)
    assert [item.state for item in found.needed] == [state]
    assert exit_code(found, EVERYDAY) == code


@pytest.mark.parametrize(
    ("tables", "item", "state"),
    [
        (None, "Service / SLA", "not_stated"),
        (frozenset(), "Service / SLA", "missing"),
        (frozenset({"service / sla"}), "Service / SLA", "there"),
        (frozenset({"Service / Priority"}), "Service / SLA", "missing"),
        (frozenset({"Service / Priority"}), "Time / Work Type", "not_stated"),
    ],
)
def test_an_item_is_judged_by_the_customize_list(
    tables: frozenset[str] | None, item: str, state: str, catalogue: Catalogue
) -> None:
    """No list, or a name whose spelling is not public, decides nothing."""
    role = small(((*TABLE_SETUP, Verb.INQUIRE), Level.ALL), tables=tables)
    found = judged(role, catalogue, f"System/Table Setup:Inquire[{item}]")
    assert [part.state for part in found.needed] == ["there", state]


def test_missing_goes_before_not_stated(catalogue: Catalogue) -> None:
    """As in a run: 1 before 3, and only where --fail-on asks for it."""
    role = small((AGREEMENTS, Level.NONE))
    found = judged(role, catalogue, "Finance/Agreements:Inquire", "Finance/Invoicing:Inquire")
    assert exit_code(found, EVERYDAY) == 1
    assert exit_code(found, frozenset({"undecided"})) == 3
    assert exit_code(found, frozenset()) == 0


def test_nothing_needed_is_not_a_success(catalogue: Catalogue) -> None:
    """Where no right is known for a selection, nothing was shown to be there."""
    action = next(row.id for row in catalogue.actions.values() if not row.method)
    found = check(small(), of(catalogue, actions=(action,)), catalogue)
    assert exit_code(found, EVERYDAY) == 3


def test_excess_comes_worst_first_and_fails_only_if_asked(catalogue: Catalogue) -> None:
    """What nothing needs is listed by harm, with the combinations that it makes dangerous."""
    role = roles.everything(catalogue)
    found = check(role, of(catalogue, "rewst-documented"), catalogue)
    tiers = [item.risk.tier for item in found.excess]
    assert tiers == sorted(tiers, reverse=True)
    assert {item.right for item in found.excess}.isdisjoint(box.right for box in found.least.boxes)
    assert [item.tier for item in found.dangers] == sorted(
        (item.tier for item in found.dangers), reverse=True
    )
    assert found.dangers
    assert exit_code(found, EVERYDAY) == 0
    assert exit_code(found, frozenset({"excess"})) == 1


def test_an_item_that_customize_leaves_out_makes_no_danger(catalogue: Catalogue) -> None:
    """A combination by way of an item that the list surely lacks is not held against the role."""
    cells = (
        ((*TABLE_SETUP, Verb.ADD), Level.ALL),
        (("Service Desk", "Service Tickets", Verb.EDIT), Level.ALL),
    )
    rules = "General / Workflow_Rules"
    assert rules in catalogue.published_items
    for tables, expected in (({rules}, True), ({"Service / SLA"}, False), (None, True)):
        role = small(*cells, tables=frozenset(tables) if tables else None)
        found = judged(role, catalogue, "Finance/Agreements:Inquire")
        assert ("Automates its changes" in {item.name for item in found.dangers}) == expected


def test_a_conditional_right_counts_for_a_dangerous_combination(catalogue: Catalogue) -> None:
    """What is needed sometimes is no excess, but with an excess it is as dangerous as ever."""
    passwords = Right("Companies", "Configuration - Display Passwords", Verb.INQUIRE)
    need = Requirement(passwords, None, Basis.VENDOR, "hudu", "", "when asked for")
    selection = Selection(("mine",), rights=(("mine", need),))
    role = small(
        (("Companies", "Configurations", Verb.INQUIRE), Level.ALL),
        ((passwords.module, passwords.permission, passwords.verb), Level.ALL),
    )
    found = check(role, selection, catalogue)
    assert [item.right.permission for item in found.excess] == ["Configurations"]
    assert [item.name for item in found.dangers] == ["Reads customers' passwords"]


def test_conditional_rights_are_neither_missing_nor_excess(catalogue: Catalogue) -> None:
    """They are listed with what the file says of them."""
    selection = of(catalogue, "rewst-all-actions")
    apart = [i for i in least_role(selection, catalogue).conditional if not i.is_in_role]
    right = next(item.need.right for item in apart if not item.need.right.table)
    role = stated(least_role(selection, catalogue), catalogue)
    cell = (right.module, right.permission, right.verb)
    found = check(replace(role, levels={**role.levels, cell: Level.ALL}), selection, catalogue)
    assert right not in {item.right for item in found.excess}
    assert {has for item, has in found.conditional if item.need.right == right} == {Level.ALL}


def test_too_wide_a_level_and_a_narrow_customize_list_are_doubts(catalogue: Catalogue) -> None:
    """All where My is enough, and Table Setup as a whole with a list, are said aloud."""
    role = small(
        (AGREEMENTS, Level.ALL),
        ((*TABLE_SETUP, Verb.INQUIRE), Level.ALL),
        tables=frozenset({"Service / SLA"}),
    )
    found = judged(role, catalogue, "Finance/Agreements:Inquire:My", "System/Table Setup:Inquire")
    assert any("My is enough: Finance/Agreements:Inquire." in text for text in found.doubts)
    assert any("allows 1 items" in text for text in found.doubts)


@pytest.mark.parametrize("name", PROFILES)
def test_a_role_does_not_differ_from_itself(name: str, catalogue: Catalogue) -> None:
    """No change is made up."""
    role = samples.role(name, catalogue)
    assert diff(role, role, catalogue) == RoleDiff()


def test_a_difference_has_a_direction_for_every_change(catalogue: Catalogue) -> None:
    """Gained and lost, raised and lowered swap when the two roles do."""
    before = complete(
        small((AGREEMENTS, Level.MY), (("Finance", "Invoicing", Verb.ADD), Level.ALL),
              tables=frozenset({"Service / SLA", "Service / Priority"})), catalogue
    )  # fmt: skip
    after = complete(
        small((AGREEMENTS, Level.ALL), (("Finance", "Invoicing", Verb.EDIT), Level.MY),
              tables=frozenset({"service / SLAs", "Time / Work Type"})), catalogue
    )  # fmt: skip
    found = diff(before, after, catalogue)
    assert [item.right.id for item in found.gained] == ["Finance/Invoicing:Edit"]
    assert [item.right.id for item in found.lost] == ["Finance/Invoicing:Add"]
    assert [item.right.id for item in found.raised] == ["Finance/Agreements:Inquire"]
    assert found.items_gained == ("Time / Work Type",)
    assert found.items_lost == ("Service / Priority",)
    back = diff(after, before, catalogue)
    assert [item.right.id for item in back.lowered] == ["Finance/Agreements:Inquire"]
    assert [item.right for item in back.lost] == [item.right for item in found.gained]
    assert back.items_lost == found.items_gained


def test_what_one_file_does_not_say_is_no_difference_and_no_equality(
    catalogue: Catalogue,
) -> None:
    """A box that only one role states is unclear."""
    one, other = small((AGREEMENTS, Level.ALL), tables=frozenset()), small()
    found = diff(one, other, catalogue)
    assert [item.right.id for item in found.unclear] == ["Finance/Agreements:Inquire"]
    assert found.items_unclear
    assert not found.is_different
    assert not found.is_equal


def breaks(catalogue: Catalogue, selection: Selection, right: Right) -> set[str]:
    """Return the actions that need this box, or this item at any verb, by the catalogue alone."""
    return {
        action
        for action, _ in selection.actions
        for need in profiles.action_requirements(action, catalogue)
        if (need.right.table == right.table if right.table else
            (need.right.module, need.right.permission, need.right.verb)
            == (right.module, right.permission, right.verb))
    }  # fmt: skip


def test_without_a_right_exactly_its_actions_stop(catalogue: Catalogue) -> None:
    """For every box and item of all actions: those that stop are those that need it."""
    selection = of(catalogue, "rewst-all-actions")
    needed = least_role(selection, catalogue)
    taken = [box.right for box in needed.boxes]
    taken += [Right(*TABLE_SETUP, item.verbs[0], item.table) for item in needed.items]
    for right in taken:
        found = without([right.id], selection, catalogue)
        stopped = {use.name for use in found.stopped}
        assert stopped == breaks(catalogue, selection, right)
        assert stopped
        assert right not in {item.right for item in found.freed.lost}
        assert right.table not in found.freed.items_lost
        assert stopped.isdisjoint(use.name for use in found.perhaps if use.kind == "action")


def test_what_only_stopped_actions_needed_is_then_superfluous(catalogue: Catalogue) -> None:
    """Two actions on one setup table: without its item, the levels go as well."""
    actions = ("Slas/Create Service SLAs", "Slas/Get Service SLAs", "Agreements/List Agreements")
    found = without([SLA], of(catalogue, actions=actions), catalogue)
    assert {use.name for use in found.stopped} == set(actions[:2])
    assert {item.right.id for item in found.freed.lost} == {
        "System/Table Setup:Add",
        "System/Table Setup:Inquire",
    }
    assert not found.freed.items_lost
    kept = without([SLA], of(catalogue, "rewst-documented", actions=actions), catalogue)
    assert not kept.freed.lost


def test_the_freed_rights_are_not_needed_by_what_is_left(catalogue: Catalogue) -> None:
    """The rest works with the least role less all that was freed."""
    selection = of(catalogue, "rewst-all-actions")
    found = without(
        ["Service Desk/Service Tickets:Inquire", "Service Desk/Service Tickets:Add"],
        selection, catalogue,
    )  # fmt: skip
    gone = {use.name for use in found.stopped}
    freed = {item.right for item in found.freed.lost}
    assert gone
    for action, _ in selection.actions:
        for need in profiles.action_requirements(action, catalogue):
            box = replace(need.right, table=None)
            assert action in gone or box not in freed


def test_lists_of_rights_and_calls_stop_too(catalogue: Catalogue) -> None:
    """A profile of rights and a single call are named as what they are."""
    selection = of(
        catalogue, "rewst-documented", operations=("GET /finance/agreements",),
        rights=("Finance/Agreements:Inquire",),
    )  # fmt: skip
    found = without(["Finance/Agreements:Inquire"], selection, catalogue)
    assert {(use.kind, use.name) for use in found.stopped} == {
        ("call", "GET /finance/agreements"),
        ("list", "rewst-documented"),
        ("list", "--right"),
    }


def test_a_need_under_a_condition_may_stop(catalogue: Catalogue) -> None:
    """Conditional uses are told apart from certain ones, with their condition."""
    selection = of(catalogue, "rewst-all-actions")
    apart = next(i for i in least_role(selection, catalogue).conditional if not i.is_in_role)
    found = without([apart.need.right.id], selection, catalogue)
    assert not found.stopped
    assert found.perhaps
    assert all(use.need.condition for use in found.perhaps)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Finance/Agreements:Inquire:All", "a level means nothing"),
        ("Finance/Agreement:Inquire", "No permission"),
        ("Finance/Agreements", "not a right"),
        ("System/Table Setup:Inquire[Service / SLAA]", "No Table Setup item"),
    ],
)
def test_a_right_that_does_not_exist_is_refused(
    text: str, message: str, catalogue: Catalogue
) -> None:
    """A typing error never looks like a right that nothing needs."""
    with pytest.raises(InputError, match=message):
        without([text], of(catalogue, "hudu"), catalogue)


def test_a_complete_role_leaves_nothing_unsaid(catalogue: Catalogue) -> None:
    """Every box has a level, and nothing is granted that was not."""
    role = complete(small((AGREEMENTS, Level.MY)), catalogue)
    assert len(role.levels) == len(catalogue.permissions) * len(Verb)
    assert {cell for cell, level in role.levels.items() if level} == {AGREEMENTS}
    assert all((*key, verb) in role.levels for key, verb in product(catalogue.permissions, Verb))
