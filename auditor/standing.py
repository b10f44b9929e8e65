"""What a run and the role's settings show → how each suspected right stands."""

from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.explain import Standing, Standings
from auditor.findings import is_table_only
from auditor.inference import Knowledge
from auditor.rights import Level, Requirement
from auditor.states import RightState, state_of


def by_knowledge(knowledge: Knowledge) -> Standings:
    """Return how rights stand by the answers of a run and the settings it has read."""
    return lambda need: _standing(need, knowledge)


def by_settings(declared: Declared | None, catalogue: Catalogue) -> Standings:
    """Return how rights stand by the settings alone."""
    return by_knowledge(Knowledge({}, {}, (), {}, {}, (), declared=declared, catalogue=catalogue))


def _standing(need: Requirement, knowledge: Knowledge) -> Standing:
    found = state_of(need.right, knowledge, need.level)
    is_item_only = is_table_only(need.right, knowledge)
    if found.state == "missing":
        return Standing("missing", _why(found), is_item_only)
    if found.box is Level.MY and need.level is not Level.MY:
        source = knowledge.declared.source if knowledge.declared else "the settings"
        return Standing("too_low", f"{source} says My: the member's own records only")
    if found.state == "granted":
        return Standing("granted" if found.grade == "declared" else "proved", _why(found))
    declared, table = knowledge.declared, need.right.table
    if declared and table and declared.level(need.right) and declared.is_unlisted(table):
        why = f"{declared.source} allows other tables under Customize, and not one of this name"
        return Standing("unlisted", why, is_item_only)
    if found.evidence or knowledge.judgements:
        return Standing("open", _why(found), is_item_only)
    return Standing("open", _unsaid(declared, need), is_item_only)


def _unsaid(declared: Declared | None, need: Requirement) -> str:
    if declared is None:
        return ""
    if declared.level(need.right):
        return f"{declared.source} does not say what Customize allows"
    return f"{declared.source} does not mention it"


def first_known(*standings: Standings) -> Standings:
    """Return how rights stand by the first evidence that says anything of them."""

    def stands(need: Requirement) -> Standing:
        found = [stand(need) for stand in standings]
        return next((item for item in found if item.state != "open"), found[0])

    return stands


def _why(found: RightState) -> str:
    requests = f" (request {', '.join(found.evidence[:3])} of the run)" if found.evidence else ""
    return f"{found.reason}{requests}"
