"""Whole runs against small servers that behave differently in one named way."""

import asyncio
import gzip
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor import audit
from auditor.catalogue import Catalogue
from auditor.errors import ConnectError
from auditor.gate import PREFLIGHT
from auditor.plan import build
from auditor.profiles import select
from auditor.report import exit_code
from auditor.schema import Report
from tests.psa import NOT_FOUND, SECURITY, UNSIGNED, Behaviour, Call, Psa, Reply, serving, usual

ACTIONS = (
    "Tickets/List Service Tickets",
    "Tickets/Get Service Ticket",
    "Tickets/Create Service Ticket",
    "Tickets/Update Service Ticket",
    "Tickets/Replace Service Ticket",
    "Tickets/Delete Service Ticket",
    "Ticket Notes/List Service Ticket Notes",
    "Companies/List Companies",
    "Companies/Update Company",
)
FAIL_ON = frozenset({"missing", "undecided"})


def run(psa: Psa, tmp_path: Path, catalogue: Catalogue, **settings: object) -> Report:
    plan = build(select(catalogue, actions=ACTIONS), catalogue)
    path = tmp_path / "journal.jsonl"
    asyncio.run(audit.audit(plan, psa.session(**settings), path, catalogue))
    return audit.report_of(path, catalogue)


def answering(test: Callable[[Call], bool], reply: Reply) -> Behaviour:
    """Behave as usual but for the calls below the API that pass the test, once signed in."""

    def behave(call: Call) -> Reply:
        is_meant = call.is_signed and call.path != "/system/info" and test(call)
        return reply if is_meant else usual(call)

    return behave


def everything(call: Call) -> bool:
    return True


def test_lists_that_answer_are_green_and_the_rest_is_undecided(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """Without a refusal nothing is calibrated: 404 and 400 stay undecided."""
    with serving() as psa:
        report = run(psa, tmp_path, catalogue)
    verdicts = {action.action: action.verdict for action in report.actions}
    assert verdicts["List Service Tickets"] == "allowed"
    assert verdicts["Update Service Ticket"] == "undecided"
    assert verdicts["Create Service Ticket"] == "undecided"
    assert not report.counts.rights.missing
    assert exit_code(report, FAIL_ON) == 3


def test_refusals_are_red_and_calibrate_their_resource(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """A refused DELETE of an absent ticket makes the other 404s of tickets count."""
    behave = answering(lambda call: call.method == "DELETE", Reply(403, SECURITY))
    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue)
    states = {right.id: right.state for right in report.rights}
    assert states["Service Desk/Service Tickets:Delete"] == "missing"
    assert states["Service Desk/Service Tickets:Edit"] == "granted"
    assert states["Service Desk/Service Tickets:Add"] == "undecided"
    assert states["Companies/Company Maintenance:Edit"] == "granted"  # by a control of its own
    assert [call.path for call in psa.sent("DELETE") if "companies" in call.path]
    assert exit_code(report, FAIL_ON) == 1


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("a proxy", Reply(403, b"<html>Forbidden</html>", {"Content-Type": "text/html"})),
        ("a login page", Reply(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})),
        ("an empty 200", Reply(200)),
        ("a redirect", Reply(302, None, {"Location": "http://127.0.0.1:9/"})),
        ("no api- prefix", Reply(403, {"code": "Security", "message": "SSL is required."})),
        ("another refusal", Reply(403, {"code": "Security", "message": "No."})),
        ("refusal with status 400", Reply(400, SECURITY)),
        ("a fault", Reply(500, {"message": "timeout"})),
        ("a 2 MiB answer", Reply(200, b"[" + b" " * 2**21 + b"]")),
        ("a zip bomb", Reply(200, gzip.compress(b"[" + b" " * 2**27 + b"]"),
                             {"Content-Encoding": "gzip"})),
        ("nonsense", Reply(200, b"\x00\xff\xfe")),
        ("deep JSON", Reply(200, b"[" * 100_000)),
        ("an apology", Reply(200, {"message": "You do not have access."})),
        ("an error", Reply(200, {"code": None, "error": "forbidden"})),
        ("errors", Reply(200, {"errors": [{"code": "Security"}]})),
        ("an error in a list", Reply(200, [{"code": "Security", "message": "No."}])),
        ("an empty object", Reply(200, {})),
        ("accepted", Reply(202, [])),
        ("a part", Reply(206, [])),
        ("half a gzip", Reply(200, gzip.compress(b"[]")[:-8], {"Content-Encoding": "gzip"})),
        ("the refusal as an error", Reply(403, {"error": "Security",
                                               "message": SECURITY["message"]})),
        ("the refusal with spaces", Reply(403, {**SECURITY, "code": " Security "})),
    ],
)  # fmt: skip
def test_what_is_neither_success_nor_refusal_decides_nothing(
    tmp_path: Path, catalogue: Catalogue, name: str, reply: Reply
) -> None:
    """A server that answers every read so leaves every right undecided."""
    with serving(answering(lambda call: call.method == "GET", reply)) as psa:
        report = run(psa, tmp_path, catalogue)
    rights = report.counts.rights
    assert (rights.granted, rights.missing) == (0, 0), name
    assert all(right.reason for right in report.rights)
    assert exit_code(report, FAIL_ON) == 3


