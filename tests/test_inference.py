"""Calibration and elimination: what a run's answers prove together."""

import pytest

from auditor.catalogue import Catalogue
from auditor.client import Answer
from auditor.rights import Right, Verb
from auditor.states import state_of
from tests.worlds import INVALID, JSON, NOT_FOUND, PROXY, REFUSED, ROWS, known

TICKETS = ("Service Desk", "Service Tickets")
LIST, GET = "GET /service/tickets", "GET /service/tickets/{id}"
CREATE, UPDATE = "POST /service/tickets", "PATCH /service/tickets/{id}"
DELETE = "DELETE /service/tickets/{id}"
BOARDS = "GET /service/boards"
BOARD_ADD = "POST /service/boards"
SLAS, SLA_ADD = "GET /service/SLAs", "POST /service/SLAs"
CONVERT = "POST /service/tickets/{parentId}/convert"
NOTES = "GET /service/tickets/{parentId}/notes"
CONFIGURATIONS = "GET /service/tickets/{parentId}/configurations"


def right(verb: Verb) -> Right:
    return Right(*TICKETS, verb)


def table(verb: Verb, item: str) -> Right:
    return Right("System", "Table Setup", verb, item)


# answers, right, state, leaning
CASES: list[tuple[str, dict[str, Answer], Right, str, str | None]] = [
    ("a list that answers proves Inquire", {LIST: ROWS}, right(Verb.INQUIRE), "granted", None),
    ("the exact refusal proves the lack", {LIST: REFUSED}, right(Verb.INQUIRE), "missing", None),
    ("a proxy's refusal proves nothing", {LIST: PROXY}, right(Verb.INQUIRE), "undecided", None),
    ("a 404 alone proves nothing", {UPDATE: NOT_FOUND}, right(Verb.EDIT), "undecided", None),
    ("a 400 alone proves nothing", {CREATE: INVALID}, right(Verb.ADD), "undecided", None),
    ("a refused look-up in the same resource makes a 404 count",
     {UPDATE: NOT_FOUND, DELETE: REFUSED}, right(Verb.EDIT), "granted", None),
    ("a refused look-up says nothing of validation",
     {CREATE: INVALID, DELETE: REFUSED}, right(Verb.ADD), "undecided", None),
    ("a refused list says nothing of look-ups",
     {UPDATE: NOT_FOUND, LIST: REFUSED}, right(Verb.EDIT), "undecided", None),
    ("a look-up refused elsewhere only leans",
     {UPDATE: NOT_FOUND, "DELETE /company/contacts/{id}": REFUSED}, right(Verb.EDIT), "undecided",
     "granted"),
    ("a right that is refused and yet looks up shows that security comes later",
     {UPDATE: NOT_FOUND, GET: NOT_FOUND, LIST: REFUSED, DELETE: REFUSED}, right(Verb.EDIT),
     "undecided", None),
    ("one late resource takes the lean from all",
     {UPDATE: NOT_FOUND, "DELETE /company/contacts/{id}": REFUSED,
      "GET /company/configurations": REFUSED, "GET /company/configurations/{id}": NOT_FOUND},
     right(Verb.EDIT), "undecided", None),
    ("a setup table is missing when its own read is refused",
     {SLAS: REFUSED}, table(Verb.INQUIRE, "Service / SLA"), "missing", None),
    ("a setup table that answers can be read",
     {BOARDS: ROWS, BOARD_ADD: REFUSED, SLAS: ROWS}, table(Verb.INQUIRE, "Service / SLA"),
     "granted", None),
]  # fmt: skip


@pytest.mark.parametrize(("why", "answers", "wanted", "state", "leaning"), CASES)
def test_a_right_has_the_state_its_answers_prove(
    catalogue: Catalogue,
    why: str,
    answers: dict[str, Answer],
    wanted: Right,
    state: str,
    leaning: str | None,
) -> None:
    """Nothing is granted without positive evidence, nothing missing without the exact refusal."""
    found = state_of(wanted, known(catalogue, answers))
    assert (found.state, found.leaning) == (state, leaning), why
    assert found.reason
    assert found.evidence or state == "undecided"


def test_an_item_and_a_level_proved_apart_make_a_right(catalogue: Catalogue) -> None:
    """Add on boards and Edit on SLAs prove Add on SLAs: Customize lists know no verbs."""
    answers = {
        BOARD_ADD: INVALID,
        "PUT /service/boards/{id}": REFUSED,
        "PATCH /service/SLAs/{id}": NOT_FOUND,
        "DELETE /service/SLAs/{id}": REFUSED,
        SLA_ADD: PROXY,
    }
    found = state_of(table(Verb.ADD, "Service / SLA"), known(catalogue, answers))
    assert found.state == "granted"


