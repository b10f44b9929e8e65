"""Plans: every action once, every write guarded, nothing altered on the way."""

import json
from dataclasses import asdict

import pytest

from auditor.atoms import atoms_of, proved_by
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.plan import Plan, build, data, from_data, loads
from auditor.profiles import needs, select
from auditor.rights import Verb


@pytest.fixture(scope="module")
def plan(catalogue: Catalogue) -> Plan:
    return build(select(catalogue, ("rewst-all-actions",)), catalogue)


def test_every_action_has_a_probe_or_a_reason(catalogue: Catalogue, plan: Plan) -> None:
    """Each of the 487 actions is one probe, one skip with a reason, or has no operation."""
    probed = {operation for probe in plan.main() for operation in probe.operations}
    assert len(plan.selection.actions) == 487
    for action, _ in plan.selection.actions:
        operation = catalogue.operation_of(action)
        if operation is None:
            assert catalogue.action(action).note
        else:
            assert (operation.id in probed) != (operation.id in plan.skipped), action
    assert all(plan.skipped.values())


def test_at_depth_right_a_third_of_the_requests_witnesses_every_right(
    catalogue: Catalogue, plan: Plan
) -> None:
    """What is not sent at once is kept in reserve; nothing is dropped, and writes keep guards."""
    short = build(plan.selection, catalogue, depth="right")
    assert len(short.main()) * 3 <= len(plan.main())
    known = {operation for probe in short.probes for operation in probe.operations}
    for action, _ in plan.selection.actions:
        if operation := catalogue.operation_of(action):
            assert operation.id in known or operation.id in short.skipped
    shown = {
        atom
        for probe in short.main()
        for name in probe.operations
        for right in catalogue.shown_by(catalogue.operations[name], in_full=probe.reads)
        for atom in proved_by(right)
    }
    for need in needs(plan.selection, catalogue):
        assert atoms_of(need.right) <= shown or need.right.id in short.skipped, need.right.id
    ids = {probe.id for probe in short.main()}
    assert all(probe.guard in ids for probe in short.main() if probe.guard)


def test_controls_are_planned_for_what_the_selection_leaves_uncalibrated(
    catalogue: Catalogue,
) -> None:
    """Beside an update a DELETE of the same absent record may show the order of checks."""
    chosen = select(catalogue, actions=("Tickets/Update Service Ticket",))
    plan = build(chosen, catalogue)
    stages = {probe.stage: probe.request.line for probe in plan.probes if probe.followup}
    assert stages["lookup"] == "DELETE /service/tickets/2147483647"
    read_only = build(chosen, catalogue, read_only=True)
    assert not [probe for probe in read_only.probes if not probe.reads]


def test_identical_requests_are_sent_once(plan: Plan) -> None:
    """No two probes share method, path, query and body."""
    requests = [probe.request for probe in plan.probes]
    assert len(set(requests)) == len(requests)
    assert len({probe.id for probe in plan.probes}) == len(plan.probes)


def test_a_write_to_an_absent_record_is_guarded_by_an_earlier_read(plan: Plan) -> None:
    """The guard of a write is a read of the same absent id, and comes before it."""
    order = {probe.id: place for place, probe in enumerate(plan.probes)}
    by_id = {probe.id: probe for probe in plan.probes}
    writes = [probe for probe in plan.probes if not probe.reads]
    assert len(writes) > 150
    for probe in writes:
        if probe.absent:
            guard = by_id[probe.guard]
            assert guard.reads
            assert order[guard.id] < order[probe.id]
            assert probe.request.path.startswith(guard.request.path.removesuffix("/info"))
        else:
            assert probe.invalid


def test_reads_come_first_and_deletes_last(plan: Plan) -> None:
    """Should a PSA misbehave, the least harmful write meets it first."""
    main = plan.main()
    methods = [probe.request.method for probe in main if not probe.reads]
    assert [probe.reads for probe in main] == sorted((p.reads for p in main), reverse=True)
    assert methods == sorted(methods, key=["PATCH", "POST", "PUT", "DELETE"].index)


