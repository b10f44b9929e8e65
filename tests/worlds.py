"""Small made-up runs for the tests of the pure stages: answers by operation, no network."""

from auditor.catalogue import Catalogue
from auditor.client import Answer
from auditor.inference import Knowledge, learn
from auditor.observation import SECURITY_MESSAGE, Observation, observe
from auditor.plan import Plan, build
from auditor.profiles import Selection

JSON = "application/json"
REFUSED = Answer(
    403, JSON, f'{{"code":"Security","message":"{SECURITY_MESSAGE}","errors":null}}'.encode()
)
ROWS = Answer(200, JSON, b"[]")
NOT_FOUND = Answer(404, JSON, b'{"code":"NotFound","message":"Not found","errors":null}')
INVALID = Answer(
    400, JSON, b'{"code":"InvalidObject","message":"?","errors":[{"code":"MissingRequiredField"}]}'
)
PROXY = Answer(403, "text/html", b"<html>Forbidden</html>")


def plan_of(catalogue: Catalogue, *operations: str) -> Plan:
    """Plan just these operations."""
    chosen = tuple(("test", catalogue.operation(*text.split(" ", 1)).id) for text in operations)
    return build(Selection(("test",), operations=chosen), catalogue)


def answered(plan: Plan, answers: dict[str, Answer]) -> dict[str, Observation]:
    """Give each operation's probe its answer; guards and the rest find nothing."""
    found = {}
    for probe in plan.main():
        answer = next((answers[name] for name in probe.operations if name in answers), NOT_FOUND)
        found[probe.id] = observe(probe.id, answer)
    return found


def known(catalogue: Catalogue, answers: dict[str, Answer]) -> Knowledge:
    """Return what a run with these answers shows."""
    plan = plan_of(catalogue, *answers)
    return learn(plan, answered(plan, answers), catalogue)
