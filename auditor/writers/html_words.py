"""What the page calls things: each mark has a symbol and a word, so that colour only adds."""

from dataclasses import dataclass

from auditor.schema import RightPart


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol and a word; `look` is the class that colours them."""

    symbol: str
    text: str
    look: str


STATES = {
    "granted": Mark("✓", "granted", "good"),
    "missing": Mark("✗", "missing", "bad"),
    "level_too_low": Mark("↑", "level too low", "low"),
    "undecided": Mark("?", "undecided", "open"),
    "excess": Mark("+", "excess", "more"),
}
DECLARED = Mark("✓", "granted", "said")  # by the role's settings alone: no answer proves it
TABLE = Mark("✗", "table not allowed", "bad")
VERDICTS = {
    "allowed": Mark("✓", "allowed", "good"),
    "denied": Mark("✗", "denied", "bad"),
    "undecided": Mark("?", "undecided", "open"),
    "not_tested": Mark("○", "not tested", "none"),
}
OUTLOOKS = {
    "works": Mark("✓", "works", "good"),
    "fails": Mark("✗", "fails", "bad"),
    "open": Mark("?", "open", "open"),
}
HARMS = {
    "critical": Mark("‼", "critical", "bad"),
    "high": Mark("!", "high", "low"),
    "medium": Mark("•", "medium", "open"),
    "low": Mark("·", "low", "none"),
}
SEVERITIES = {name: HARMS[name] for name in ("high", "medium", "low")}
CLASSES = {
    "internal": "Internal. It names what an API member can and cannot do: pass it on only to those "
    "who may see the security role.",
    "vendor": "For the vendor of the integration. Pass it on only to those who answer for the "
    "security role.",
    "public": "Public.",
}
STOPPED = {
    "safety": "SAFETY STOP: a write that had to fail succeeded. No further write was sent. Look at "
    "that request and at the record in ConnectWise first.",
    "credentials": "STOPPED: the PSA no longer accepted the credentials. What was still open then "
    "is undecided or not tested.",
    "throttled": "STOPPED: the PSA asked for a longer pause than a run should wait. What was still "
    "open then is undecided or not tested.",
    "interrupted": "INTERRUPTED: this is a valid report of the part that ran.",
    "unfinished": "UNFINISHED: the journal ends before the plan does. Resume the run to complete "
    "it.",
}
VERDICT_MEANINGS = {
    "allowed": "the answer proves that the request came past security",
    "denied": "the PSA answered with its exact security refusal",
    "undecided": "the answer proves neither; the reason says what came back instead",
    "not_tested": "no request was sent for it, or none was needed; the reason says why",
}
OUTLOOK_MEANINGS = {
    "works": "every right that the action is known to need is granted, and nothing refused it",
    "fails": "its request was refused, or a right that it needs is missing or set too low",
    "open": "a right that it needs is undecided, or none is known",
}
STATE_MEANINGS = {
    "granted": "an answer proves the right (proved), the role's settings say so and nothing "
    "contradicts (declared), or both",
    "missing": "a request that needs this right was refused, and nothing else it needs is lacking",
    "level_too_low": "the right is there, but for fewer records than needed: My instead of All",
    "undecided": "nothing proves it granted or missing; leaning says what is more likely",
    "excess": "the role has it, and nothing that was selected needs it",
}
BASES = {
    "observed": "seen on a live PSA",
    "documented": "stated by ConnectWise",
    "vendor": "stated by a vendor for its own integration",
    "inferred": "reasoned from the API and the names on the role screen; no public evidence",
}
EXITS = {
    0: "every needed right is there, as far as --fail-on asks",
    1: "needed rights are missing, or rights are in excess where that was asked to fail",
    2: "a flag, a file or the configuration is wrong",
    3: "incomplete: nothing is missing, but needed rights are undecided or an action is refused",
    4: "the PSA could not be reached, or did not accept the credentials",
    5: "safety stop: a write that had to fail succeeded",
    130: "interrupted, with a valid partial report",
}


def state_mark(right: RightPart, rule: str = "") -> Mark:
    """Return the mark of a right's state; `rule` of its finding tells a table from a level."""
    if rule == "table-not-allowed":
        return TABLE
    if right.state == "granted" and right.grade == "declared":
        return DECLARED
    return STATES[right.state]


def found(right: RightPart) -> str:
    """Say in a few words what is behind the state of a right."""
    match right.state:
        case "granted":
            return "proved, declared" if right.grade == "both" else right.grade or ""
        case "undecided":
            return f"leaning {right.leaning}" if right.leaning else ""
        case "missing" | "level_too_low" | "excess":
            return f"has {right.declared}" if right.declared else ""


def needed(right: RightPart) -> str:
    """Name the level that is needed, or say that no source states it."""
    if right.state == "excess":
        return "not needed"
    return f"needs {right.needed}" if right.needed else "level not stated"