def test_read_only_plans_no_write(catalogue: Catalogue) -> None:
    """--read-only skips every write, and says so."""
    plan = build(select(catalogue, ("rewst-all-actions",)), catalogue, read_only=True)
    assert all(probe.reads for probe in plan.probes)
    assert "--read-only" in plan.skipped["POST /service/tickets"]


def test_a_right_that_no_action_shows_gets_a_witness(catalogue: Catalogue) -> None:
    """Rights of a profile are exercised by an operation that needs just that right."""
    selection = select(catalogue, ("rewst-documented",))
    plan = build(selection, catalogue)
    shown = {
        need.right
        for probe in plan.main()
        for operation in probe.operations
        for need in catalogue.requirements(catalogue.operations[operation])
    }
    for need in needs(selection, catalogue):
        any_table = need.right.permission == "Table Setup" and any(
            right.permission == "Table Setup" and right.verb == need.right.verb for right in shown
        )
        assert need.right in shown or any_table or need.right.id in plan.skipped, need.right.id


def test_a_plan_survives_the_way_through_a_file(catalogue: Catalogue, plan: Plan) -> None:
    """What `plan --format json` writes is the same plan when read."""
    again = loads(json.dumps(data(plan)), catalogue)
    assert again == plan
    assert again.hash == plan.hash


def test_the_same_selection_gives_the_same_plan(catalogue: Catalogue, plan: Plan) -> None:
    """Plans are deterministic."""
    assert build(select(catalogue, ("rewst-all-actions",)), catalogue) == plan


def test_probes_may_be_taken_out_of_a_plan_file(catalogue: Catalogue, plan: Plan) -> None:
    """A shorter plan is accepted, and says what was taken out."""
    found = data(plan)
    gone = next(probe for probe in found["probes"] if probe["request"]["method"] == "DELETE")
    found["probes"].remove(gone)
    shorter = loads(json.dumps(found), catalogue)
    assert len(shorter.probes) == len(plan.probes) - 1
    assert shorter.skipped[gone["operations"][0]] == "taken out of the plan file"


@pytest.mark.parametrize(
    ("field", "value"),
    [("path", "/company/companies/1"), ("method", "DELETE"), ("body", '{"name": "x"}')],
)
def test_a_changed_request_is_refused(
    catalogue: Catalogue, plan: Plan, field: str, value: str
) -> None:
    """A plan file cannot smuggle in a request of its own."""
    found = data(plan)
    found["probes"][0]["request"][field] = value
    with pytest.raises(InputError, match="not a request that psa-audit plans"):
        loads(json.dumps(found), catalogue)


def test_a_write_without_its_guard_is_refused(catalogue: Catalogue, plan: Plan) -> None:
    """Taking out a guard takes the write's harmlessness with it."""
    found = data(plan)
    write = next(probe for probe in found["probes"] if probe["guard"])
    found["probes"] = [probe for probe in found["probes"] if probe["id"] != write["guard"]]
    with pytest.raises(InputError, match="has lost"):
        loads(json.dumps(found), catalogue)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "psa-audit/plan/1"}', "\x00"])
def test_what_is_no_plan_is_a_clear_error(catalogue: Catalogue, text: str) -> None:
    """A foreign file never becomes an empty plan."""
    with pytest.raises(InputError):
        loads(text, catalogue)


def test_data_holds_everything(plan: Plan) -> None:
    """The JSON form loses nothing of a probe."""
    assert from_data(data(plan)).probes == plan.probes
    assert set(data(plan)["probes"][0]) == set(asdict(plan.probes[0]))


def test_one_right_makes_one_small_plan(catalogue: Catalogue) -> None:
    """--right plans the witness of that right and its guard, nothing more."""
    plan = build(select(catalogue, rights=("Service Desk/Service Tickets:Delete",)), catalogue)
    methods = [probe.request.method for probe in plan.main()]
    assert methods == ["GET", "DELETE"]
    assert needs(plan.selection, catalogue)[0].right.verb is Verb.DELETE


def test_a_plan_file_cannot_change_what_it_is_for(catalogue: Catalogue, plan: Plan) -> None:
    """Rights taken out of the selection, or a level lowered in it, are found."""
    found = data(plan)
    found["selection"]["actions"] = found["selection"]["actions"][:1]
    with pytest.raises(InputError, match="made for has been changed"):
        loads(json.dumps(found), catalogue)