def test_a_write_that_succeeds_is_the_last_write(tmp_path: Path, catalogue: Catalogue) -> None:
    """A 201 on a create stops all further writes; the report says so and exits with 5."""
    behave = answering(lambda call: call.method == "PATCH", Reply(200, {"id": 1}))
    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue, workers=1)
    assert len(psa.sent("POST", "PUT", "PATCH", "DELETE")) == 1
    assert report.stopped == "safety"
    assert exit_code(report, FAIL_ON) == 5
    assert "STOPPED" in report.headline


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("a page", Reply(200, b"<html>Saved</html>", {"Content-Type": "text/html"})),
        ("2 MiB", Reply(201, b"[" + b" " * 2**21 + b"]")),
        ("a compression nobody asked for", Reply(201, b"x", {"Content-Encoding": "br"})),
        ("a known message", Reply(200, {"message": "SSL is required."})),
        ("see other", Reply(303, None, {"Location": "/"})),
        ("nothing", Reply(204)),
    ],
)
def test_a_write_that_may_have_worked_is_the_last_write(
    tmp_path: Path, catalogue: Catalogue, name: str, reply: Reply
) -> None:
    """However odd the success, and with every worker at the ready, one write is all that leaves."""
    with serving(answering(lambda call: call.method == "PATCH", reply)) as psa:
        report = run(psa, tmp_path, catalogue)
    assert len(psa.sent("POST", "PUT", "PATCH", "DELETE")) == 1, name
    assert report.stopped == "safety"
    assert exit_code(report, FAIL_ON) == 5


def test_writes_that_wait_for_their_turn_stay_unsent_after_a_safety_stop(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """A stop holds what the limiter had already in its line."""
    with serving(answering(lambda call: call.method == "PUT", Reply(200, {"id": 1}))) as psa:
        report = run(psa, tmp_path, catalogue, rate=40, workers=8)
    assert len(psa.sent("PUT")) == 1
    assert not psa.sent("DELETE")
    assert report.stopped == "safety"


def test_a_lost_sign_in_does_not_hide_a_safety_stop(tmp_path: Path, catalogue: Catalogue) -> None:
    """5 goes before 4: what happened to the PSA matters more than the keys."""
    done = threading.Event()

    def behave(call: Call) -> Reply:
        if call.is_signed and call.method == "PATCH":
            done.set()
            return Reply(200, {"id": 1})
        return Reply(401, UNSIGNED) if done.is_set() else usual(call)

    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue)
    assert report.stopped == "safety"
    assert exit_code(report, FAIL_ON) == 5


@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, None, {"Location": "/"}), Reply(304), Reply(400, {}), Reply(410),
        Reply(403, b"<html>", {"Content-Type": "text/html"}), Reply(404, {"message": "?"}),
        Reply(404, {"code": "NotFound", "message": "The endpoint does not exist"}),
    ],
)  # fmt: skip
def test_only_a_clear_absence_lets_a_write_pass(
    tmp_path: Path, catalogue: Catalogue, reply: Reply
) -> None:
    """A guard that says neither "not found" nor "refused" holds the write back."""
    behave = answering(lambda call: call.method == "GET" and "2147483647" in call.path, reply)
    with serving(behave) as psa:
        run(psa, tmp_path, catalogue)
    assert not psa.sent("PUT", "PATCH", "DELETE")


def test_an_absent_id_that_exists_is_never_written_to(tmp_path: Path, catalogue: Catalogue) -> None:
    """Where the read of the absent id succeeds, the writes to it stay unsent."""
    behave = answering(
        lambda call: call.method == "GET" and call.path == "/service/tickets/2147483647",
        Reply(200, {"id": 2147483647}),
    )
    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue)
    assert not [call for call in psa.sent("PUT", "PATCH", "DELETE") if "tickets" in call.path]
    reasons = {action.action: action.reason for action in report.actions}
    assert "exists" in reasons["Delete Service Ticket"]


