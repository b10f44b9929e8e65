"""The last sheet: what the words mean, how strictly the run was read, and what made it."""

from collections.abc import Iterable, Mapping

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from auditor.finding_rules import RULES
from auditor.schema import Report
from auditor.writers.xlsx_look import Link, Marked, Value, put
from auditor.writers.xlsx_table import (
    OUTLOOKS,
    RISKS,
    STATE_WORDS,
    SUMMARY,
    VERDICTS,
    set_up_page,
    write_across,
    write_section,
)

_WIDTHS = (34, 24, 24, 70)
_VERDICT_MEANINGS = {
    "allowed": "the answer proves that the request came past security",
    "denied": "the PSA answered with its exact security refusal",
    "undecided": "the answer proves neither; the reason says what came back instead",
    "not_tested": "no request was sent for it, or it was not needed; the reason says why",
}
_OUTLOOK_MEANINGS = {
    "works": "every right that the action needs is there",
    "fails": "its own request was refused, or a right that it needs is missing",
    "open": "some right that it needs is not decided, or none is known",
}
_STATE_MEANINGS = {
    "granted": "an answer proves the right (proved), the role's settings say so (declared), "
    "or both",
    "missing": "a request that needs this right was refused, and nothing else it needs is lacking",
    "level_too_low": "the right is there, but for fewer records than needed: My instead of All",
    "undecided": "no answer proves it granted or missing; leaning says what is more likely",
    "excess": "the role has it, and nothing that was selected needs it",
}
_RISK_MEANINGS = {
    "critical": "takes over the system, reads customers' passwords, or changes every customer",
    "high": "moves money, or changes, loses or copies what is hard to bring back",
    "medium": "disturbs daily work, or reads what should stay within the firm",
    "low": "a nuisance, or a box of which no effect is known",
}
_BASIS_MEANINGS = {
    "observed": "seen on a live PSA",
    "documented": "stated by ConnectWise",
    "vendor": "stated by a vendor for its own integration",
    "inferred": "reasoned from the API and the names in the role screen; no public evidence",
}


def write_about(sheet: Worksheet, report: Report) -> None:
    """Write what a reader needs to check the other sheets."""
    for place, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    put(sheet, 1, 1, Marked(sheet.title, "title"))
    put(sheet, 2, 1, Link(f"← {SUMMARY}", f"'{SUMMARY}'!A1"), "back")
    sections: tuple[tuple[str, Iterable[tuple[Value, str]]], ...] = (
        ("Made by", _versions(report).items()),
        ("Outlooks of actions", _meanings(OUTLOOKS, _OUTLOOK_MEANINGS)),
        ("Verdicts on actions and requests", _meanings(VERDICTS, _VERDICT_MEANINGS)),
        ("States of rights", _meanings(STATE_WORDS, _STATE_MEANINGS)),
        ("Risk: the harm a right can do at All", _meanings(RISKS, _RISK_MEANINGS)),
        ("Basis: on what we say that a right is needed", _BASIS_MEANINGS.items()),
        ("Rules of findings", ((name, rule.description) for name, rule in RULES.items())),
    )
    row = 3
    for title, pairs in sections:
        row = write_section(sheet, row, (1, 4), title)
        for label, value in pairs:
            put(sheet, row, 1, label)
            write_across(sheet, row, (2, 4), value)
            row += 1
        row += 1
    sheet.freeze_panes = "A3"
    set_up_page(sheet)


def _versions(report: Report) -> Mapping[Value, str]:
    strict = "only what an answer proves counts as granted" if report.strict else "no"
    analogy = "what comparable resources speak for counts as granted"
    return {
        "Program": f"psa-audit {report.tool.version}",
        "Matrices (digest)": report.tool.matrices,
        "Schema": report.schema_,
        "Shared for": report.share,
        "Read strictly": strict,
        "Analogy accepted": analogy if report.accept_analogy else "no",
    }


def _meanings(
    words: Mapping[str, Marked], meanings: Mapping[str, str]
) -> Iterable[tuple[Value, str]]:
    return ((word, meanings[name]) for name, word in words.items())
