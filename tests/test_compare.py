"""Two reports, or a report and a role file → what changed and why."""

from dataclasses import replace
from typing import Any

import pytest

from auditor.against import compare_role
from auditor.catalogue import Catalogue
from auditor.client import Answer
from auditor.compare import FAIL_ON, KINDS, Change, Comparison, compare
from auditor.declared import Declared
from auditor.events import Settings
from auditor.evidence import declared_by
from auditor.outcome import Outcome
from auditor.pairs import CAUSES
from auditor.report import Policy, assess
from auditor.rights import Level, Verb
from auditor.schema import Report
from tests.worlds import INVALID, NOT_FOUND, PROXY, REFUSED, ROWS, answered, plan_of

TICKETS, AGREEMENTS = "GET /service/tickets", "GET /finance/agreements"
DELETE = "DELETE /service/tickets/{id}"
READ_TICKETS, READ_AGREEMENTS = "Service Desk/Service Tickets:Inquire", "Finance/Agreements:Inquire"
DELETE_TICKETS = "Service Desk/Service Tickets:Delete"


def settings(**levels: str) -> Settings:
    """State the Inquire level of permissions named `Service_Desk__Service_Tickets`."""
    rows: dict[str, list[str | None]] = {
        name.replace("__", "/").replace("_", " "): [None, None, None, level]
        for name, level in levels.items()
    }
    return Settings(source="/system/mySecurity", answer="read", levels=rows)


def report(
    catalogue: Catalogue,
    answers: dict[str, Answer],
    *said: Settings,
    policy: Policy | None = None,
    site: str = "https://psa.example",
    company: str = "acme",
    api_version: str = "v1",
) -> Report:
    """Report a run of just these operations with these answers."""
    plan = plan_of(catalogue, *answers)
    outcome = Outcome(
        site, company, api_version, "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "",
        observations=answered(plan, answers), settings=said,
        declared=declared_by(said, catalogue),
    )  # fmt: skip
    return assess(plan, outcome, catalogue, policy or Policy())


def edited(old: Report, right: str, **fields: Any) -> Report:
    """Return the report with one right changed."""
    rights = tuple(
        part.model_copy(update=fields) if part.id == right else part for part in old.rights
    )
    return old.model_copy(update={"rights": rights})


def kinds(found: Comparison) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {change.right.id: (change.kind, change.causes) for change in found.changes}


def test_a_run_equals_itself(catalogue: Catalogue) -> None:
    """The same report twice has no difference, no change, and fails on nothing."""
    same = report(catalogue, {TICKETS: ROWS, AGREEMENTS: REFUSED, DELETE: NOT_FOUND})
    found = compare(same, same)
    assert found == Comparison((), ())
    assert found.failing(frozenset(FAIL_ON)) == ()


MOVES = [
    (ROWS, REFUSED, "lost", ("role",), ("lost",)),
    (REFUSED, ROWS, "gained", ("role",), ("gained",)),
    (PROXY, ROWS, "gained", ("evidence",), ("gained",)),
    (PROXY, REFUSED, "found_lacking", ("evidence",), ("lost",)),
    (ROWS, PROXY, "undecided", ("evidence",), ("undecided",)),
    (REFUSED, PROXY, "undecided", ("evidence",), ("undecided",)),
]


@pytest.mark.parametrize(("was", "now", "kind", "causes", "fails"), MOVES)
def test_a_right_moves_by_what_was_answered(
    catalogue: Catalogue, was: Answer, now: Answer, kind: str, causes: Any, fails: Any
) -> None:
    """Refused and answered are the role's doing; a web page shows no change, only less."""
    before, after = (report(catalogue, {AGREEMENTS: item, TICKETS: ROWS}) for item in (was, now))
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: (kind, causes)}
    assert found.failing(frozenset(FAIL_ON)) == fails
    (action,) = found.actions
    assert action.action == f"Operation/{AGREEMENTS}"
    assert action.rights == (READ_AGREEMENTS,)


def test_a_refusal_that_goes_is_the_role_even_where_the_right_stays_open(
    catalogue: Catalogue,
) -> None:
    """403 and then 404: the right is undecided now, and yet the PSA answers otherwise."""
    before = report(catalogue, {DELETE: REFUSED})
    after = report(catalogue, {DELETE: NOT_FOUND})
    assert kinds(compare(before, after)) == {DELETE_TICKETS: ("undecided", ("role",))}


def test_settings_that_differ_are_the_role(catalogue: Catalogue) -> None:
    """Declared levels that differ decide the cause, whatever else differs."""
    one = settings(Finance__Agreements="All")
    two = settings(Finance__Agreements="None")
    before = report(catalogue, {AGREEMENTS: PROXY}, one)
    after = report(catalogue, {AGREEMENTS: PROXY}, two, api_version="v2")
    assert kinds(compare(before, after)) == {READ_AGREEMENTS: ("lost", ("role",))}