def test_a_guard_without_an_answer_holds_the_write_back(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """A fault on the guarding read is no evidence that the record is absent."""
    behave = answering(
        lambda call: call.method == "GET" and "2147483647" in call.path, Reply(503, {})
    )
    with serving(behave) as psa:
        run(psa, tmp_path, catalogue)
    assert not psa.sent("PUT", "PATCH", "DELETE")


def test_revoked_credentials_stop_the_run(tmp_path: Path, catalogue: Catalogue) -> None:
    """After a 401 nothing more is probed, and nothing seen later is believed."""
    seen = threading.Event()

    def behave(call: Call) -> Reply:
        if call.is_signed and call.method == "PATCH":
            seen.set()
        return Reply(401, UNSIGNED) if seen.is_set() else usual(call)

    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue, workers=1)
    assert report.stopped == "credentials"
    assert len(psa.sent("PATCH", "POST", "PUT", "DELETE")) == 1
    assert exit_code(report, FAIL_ON) == 4


def test_not_found_is_doubted_when_the_sign_in_fails_afterwards(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """404s after the last proof of sign-in count for nothing if it cannot be confirmed."""
    writing = threading.Event()

    def behave(call: Call) -> Reply:
        if call.method in {"PATCH", "POST", "PUT"}:
            writing.set()
        if call.method == "DELETE" and call.is_signed and not writing.is_set():
            return Reply(403, SECURITY)
        return Reply(404, NOT_FOUND) if writing.is_set() and call.is_signed else usual(call)

    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue, workers=1)
    reasons = {action.action: action.reason for action in report.actions}
    assert "could not be confirmed" in reasons["Update Service Ticket"]


def test_a_429_holds_reads_and_repeats_them(tmp_path: Path, catalogue: Catalogue) -> None:
    """A throttled read is sent again after Retry-After, and its answer counts."""
    throttled = threading.Event()

    def behave(call: Call) -> Reply:
        if call.is_signed and call.line == "GET /service/tickets" and not throttled.is_set():
            throttled.set()
            return Reply(429, {"error": "ConnectWiseAPI"}, {"Retry-After": "1"})
        return usual(call)

    began = time.monotonic()
    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue)
    assert time.monotonic() - began >= 1
    states = {right.id: right.state for right in report.rights}
    assert states["Service Desk/Service Tickets:Inquire"] == "granted"
    assert next(r for r in report.requests if r.path == "/service/tickets").sent == 2


def test_a_throttled_write_is_not_repeated(tmp_path: Path, catalogue: Catalogue) -> None:
    """A write probe leaves once, whatever the answer."""
    reply = Reply(429, {"error": "ConnectWiseAPI"}, {"Retry-After": "0"})
    with serving(answering(lambda call: call.method != "GET", reply)) as psa:
        report = run(psa, tmp_path, catalogue)
    writes = [(call.method, call.path) for call in psa.sent("POST", "PUT", "PATCH", "DELETE")]
    assert len(set(writes)) == len(writes) > 0
    assert not report.counts.rights.missing


def test_a_slow_server_is_undecided(tmp_path: Path, catalogue: Catalogue) -> None:
    """No answer in time is no statement."""

    def behave(call: Call) -> Reply:
        if call.is_signed and call.path == "/company/companies":
            time.sleep(1.0)
        return usual(call)

    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue, timeout=0.2)
    reasons = {action.action: (action.verdict, action.reason) for action in report.actions}
    assert reasons["List Companies"] == ("undecided", "no answer in time")


def test_a_child_list_is_asked_under_a_real_parent(tmp_path: Path, catalogue: Catalogue) -> None:
    """Where the absent parent decides nothing, one id is sampled and the child asked there."""

    def behave(call: Call) -> Reply:
        if call.is_signed and call.path == "/service/tickets" and "conditions" not in call.query:
            return Reply(200, [{"id": 4711}])
        return usual(call)

    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue)
    assert "/service/tickets/4711/notes" in {call.path for call in psa.sent("GET")}
    verdicts = {action.action: action.verdict for action in report.actions}
    assert verdicts["List Service Ticket Notes"] == "allowed"


def test_an_action_that_is_refused_is_never_a_success(tmp_path: Path, catalogue: Catalogue) -> None:
    """A list that works and a record that is refused: a conflict, and no exit code 0."""
    behave = answering(
        lambda call: call.method == "GET" and "2147483647" in call.path, Reply(403, SECURITY)
    )
    plan = build(select(catalogue, actions=(ACTIONS[0], "Tickets/Get Service Ticket")), catalogue)
    with serving(behave) as psa:
        path = tmp_path / "journal.jsonl"
        asyncio.run(audit.audit(plan, psa.session(), path, catalogue))
        report = audit.report_of(path, catalogue)
    assert report.counts.actions.denied == 1
    assert [finding.rule for finding in report.findings] == ["conflict"]
    assert exit_code(report, FAIL_ON) == 3
    assert exit_code(report, frozenset({"missing"})) == 3


