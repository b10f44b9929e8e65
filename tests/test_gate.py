"""The gate lets nothing out that is not in the plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.draft import Probe
from auditor.gate import PREFLIGHT, Gate, GateError
from auditor.plan import Plan
from auditor.profiles import Selection
from auditor.recipes import Request

API, BASE, PAGE = "https://psa", "/v4_6_release/apis/3.0", "https://psa/login/companyinfo/acme"


def probe(name: str, request: Request, *, reads: bool, sample: str = "") -> Probe:
    return Probe(
        name, ("GET /x",), request, "", reads=reads, absent=False, invalid=False, expects="list",
        sample=sample,
    )  # fmt: skip


READ = Request("GET", "/company/companies", "conditions=id%3D0")
WRITE = Request("DELETE", "/company/companies/2147483647")
SAMPLED = Request("GET", "/company/companies/{sampled}/notes", "pageSize=1")
PLAN = Plan(
    Selection(("test",)),
    "",
    (
        probe("p1", READ, reads=True),
        probe("p2", WRITE, reads=False),
        probe("p3", SAMPLED, reads=True, sample="p1"),
    ),
)


@pytest.fixture
def gate() -> Gate:
    return Gate(API, BASE, PAGE, PLAN)


def test_planned_reads_and_the_preflight_pass_again_and_again(gate: Gate) -> None:
    """A read may be sent again after a 429."""
    for _ in range(2):
        gate.admit("GET", f"{API}{BASE}/company/companies?conditions=id%3D0", "")
        gate.admit("GET", f"{API}{BASE}{PREFLIGHT[0].path}", "")
        gate.admit("GET", PAGE, "")


def test_a_write_passes_once(gate: Gate) -> None:
    """A write probe is never sent twice, whoever asks."""
    gate.admit("DELETE", f"{API}{BASE}/company/companies/2147483647", "")
    with pytest.raises(GateError):
        gate.admit("DELETE", f"{API}{BASE}/company/companies/2147483647", "")


def test_a_sampled_id_may_be_any_number_and_nothing_else(gate: Gate) -> None:
    """Only digits stand in for the id that was read."""
    gate.admit("GET", f"{API}{BASE}/company/companies/19297/notes?pageSize=1", "")
    for other in ("{sampled}", "1/notes", "1;x", "12345678901", ""):
        with pytest.raises(GateError):
            gate.admit("GET", f"{API}{BASE}/company/companies/{other}/notes?pageSize=1", "")


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("DELETE", f"{API}{BASE}/company/companies/1", ""),
        ("DELETE", f"{API}{BASE}/company/companies/2147483647", "{}"),
        ("DELETE", f"{API}{BASE}/company/companies/2147483647?x=1", ""),
        ("PUT", f"{API}{BASE}/company/companies/2147483647", ""),
        ("GET", f"{API}{BASE}/company/companies", ""),
        ("GET", f"{API}/v2025_1/apis/3.0/company/companies?conditions=id%3D0", ""),
        ("GET", "https://elsewhere/v4_6_release/apis/3.0/system/info", ""),
        ("POST", PAGE, ""),
    ],
)
def test_everything_else_is_refused(gate: Gate, method: str, url: str, body: str) -> None:
    """One different character is a different request."""
    with pytest.raises(GateError):
        gate.admit(method, url, body)


@given(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), st.text(), st.text())
def test_no_text_slips_through(method: str, rest: str, body: str) -> None:
    """Whatever is appended to a planned address is refused."""
    gate = Gate(API, BASE, PAGE, PLAN)
    url = f"{API}{BASE}/company/companies/2147483647{rest}"
    if (method, rest, body) != ("DELETE", "", ""):
        with pytest.raises(GateError):
            gate.admit(method, url, body)


def test_an_empty_plan_admits_no_sampled_address() -> None:
    """Without sampled probes the pattern of sampled addresses matches nothing."""
    with pytest.raises(GateError):
        Gate(API, BASE, PAGE).admit("GET", f"{API}{BASE}/", "")