def test_settings_read_in_one_run_only_are_evidence(catalogue: Catalogue) -> None:
    """What only the settings said is undecided without them: nothing is lost."""
    before = report(catalogue, {AGREEMENTS: PROXY}, settings(Finance__Agreements="All"))
    after = report(catalogue, {AGREEMENTS: PROXY})
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: ("undecided", ("evidence",))}
    assert [item.cause for item in found.differences] == ["evidence"]


VERSIONS = [((), ("role", "platform")), ((settings(Finance__Agreements="All"),), ("platform",))]


@pytest.mark.parametrize(("said", "causes"), VERSIONS)
def test_another_version_that_refuses_is_the_platform(
    catalogue: Catalogue, said: tuple[Settings, ...], causes: Any
) -> None:
    """With the same settings it is the platform; without any it may be either, and both stand."""
    before = report(catalogue, {AGREEMENTS: ROWS}, *said)
    after = report(catalogue, {AGREEMENTS: REFUSED}, *said, api_version="v2")
    found = compare(before, after)
    assert next(change.causes for change in found.changes) == causes
    assert ("platform", "Version v1 -> v2.") in {(d.cause, d.text) for d in found.differences}


def test_another_order_of_checks_is_the_platform(catalogue: Catalogue) -> None:
    """Where security came before the look-up and comes after it now, the PSA has changed."""
    before = report(catalogue, {DELETE: NOT_FOUND, TICKETS: ROWS})
    before = _ordered(before, first=True)
    after = edited(_ordered(before, first=False), DELETE_TICKETS, state="undecided", grade=None)
    before = edited(before, DELETE_TICKETS, state="granted", grade="proved")
    found = compare(before, after)
    assert kinds(found) == {DELETE_TICKETS: ("undecided", ("platform",))}
    (difference,) = found.differences
    assert difference.cause == "platform"
    assert "/service/tickets: security was checked before, now after the look-up" in difference.text


def _ordered(old: Report, *, first: bool) -> Report:
    places = tuple(
        part.model_copy(update={"before_lookup": first}) if part.resource == "/service/tickets"
        else part
        for part in old.calibration
    )  # fmt: skip
    assert places != old.calibration
    return old.model_copy(update={"calibration": places})


def test_a_right_needed_by_our_new_data_is_data(catalogue: Catalogue) -> None:
    """The same action that needs one right more is our doing; the same in reverse."""
    after = report(catalogue, {AGREEMENTS: ROWS, TICKETS: ROWS})
    action = f"Operation/{AGREEMENTS}"
    after = edited(after, READ_AGREEMENTS, actions=(action,))
    rights = tuple(part for part in after.rights if part.id != READ_AGREEMENTS)
    tool = after.tool.model_copy(update={"matrices": "0" * 12})
    before = after.model_copy(update={"rights": rights, "tool": tool})
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: ("needed", ("data",))}
    assert found.failing(frozenset({"needed"})) == ("needed",)
    back = compare(after, before)
    assert kinds(back) == {READ_AGREEMENTS: ("not_needed", ("data",))}
    assert back.failing(frozenset(FAIL_ON)) == ()
    assert {item.cause for item in found.differences} == {"data"}


def test_a_journal_planned_with_other_matrices_says_so(catalogue: Catalogue) -> None:
    """Reports judged by the same matrices differ in data if their plans were made from others."""
    same = report(catalogue, {TICKETS: ROWS})
    (difference,) = compare(same, same, ("aaa", "bbb")).differences
    assert (difference.cause, "aaa -> bbb" in difference.text) == ("data", True)


@pytest.mark.parametrize(("planned", "cause"), [(("aaa", "bbb"), "data"), (("", ""), "selection")])
def test_another_plan_is_data_or_selection(
    catalogue: Catalogue, planned: tuple[str, str], cause: str
) -> None:
    """Plans of the same actions differ by the matrices they were made from, or by the flags."""
    before = report(catalogue, {TICKETS: ROWS})
    plan = before.plan.model_copy(update={"hash": "f" * 64})
    after = before.model_copy(update={"plan": plan})
    assert [item.cause for item in compare(before, after, planned).differences] == [cause]


def test_what_else_is_selected_is_selection(catalogue: Catalogue) -> None:
    """An operation that only one run audited brings its right, and no verdict changes."""
    before = report(catalogue, {TICKETS: ROWS})
    after = report(catalogue, {TICKETS: ROWS, AGREEMENTS: REFUSED})
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: ("needed", ("selection",))}
    assert found.actions == ()
    assert [item.text for item in found.differences] == ["Actions: 1 more, 0 fewer."]


