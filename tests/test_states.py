"""What the settings add to the answers: grades, levels, conflicts, suspects, policy."""

import pytest

from auditor.catalogue import Catalogue
from auditor.client import Answer
from auditor.declared import Declared, merged
from auditor.inference import learn
from auditor.rights import Level, Right, Verb
from auditor.roles import name_key
from auditor.states import RightState, state_of
from tests.worlds import INVALID, NOT_FOUND, PROXY, REFUSED, ROWS, answered, plan_of

TICKETS = ("Service Desk", "Service Tickets")
LIST, UPDATE = "GET /service/tickets", "PATCH /service/tickets/{id}"
CREATE, DELETE = "POST /service/tickets", "DELETE /service/tickets/{id}"
SLAS, BOARDS = "GET /service/SLAs", "GET /service/boards"
CONVERT = "POST /service/tickets/{parentId}/convert"
EDIT, INQUIRE = Right(*TICKETS, Verb.EDIT), Right(*TICKETS, Verb.INQUIRE)
SLA = Right("System", "Table Setup", Verb.INQUIRE, "Service / SLA")
SKILL = Right("System", "Table Setup", Verb.INQUIRE, "Members / Skill")
N, M, A = Level.NONE, Level.MY, Level.ALL


def says(
    levels: dict[Right, Level],
    allowed: tuple[str, ...] | None = None,
    catalogue: Catalogue | None = None,
) -> Declared:
    cells = {(right.module, right.permission, right.verb): level for right, level in levels.items()}
    items = None if allowed is None else frozenset(map(name_key, allowed))
    published = (catalogue or Catalogue()).published_items
    return Declared("the settings", cells, items, published)


def found(
    catalogue: Catalogue, answers: dict[str, Answer], declared: Declared | None, right: Right,
    needed: Level | None = None,
) -> RightState:  # fmt: skip
    plan = plan_of(catalogue, *answers)
    knowledge = learn(plan, answered(plan, answers), catalogue, declared=declared)
    return state_of(right, knowledge, needed)


# why, answers, level by the settings, state, grade
GRADES: list[tuple[str, dict[str, Answer], Level | None, str, str | None]] = [
    ("an answer alone proves", {LIST: ROWS}, None, "granted", "proved"),
    ("answer and settings agree", {LIST: ROWS}, A, "granted", "both"),
    ("settings alone, and nothing contradicts", {LIST: PROXY}, A, "granted", "declared"),
    ("a refusal against the settings", {LIST: REFUSED}, A, "missing", "proved"),
    ("a refusal that the settings explain", {LIST: REFUSED}, N, "missing", "both"),
    ("settings alone say None", {LIST: PROXY}, N, "missing", "declared"),
    ("an answer against the settings", {LIST: ROWS}, N, "granted", "proved"),
    ("neither says anything", {LIST: PROXY}, None, "undecided", None),
]


@pytest.mark.parametrize(("why", "answers", "level", "state", "grade"), GRADES)
def test_answers_and_settings_grade_each_other(
    catalogue: Catalogue, why: str, answers: dict[str, Answer], level: Level | None, state: str,
    grade: str | None,
) -> None:  # fmt: skip
    """A green or red says whether an answer proves it, the settings say it, or both."""
    declared = None if level is None else says({INQUIRE: level})
    right = found(catalogue, answers, declared, INQUIRE)
    assert (right.state, right.grade) == (state, grade), why
    contradicts = (state, grade) in {
        ("missing", "proved"),
        ("granted", "proved"),
    } and level is not None
    assert right.is_conflict is contradicts


@pytest.mark.parametrize(
    ("needed", "level", "state"),
    [(A, M, "level_too_low"), (A, A, "granted"), (M, M, "granted"), (M, A, "granted"),
     (None, M, "granted"), (A, None, "granted")],
)  # fmt: skip
def test_a_level_is_decided_by_the_settings_only(
    catalogue: Catalogue, needed: Level | None, level: Level | None, state: str
) -> None:
    """All needed and My set is too low; what no setting states is not verified, and granted."""
    declared = None if level is None else says({INQUIRE: level})
    assert found(catalogue, {LIST: ROWS}, declared, INQUIRE, needed).state == state


def test_a_right_declared_none_that_is_looked_up_shows_a_late_check(catalogue: Catalogue) -> None:
    """A control may come from the settings: then 404s of that resource count for nothing."""
    delete = Right(*TICKETS, Verb.DELETE)
    answers = {UPDATE: NOT_FOUND, DELETE: NOT_FOUND}
    declared = says({delete: N})
    assert found(catalogue, answers, declared, EDIT).state == "undecided"
    assert "security comes after" in found(catalogue, answers, declared, EDIT).reason
    assert found(catalogue, answers, declared, delete).grade == "declared"


