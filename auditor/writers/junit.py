"""The needed rights as JUnit XML, one test case each, for the test view of a CI server."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from auditor.schema import Report, RightPart
from auditor.writers.terminal import plain

LACKING = ("missing", "level_too_low")
RUN = "psa-audit.run"  # the class of the one case that is about the run and not about a right


def render(report: Report) -> bytes:
    """Return one suite: passed is granted, failed is missing or too low, skipped is undecided.

    A right that is accepted as it is counts as skipped. A run that ended early, or that needed
    nothing, has one further case that did not pass, so that it never reads as a clean result.
    """
    root = Element("testsuites", name="psa-audit")
    suite = SubElement(root, "testsuite", name=_line(f"psa-audit: {', '.join(report.profile)}"))
    _properties(suite, report)
    evidence = {item.id: f"{item.method} {item.path}: {item.answer}" for item in report.requests}
    fixes = {
        (item.module, item.permission, item.verb, item.table): item.fix
        for item in reversed(report.findings)
    }
    for right in report.needed:
        fix = fixes.get((right.module, right.permission, right.verb, right.table), "")
        _case(suite, right, fix, evidence)
    _about_run(suite, report)
    _count(root, suite, report)
    indent(root)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _properties(suite: Element, report: Report) -> None:
    values = {
        "headline": report.headline,
        "company": report.target.company,
        "site": report.target.site,
        "plan": report.plan.hash,
        "matrices": report.tool.matrices,
        "psa-audit": report.tool.version,
        "finished": report.finished,
    }
    found = SubElement(suite, "properties")
    for name, value in values.items():
        SubElement(found, "property", name=name, value=_line(value))


def _case(suite: Element, right: RightPart, fix: str, evidence: dict[str, str]) -> None:
    """Write one right; its name and class stay the same from run to run."""
    table = f" [{right.table}]" if right.table else ""
    case = SubElement(
        suite, "testcase", name=_line(f"{right.verb}{table}"),
        classname=_line(f"{right.module}.{right.permission}"), time="0",
    )  # fmt: skip
    state = right.state.replace("_", " ")
    if right.accepted and right.state != "granted":
        until = f"{state}, accepted until {right.accepted.expires} by {right.accepted.owner}"
        SubElement(case, "skipped", message=_line(f"{until}: {right.accepted.reason}"))
    elif right.state in LACKING:
        message = _line(f"{state}: {right.reason}")
        SubElement(case, "failure", type=right.state, message=message).text = plain(fix)
    elif right.state == "undecided":
        SubElement(case, "skipped", message=_line(f"undecided: {right.reason}"))
    SubElement(case, "system-out").text = _evidence(right, evidence)


def _evidence(right: RightPart, known: dict[str, str]) -> str:
    """List the facts that the state rests on, a line each."""
    grade = f" ({right.grade})" if right.grade else ""
    lines = [
        f"{right.id}: {right.state.replace('_', ' ')}{grade}: {right.reason}",
        f"needed: {right.needed or 'any'}; settings: {right.declared or 'not known'}",
        *(f"{name} {known.get(name, '')}" for name in right.evidence),
    ]
    return "\n".join(_line(line) for line in lines)


def _about_run(suite: Element, report: Report) -> None:
    if report.needed and not report.stopped:
        return
    case = SubElement(suite, "testcase", name="complete", classname=RUN, time="0")
    kind = report.stopped or "nothing needed"
    SubElement(case, "error", type=kind, message=_line(report.headline))


def _count(root: Element, suite: Element, report: Report) -> None:
    """Write the counts that readers of this format expect, taken from what was written."""
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {"tests": len(suite.findall("testcase"))}
    counts |= {name: len(suite.findall(f"testcase/{tag}")) for name, tag in tags.items()}
    for part in (root, suite):
        for name, count in counts.items():
            part.set(name, str(count))
        part.set("time", "0")
    if report.started:
        suite.set("timestamp", _line(report.started.removesuffix("Z")))


def _line(text: str) -> str:
    return " ".join(plain(text).split())