def test_reading_a_setup_table_allows_no_writing(catalogue: Catalogue) -> None:
    """Reads may need no Customize item: one that works is no proof for a write."""
    answers = {BOARD_ADD: INVALID, "PUT /service/boards/{id}": REFUSED, SLAS: ROWS, SLA_ADD: PROXY}
    found = state_of(table(Verb.ADD, "Service / SLA"), known(catalogue, answers))
    assert found.state == "undecided"


def test_a_table_that_may_not_be_read_may_not_be_written(catalogue: Catalogue) -> None:
    """The Customize list is one list: an item missing for reads is missing for writes."""
    knowledge = known(catalogue, {BOARDS: ROWS, SLAS: REFUSED, SLA_ADD: REFUSED})
    assert state_of(table(Verb.INQUIRE, "Service / SLA"), knowledge).state == "missing"
    assert state_of(table(Verb.ADD, "Service / SLA"), knowledge).state == "missing"


def test_a_refusal_with_several_suspects_accuses_none(catalogue: Catalogue) -> None:
    """When an operation needs two rights and is refused, each is a suspect and no more."""
    needed = [need.right for need in catalogue.requirements(catalogue.operations[CONVERT])]
    assert len(needed) > 1
    for suspect in needed:
        found = state_of(suspect, known(catalogue, {CONVERT: REFUSED}))
        assert (found.state, found.leaning) == ("undecided", "missing")
        assert set(found.suspects) == set(needed)


def test_elimination_leaves_the_one_that_is_not_proved(catalogue: Catalogue) -> None:
    """A suspect proved elsewhere is crossed out; the last one left is missing."""
    knowledge = known(catalogue, {CONVERT: REFUSED, UPDATE: NOT_FOUND, DELETE: REFUSED})
    convert = Right("Project", "Project Tickets", Verb.ADD)
    assert state_of(right(Verb.EDIT), knowledge).state == "granted"
    assert state_of(convert, knowledge).state == "missing"


def test_a_look_up_shows_the_first_right_only(catalogue: Catalogue) -> None:
    """The second right of a conversion may be checked after the record is found."""
    knowledge = known(catalogue, {CONVERT: NOT_FOUND, DELETE: REFUSED})
    assert state_of(right(Verb.EDIT), knowledge).state == "granted"
    assert state_of(Right("Project", "Project Tickets", Verb.ADD), knowledge).state == "undecided"


def test_a_success_proves_a_further_right_only_where_somebody_says_it_is_needed(
    catalogue: Catalogue,
) -> None:
    """A vendor's second right is proved by an answer; one that we inferred is not."""
    configurations = Right("Companies", "Configurations", Verb.INQUIRE)
    said = known(catalogue, {CONFIGURATIONS: ROWS})
    assert state_of(configurations, said).state == "granted"
    count = known(catalogue, {f"{CONFIGURATIONS}/count": Answer(200, JSON, b'{"count": 0}')})
    assert state_of(configurations, count).state == "undecided"


def test_a_refusal_without_a_suspect_is_a_contradiction(catalogue: Catalogue) -> None:
    """An operation refused although all it needs is proved is reported, and accuses nothing."""
    knowledge = known(catalogue, {LIST: ROWS, "GET /service/tickets/count": REFUSED})
    assert knowledge.contradictions == ("GET /service/tickets/count",)
    assert state_of(right(Verb.INQUIRE), knowledge).state == "granted"


def test_a_right_put_together_from_parts_yields_to_a_refusal_of_the_whole(
    catalogue: Catalogue,
) -> None:
    """Level here, item there, and yet refused: then it is not granted."""
    answers = {
        BOARD_ADD: INVALID,
        "PUT /service/boards/{id}": REFUSED,
        "PATCH /service/SLAs/{id}": NOT_FOUND,
        "DELETE /service/SLAs/{id}": REFUSED,
        SLA_ADD: REFUSED,
    }
    knowledge = known(catalogue, answers)
    assert SLA_ADD in knowledge.contradictions
    found = state_of(table(Verb.ADD, "Service / SLA"), knowledge)
    assert (found.state, found.leaning) == ("undecided", "missing")
    assert found.evidence


def test_a_child_list_calibrates_no_look_up(catalogue: Catalogue) -> None:
    """A list may never look for its parent: its refusal says nothing of the order."""
    knowledge = known(catalogue, {NOTES: REFUSED, UPDATE: NOT_FOUND})
    assert state_of(right(Verb.EDIT), knowledge).state == "undecided"