def test_a_refusal_and_a_late_look_up_in_one_resource_decide_nothing(catalogue: Catalogue) -> None:
    """Contradictory answers of a shape: nothing of that shape counts there."""
    answers = {UPDATE: NOT_FOUND, DELETE: REFUSED, "PUT /service/tickets/{id}": NOT_FOUND}
    assert found(catalogue, answers, says({EDIT: N}), EDIT).state == "missing"
    knowledge_without = found(catalogue, answers, None, EDIT)
    assert knowledge_without.state == "granted"


def test_of_several_suspects_the_settings_name_the_one(catalogue: Catalogue) -> None:
    """Refused, and one of the two boxes is None: that is the one; the other stays as declared."""
    adds = Right("Project", "Project Tickets", Verb.ADD)
    declared = says({EDIT: A, adds: N})
    assert found(catalogue, {CONVERT: REFUSED}, declared, adds).grade == "both"
    assert found(catalogue, {CONVERT: REFUSED}, declared, EDIT).grade == "declared"


def test_a_refusal_that_no_setting_explains_leaves_every_suspect_open(catalogue: Catalogue) -> None:
    """All of them declared, and yet refused: none is granted on the settings' word."""
    adds = Right("Project", "Project Tickets", Verb.ADD)
    declared = says({EDIT: A, adds: A})
    for right in (EDIT, adds):
        state = found(catalogue, {CONVERT: REFUSED}, declared, right)
        assert (state.state, state.leaning) == ("undecided", "missing")


def test_suspects_stand_in_order_of_likelihood(catalogue: Catalogue) -> None:
    """What the settings do not state is likelier missing than what they say is there."""
    adds = Right("Project", "Project Tickets", Verb.ADD)
    state = found(catalogue, {CONVERT: REFUSED}, says({EDIT: A}), adds)
    assert state.suspects == (adds, EDIT)


@pytest.mark.parametrize(
    ("why", "answer", "right", "allowed", "state"),
    [
        ("a published item that is not in the list", PROXY, SLA, ("Service / Source",), "missing"),
        ("an item in the list, however spelled", PROXY, SLA, ("service - sla",), "granted"),
        (
            "a composed name that is not in the list may be spelled otherwise",
            PROXY,
            SKILL,
            ("Service / SLA",),
            "undecided",
        ),
        ("refused as well: then it is the item", REFUSED, SKILL, ("Service / SLA",), "missing"),
        ("no list was read", PROXY, SLA, None, "undecided"),
        ("an answer needs no list", ROWS, SLA, ("Service / Source",), "granted"),
    ],
)
def test_customize_lists_are_read_with_care(
    catalogue: Catalogue, why: str, answer: Answer, right: Right, allowed: tuple[str, ...] | None,
    state: str,
) -> None:  # fmt: skip
    """An item counts as left out only where its spelling is sure or a refusal agrees."""
    inquire = Right("System", "Table Setup", Verb.INQUIRE)
    operation = SLAS if right == SLA else "GET /system/skills"
    assert found(catalogue, {operation: answer}, says({inquire: A}, allowed), right).state == state


def test_the_first_source_that_states_a_thing_decides_it() -> None:
    """Sources are merged cell by cell; what none states stays unknown."""
    one, other = says({EDIT: M}), says({EDIT: A, INQUIRE: A}, ("Service / SLA",))
    both = merged([one, other])
    assert both is not None
    assert both.of(EDIT) is M
    assert both.of(INQUIRE) is A
    assert both.item("Service / SLA")
    assert both.of(Right(*TICKETS, Verb.ADD)) is None
    assert merged([]) is None


def test_validation_counts_only_where_it_is_known_to_come_late(catalogue: Catalogue) -> None:
    """A 400 is proof in a resource that refused an invalid body, and nowhere else."""
    add = Right(*TICKETS, Verb.ADD)
    calibrated = {CREATE: INVALID, "PUT /service/tickets/{id}": REFUSED}
    assert found(catalogue, calibrated, None, add).grade == "proved"
    assert found(catalogue, {CREATE: INVALID, DELETE: REFUSED}, None, add).state == "undecided"


def test_a_right_leans_only_by_what_would_prove_it(catalogue: Catalogue) -> None:
    """A look-up that shows the first right only is no leaning for the second."""
    adds = Right("Project", "Project Tickets", Verb.ADD)
    answers = {
        CONVERT: NOT_FOUND,
        "POST /project/tickets": PROXY,
        "DELETE /company/contacts/{id}": REFUSED,
    }
    assert found(catalogue, answers, None, EDIT).leaning == "granted"
    assert found(catalogue, answers, None, adds).leaning is None