@pytest.mark.parametrize(
    "target", [("https://psa.example", "other"), ("https://else.example", "acme")]
)
def test_another_psa_is_warned_of(catalogue: Catalogue, target: tuple[str, str]) -> None:
    """Two companies or two sites are no history of one role; every change says target."""
    before = report(catalogue, {AGREEMENTS: ROWS})
    after = report(catalogue, {AGREEMENTS: REFUSED}, site=target[0], company=target[1])
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: ("lost", ("target",))}
    assert "different PSAs" in found.notes[0]
    assert found.differences[0].cause == "target"


def test_strict_is_policy(catalogue: Catalogue) -> None:
    """--strict in one run only explains what it no longer takes for granted."""
    said = settings(Finance__Agreements="All")
    before = report(catalogue, {AGREEMENTS: PROXY}, said)
    after = report(catalogue, {AGREEMENTS: PROXY}, said, policy=Policy(strict=True))
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: ("undecided", ("policy",))}
    assert [item.cause for item in found.differences] == ["policy"]


def test_a_level_that_differs_in_the_settings_is_shown(catalogue: Catalogue) -> None:
    """My and then All with the right granted both times is a level, and fails on nothing."""
    one, two = settings(Finance__Agreements="My"), settings(Finance__Agreements="All")
    before, after = (report(catalogue, {AGREEMENTS: ROWS}, item) for item in (one, two))
    before = edited(before, READ_AGREEMENTS, needed=None, state="granted")
    after = edited(after, READ_AGREEMENTS, needed=None)
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: ("level", ("role",))}
    assert found.failing(frozenset(FAIL_ON)) == ()


def test_a_proof_that_is_gone_is_said(catalogue: Catalogue) -> None:
    """Granted by an answer, and then by the settings alone, is weaker."""
    said = settings(Finance__Agreements="All")
    before = report(catalogue, {AGREEMENTS: ROWS}, said)
    after = report(catalogue, {AGREEMENTS: PROXY}, said)
    assert kinds(compare(before, after)) == {READ_AGREEMENTS: ("weaker", ("evidence",))}


def test_excess_comes_and_goes_with_the_settings(catalogue: Catalogue) -> None:
    """A box that the settings tick now is the role; one they no longer tick is gone."""
    none = settings(Service_Desk__Service_Tickets="All", Finance__Agreements="None")
    more = settings(Service_Desk__Service_Tickets="All", Finance__Agreements="All")
    before, after = (report(catalogue, {TICKETS: ROWS}, item) for item in (none, more))
    found = compare(before, after)
    assert kinds(found) == {READ_AGREEMENTS: ("excess", ("role",))}
    assert found.failing(frozenset({"lost", "excess"})) == ("excess",)
    assert kinds(compare(after, before)) == {READ_AGREEMENTS: ("excess_gone", ("role",))}


def test_excess_that_nobody_could_look_for_is_not_gone(catalogue: Catalogue) -> None:
    """Settings that could not be read, or held less, never make excess look gone."""
    more = settings(Service_Desk__Service_Tickets="All", Finance__Agreements="All")
    before = report(catalogue, {TICKETS: ROWS}, more)
    unread = Settings(source="/system/mySecurity", answer="this member may not read it")
    for said in (unread, settings(Service_Desk__Service_Tickets="All")):
        found = kinds(compare(before, report(catalogue, {TICKETS: ROWS}, said)))
        assert found[READ_AGREEMENTS] == ("excess_unseen", ("evidence",))


def test_a_need_that_becomes_excess_is_shown_as_excess(catalogue: Catalogue) -> None:
    """What is no longer selected and still there is excess, because of the selection."""
    said = settings(Service_Desk__Service_Tickets="All", Finance__Agreements="All")
    before = report(catalogue, {TICKETS: ROWS, AGREEMENTS: ROWS}, said)
    after = report(catalogue, {TICKETS: ROWS}, said)
    assert kinds(compare(before, after)) == {READ_AGREEMENTS: ("excess", ("selection",))}


def test_changes_come_worst_first_and_in_one_order(catalogue: Catalogue) -> None:
    """The order is that of KINDS, then of names, whatever the order of the reports."""
    before = report(catalogue, {TICKETS: ROWS, AGREEMENTS: REFUSED, DELETE: REFUSED})
    after = report(catalogue, {TICKETS: REFUSED, AGREEMENTS: ROWS, DELETE: INVALID})
    found = compare(before, after)
    turned = after.model_copy(update={"rights": after.rights[::-1]})
    assert compare(before, turned).changes == found.changes
    ranks = [list(KINDS).index(change.kind) for change in found.changes]
    assert ranks == sorted(ranks)
    assert len(ranks) == 3