def test_a_sign_in_page_that_is_public_confirms_nothing(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """After the run the request is repeated that proved the sign-in, not one that anyone may."""
    revoked = threading.Event()

    def behave(call: Call) -> Reply:
        if call.path == "/system/info":
            return Reply(200, {"version": "v2025.1"})
        if call.is_signed and call.method == "PATCH":
            revoked.set()
        if call.is_signed and call.method == "DELETE" and "companies" in call.path:
            return Reply(403, SECURITY)
        return Reply(404, NOT_FOUND) if revoked.is_set() and call.is_signed else usual(call)

    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue, workers=1)
    states = {right.id: right.state for right in report.rights}
    assert states["Service Desk/Service Tickets:Delete"] == "undecided"


@pytest.mark.parametrize("text", ["\u00b2", "-1", "soon", "1e400", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_an_odd_retry_after_does_not_end_the_run(
    tmp_path: Path, catalogue: Catalogue, text: str
) -> None:
    """Nonsense waits a second; a pause beyond two minutes ends the run as throttled."""
    asked = threading.Event()

    def behave(call: Call) -> Reply:
        if call.is_signed and call.line == "GET /service/tickets" and not asked.is_set():
            asked.set()
            return Reply(429, {"error": "ConnectWiseAPI"}, {"Retry-After": text})
        return usual(call)

    with serving(behave) as psa:
        report = run(psa, tmp_path, catalogue)
    assert report.stopped == ("throttled" if "2099" in text else "")
    assert exit_code(report, FAIL_ON) == 3


def test_cookies_are_not_kept(tmp_path: Path, catalogue: Catalogue) -> None:
    """A session cookie would let a stranger's request pass for a member's."""

    def behave(call: Call) -> Reply:
        if "session" in call.headers.get("cookie", ""):
            return Reply(200, {"version": "v2025.1"})
        found = usual(call)
        return Reply(found.status, found.body, {"Set-Cookie": "session=1; Path=/"})

    with serving(behave) as psa:
        run(psa, tmp_path, catalogue)
    assert not [call for call in psa.calls if "cookie" in call.headers]


def refuses_anyone(call: Call) -> Reply:
    return usual(call) if call.path.startswith("/login") else Reply(403, SECURITY)


def silent_to_strangers(call: Call) -> Reply:
    return usual(call) if call.is_signed or call.path.startswith("/login") else Reply(503)


def unsigned_too(call: Call) -> Reply:
    return Reply(200, {"version": "x"}) if call.path.startswith("/system/") else usual(call)


def without_ssl(call: Call) -> Reply:
    refusal = {"code": "Security", "message": "SSL is required.", "errors": None}
    return usual(call) if call.path.startswith("/login") else Reply(403, refusal)


def other_company(call: Call) -> Reply:
    return Reply(404, None) if call.path.startswith("/login") else usual(call)


def bad_keys(call: Call) -> Reply:
    return usual(call) if call.path.startswith("/login") else Reply(401, UNSIGNED)


def bad_client(call: Call) -> Reply:
    words = {"code": "ConnectWiseApi", "message": "The clientId is missing or not valid."}
    return usual(call) if call.path.startswith("/login") else Reply(401, words)


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (unsigned_too, "answers anyone"),
        (refuses_anyone, "answers anyone"),
        (silent_to_strangers, "what a stranger gets is not known"),
        (without_ssl, "SSL is required"),
        (other_company, "Company 'acme' is not known"),
        (bad_keys, "keys were not accepted"),
        (bad_client, "client id was not accepted"),
    ],
)
def test_a_bad_sign_in_ends_before_the_first_probe(
    tmp_path: Path, catalogue: Catalogue, behave: Behaviour, message: str
) -> None:
    """Nothing is probed and no journal is written until the sign-in is proved."""
    with serving(behave) as psa, pytest.raises(ConnectError, match=message):
        run(psa, tmp_path, catalogue)
    assert not (tmp_path / "journal.jsonl").exists()
    assert not psa.sent("POST", "PUT", "PATCH", "DELETE")
    assert {call.path for call in psa.calls} <= {
        "/login/companyinfo/acme", "/system/info", "/system/myMembers/info"
    }  # fmt: skip


def test_what_may_no_longer_be_sent_is_held_at_the_last_moment() -> None:
    """After its turn in the line a request is asked once more whether it may leave."""

    async def main(psa: Psa) -> tuple[str, str]:
        async with psa.session().client() as client:
            held = await client.send(PREFLIGHT[0], still=lambda: False)
            sent = await client.send(PREFLIGHT[0], still=lambda: True)
        return held.failure, sent.failure

    with serving() as psa:
        assert asyncio.run(main(psa)) == ("held", "")
        assert len(psa.calls) == 1
