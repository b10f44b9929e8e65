"""Rate limit, latency and faults."""

from auditor.simulator import Call, Fault
from auditor.simulator.disturbances import RateLimit
from tests.simulator.conftest import BASE, Connect


def test_rate_limit(connect: Connect) -> None:
    """Above the limit the answer is 429 with Retry-After and ConnectWise's other body."""
    client = connect(rate_limit=2)
    replies = [client("GET /system/info") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].headers["retry-after"] == "30"
    assert replies[2].body == {
        "error": "ConnectWiseAPI",
        "message": "Too many requests. Please try again in 30 seconds.",
    }


def test_rate_limit_refills() -> None:
    """Whoever waits as long as it was told passes again."""
    now = 0.0
    limit = RateLimit(6, lambda: now)
    assert [limit.wait() for _ in range(7)] == [0] * 6 + [10]
    now = 9.0
    assert limit.wait() == 1
    now = 10.0
    assert limit.wait() == 0


def test_faults(connect: Connect) -> None:
    """A fault hits the requests it names, after the first few, as often as it says."""
    page = "<html>Forbidden</html>"
    fault = Fault("GET /service/*", 403, page, "text/html", after=1, times=2)
    client = connect(faults=(fault,))
    assert client("GET /system/info").status == 200
    replies = [client("GET /Service/tickets") for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 403, 403, 200]
    assert replies[1].encoded() == page.encode()
    assert replies[1].content_type == "text/html"


def test_a_fault_comes_after_sign_in(connect: Connect) -> None:
    """A caller with wrong keys is refused before any fault."""
    client = connect(faults=(Fault("* /*", 500, headers=(("x-fault", "1"),)),))
    assert client("GET /system/info").headers == {"x-fault": "1"}
    assert client("GET /system/info", authorization="").status == 401


def test_delays(connect: Connect) -> None:
    """Latency delays every answer; a fault without a status only adds its own delay."""
    client = connect(latency=0.5, faults=(Fault("GET /system/info", delay=2.0),))
    headers = client.headers()
    info = client.psa.answer(Call("GET", f"{BASE}/system/info", "", headers))
    assert (info.delay, info.reply.status) == (2.5, 200)
    assert client.psa.answer(Call("GET", f"{BASE}/service/tickets", "", headers)).delay == 0.5
