"""The table of rules: every rule that is used is in it, and every one in it is used."""

import ast
import re
from pathlib import Path

import pytest

from auditor.finding_rules import RULES

PACKAGE = Path(__file__).parent.parent / "auditor"
DRAWN = ("findings.py", "parts.py", "report.py")  # where findings are made
NAME = re.compile(r"[a-z]+(-[a-z]+)+")


def used() -> set[str]:
    """Return every text in these modules that is spelled like a rule."""
    trees = (ast.parse((PACKAGE / name).read_text(encoding="utf-8")) for name in DRAWN)
    texts = (
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {text for text in texts if NAME.fullmatch(text) or text == "conflict"}


def test_the_rules_are_those_that_findings_are_drawn_by() -> None:
    """None is missing from the table, and none in it is dead."""
    assert used() == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_in_one_sentence_what_it_means(name: str) -> None:
    """A title without a full stop, and a description that is one sentence."""
    rule = RULES[name]
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    assert re.fullmatch(r"[A-Z][^.]*\.", rule.description)
    assert rule.severity in {"high", "medium", "low"}