def test_every_cause_and_every_word_is_explained() -> None:
    """No kind that --fail-on names is unknown, and every cause has its sentence."""
    assert set().union(*FAIL_ON.values()) <= set(KINDS)
    assert all(CAUSES.values())


def file(**levels: Level) -> Declared:
    cells = {
        (*name.replace("_", " ").split("  "), Verb.INQUIRE): level for name, level in levels.items()
    }
    return Declared("role.csv", cells)  # type: ignore[arg-type]


FILES = [
    (ROWS, Level.ALL, None, {}),
    (ROWS, Level.NONE, None, {READ_AGREEMENTS: "breaks"}),
    (ROWS, Level.MY, "All", {READ_AGREEMENTS: "breaks"}),
    (ROWS, Level.MY, None, {}),
    (REFUSED, Level.ALL, None, {READ_AGREEMENTS: "repairs"}),
    (REFUSED, Level.NONE, None, {READ_AGREEMENTS: "stays_missing"}),
    (REFUSED, Level.MY, "All", {READ_AGREEMENTS: "stays_missing"}),
    (PROXY, Level.ALL, None, {READ_AGREEMENTS: "open_granted"}),
    (PROXY, Level.NONE, None, {READ_AGREEMENTS: "open_lacking"}),
]


@pytest.mark.parametrize(("answer", "level", "needed", "expected"), FILES)
def test_a_role_file_repairs_breaks_or_leaves(
    catalogue: Catalogue, answer: Answer, level: Level, needed: Any, expected: dict[str, str]
) -> None:
    """What a file would do follows from what the run found and the level needed."""
    run = edited(report(catalogue, {AGREEMENTS: answer}), READ_AGREEMENTS, needed=needed)
    found = compare_role(run, file(Finance__Agreements=level), ())
    assert {change.right.id: change.kind for change in found.changes} == expected


def test_what_a_file_does_not_name_it_does_not_grant(catalogue: Catalogue) -> None:
    """An absent row would break what is granted; what nothing needs is excess."""
    run = report(catalogue, {AGREEMENTS: ROWS})
    found = compare_role(run, file(Service_Desk__Service_Tickets=Level.ALL), ())
    assert {change.right.id: change.kind for change in found.changes} == {
        READ_AGREEMENTS: "breaks", READ_TICKETS: "file_excess"
    }  # fmt: skip
    assert found.failing(frozenset({"lost"})) == ("lost",)
    assert found.failing(frozenset({"excess"})) == ("excess",)


BOARDS = "Service / Service Board"
CUSTOMIZE = [
    (None, "not_said", "undecided"),
    (frozenset({"service service board"}), None, None),
    (frozenset({"service sla"}), "breaks", "lost"),
]


@pytest.mark.parametrize(("allowed", "kind", "word"), CUSTOMIZE)
def test_a_setup_table_needs_the_files_customize_list(
    catalogue: Catalogue, allowed: Any, kind: str | None, word: str | None
) -> None:
    """A file without the list does not say; one with it grants the items in it and no other."""
    run = report(catalogue, {"GET /service/boards": ROWS})
    right = f"System/Table Setup:Inquire[{BOARDS}]"
    assert [part.state for part in run.rights if part.id == right] == ["granted"]
    role = replace(
        file(System__Table_Setup=Level.ALL), allowed=allowed, published=catalogue.published_items
    )
    found = compare_role(run, role, ())
    about: list[Change] = [change for change in found.changes if change.right.id == right]
    assert [change.kind for change in about] == ([kind] if kind else [])
    assert found.failing(frozenset(FAIL_ON)) == ((word,) if word else ())


def test_what_is_needed_under_a_condition_is_no_excess_of_a_file(catalogue: Catalogue) -> None:
    """A right that an action needs only sometimes may be in the file."""
    operation = next(row for row in catalogue.operations.values() if catalogue.conditional(row))
    run = report(catalogue, {operation.id: NOT_FOUND})
    needed = {part.id for part in run.rights}
    right = next(need.right for need in catalogue.conditional(operation))
    assert right.id not in needed
    role = Declared("role.csv", {(right.module, right.permission, right.verb): Level.ALL})
    found = {change.right.id: change.kind for change in compare_role(run, role, ()).changes}
    assert right.id not in found


def test_items_of_the_file_that_nothing_needs_are_excess(catalogue: Catalogue) -> None:
    """Of the Customize list every known item beyond the needed ones is excess."""
    run = report(catalogue, {"GET /service/boards": ROWS})
    role = replace(
        file(System__Table_Setup=Level.ALL),
        allowed=frozenset({"service service board", "service sla"}),
        published=catalogue.published_items,
    )
    found = compare_role(run, role, sorted(catalogue.items))
    assert [change.right.table for change in found.changes] == ["Service / SLA"]
