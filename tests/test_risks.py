"""How much harm a right can do: every box has a sentence, and every sentence earns its place."""

import shutil
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path

import pytest

from auditor.catalogue import Catalogue
from auditor.errors import InputError, MatrixError
from auditor.rights import Right, Verb
from auditor.risks import NO_EFFECT, RiskRow, Risks, Tier, load

MEMBERS_EDIT = Right("System", "Member Maintenance", Verb.EDIT)
ROLES_EDIT = Right("System", "Security Roles", Verb.EDIT)
CONFIGURATIONS = Right("Companies", "Configurations", Verb.INQUIRE)
PASSWORDS = Right("Companies", "Configuration - Display Passwords", Verb.INQUIRE)
SETUP_EDIT = Right("System", "Table Setup", Verb.EDIT)
SIGN_IN = Right("System", "Table Setup", Verb.EDIT, "General / SSO Configuration")
BOARDS = Right("System", "Table Setup", Verb.EDIT, "Service / Service Board")


@pytest.fixture(scope="module")
def risks(catalogue: Catalogue) -> Risks:
    return load(catalogue)


@pytest.fixture
def copy(catalogue: Catalogue, tmp_path: Path) -> Path:
    return Path(shutil.copytree(catalogue.directory, tmp_path / "matrices"))


def test_every_box_of_the_role_matrix_has_a_row_in_its_order(
    risks: Risks, catalogue: Catalogue
) -> None:
    """91 permissions by 4 verbs, in the order of permissions.csv and of the screen's columns."""
    assert len(risks.rows) == 364
    assert list(risks.rows) == [(*key, verb) for key, verb in product(catalogue.permissions, Verb)]


def test_tiers_are_ordered_by_severity() -> None:
    """Low, medium, high, critical: a worse tier is the greater one."""
    assert [tier.label for tier in sorted(Tier)] == ["low", "medium", "high", "critical"]
    assert max(Tier.HIGH, Tier.CRITICAL, Tier.LOW) is Tier.CRITICAL


def test_a_sentence_is_short_and_begins_with_a_verb(risks: Risks) -> None:
    """4 to 20 words, a period at the end, and what the holder does at the start."""
    sentences = [row.harm for row in risks.rows.values()]
    sentences += [item.harm for item in risks.known_combinations]
    for harm in sentences:
        assert 4 <= len(harm.split()) <= 20, harm
        assert harm.endswith("."), harm
        first = harm.split()[0]
        assert harm == NO_EFFECT or first == "Can" or first.endswith("s"), harm


def test_no_two_permissions_share_a_sentence(risks: Risks) -> None:
    """Whoever approves two rights reads two harms; only an unknown effect is worded alike."""
    seen: dict[str, RiskRow] = {}
    for row in risks.rows.values():
        if row.has_known_effect:
            assert row.harm not in seen, (row, seen.get(row.harm))
            seen[row.harm] = row


def test_a_box_that_operations_need_has_a_known_effect(risks: Risks, catalogue: Catalogue) -> None:
    """What rules or extras ask for, always or at times, is never called without effect."""
    for operation in catalogue.operations.values():
        for need in (*catalogue.requirements(operation), *catalogue.conditional(operation)):
            row = risks.of(need.right)
            assert row.has_known_effect, f"write a harm for {need.right.id}: {operation.id}"


def test_an_unknown_effect_is_low_and_says_that_it_is_unknown(risks: Risks) -> None:
    """No tier above low without a harm that can be named."""
    unknown = [row for row in risks.rows.values() if not row.has_known_effect]
    assert unknown
    assert {row.tier for row in unknown} == {Tier.LOW}


@pytest.mark.parametrize(
    ("right", "tier"),
    [
        (Right("System", "Member Maintenance", Verb.ADD), Tier.CRITICAL),
        (MEMBERS_EDIT, Tier.CRITICAL),
        (ROLES_EDIT, Tier.CRITICAL),
        (PASSWORDS, Tier.CRITICAL),
        (Right("System", "API Reports", Verb.INQUIRE), Tier.HIGH),
        (Right("System", "Mass Maintenance", Verb.EDIT), Tier.HIGH),
        (Right("System", "Data Import", Verb.ADD), Tier.HIGH),
        (Right("System", "Manage Hosted API", Verb.ADD), Tier.HIGH),
        (Right("System", "Custom Menu Entry", Verb.ADD), Tier.HIGH),
        (Right("Finance", "Agreements", Verb.EDIT), Tier.HIGH),
        (Right("Service Desk", "Service Tickets", Verb.INQUIRE), Tier.MEDIUM),
        (Right("Companies", "UserCentric", Verb.DELETE), Tier.LOW),
    ],
    ids=lambda value: value.id if isinstance(value, Right) else "",
)
def test_the_sensitive_rights_have_their_tier(risks: Risks, right: Right, tier: Tier) -> None:
    """What leads to the whole system is critical, what moves money or all records high."""
    assert risks.of(right).tier is tier


def test_a_setup_table_has_the_risk_of_table_setup(risks: Risks) -> None:
    """The Customize list narrows the box; it has no row of its own."""
    assert risks.of(BOARDS) is risks.of(SETUP_EDIT)


def test_a_right_outside_the_matrix_offers_the_nearest(risks: Risks) -> None:
    """A right that nobody judged is an error, never a harmless one."""
    with pytest.raises(InputError, match="No risk is known") as caught:
        risks.of(Right("Finance", "Agreement", Verb.EDIT))
    assert "'Finance/Agreements:Edit'" in caught.value.hint


@pytest.mark.parametrize(
    ("held", "name", "expected"),
    [
        ({MEMBERS_EDIT, ROLES_EDIT}, "Makes itself administrator", True),
        ({MEMBERS_EDIT, ROLES_EDIT, BOARDS}, "Makes itself administrator", True),
        ({MEMBERS_EDIT}, "Makes itself administrator", False),
        ({ROLES_EDIT}, "Rewrites its own role", True),
        ({CONFIGURATIONS, PASSWORDS}, "Reads customers' passwords", True),
        ({CONFIGURATIONS}, "Reads customers' passwords", False),
        ({SIGN_IN}, "Takes over how people sign in", True),
        ({SETUP_EDIT}, "Takes over how people sign in", True),
        ({BOARDS}, "Takes over how people sign in", False),
        ({ROLES_EDIT, SETUP_EDIT}, "Changes roles and rules together", True),
        ({ROLES_EDIT, BOARDS}, "Changes roles and rules together", False),
    ],
)
def test_a_combination_matches_what_holds_all_of_it(
    risks: Risks, held: set[Right], name: str, expected: bool
) -> None:
    """All its rights are needed; the whole of Table Setup stands for a table, never reversed."""
    assert (name in {item.name for item in risks.combinations(held)}) is expected


def test_each_combination_is_found_by_its_own_rights_and_not_by_fewer(risks: Risks) -> None:
    """Every row can match, and every right in it is needed."""
    assert len(risks.known_combinations) >= 12
    for item in risks.known_combinations:
        assert item in risks.combinations(item.rights)
        for left_out in item.rights:
            assert item not in risks.combinations(set(item.rights) - {left_out})


def test_combinations_come_worst_first_and_none_from_nothing(risks: Risks) -> None:
    """The order is that of severity; a role without rights is dangerous in no way."""
    assert all(a.tier >= b.tier for a, b in pairwise(risks.known_combinations))
    assert risks.combinations(()) == ()


def test_a_combination_is_no_milder_than_its_parts(risks: Risks) -> None:
    """Rights together never do less harm than the worst of them, setup tables apart."""
    for item in risks.known_combinations:
        assert item.tier >= max(risks.of(right).tier for right in item.rights), item.name


def duplicate(text: str) -> str:
    return text + text.splitlines()[1] + "\n"


def without_last(text: str) -> str:
    return text[: text.rstrip("\n").rindex("\n") + 1]


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def added(line: str) -> Callable[[str], str]:
    return lambda text: text + line + "\n"


@pytest.mark.parametrize(
    ("file", "change", "where", "message", "hint"),
    [
        ("risks.csv", replaced(",Company Maintenance,Add", ",Company Maintenence,Add"),
         2, "No permission Companies/'Company Maintenence'", "'Companies/Company Maintenance'"),
        ("risks.csv", replaced("Maintenance,Add,medium", "Maintenance,Add,mediun"),
         2, "column 'tier'", ""),
        ("risks.csv", replaced("Maintenance,Add,", "Maintenance,Create,"), 2, "column 'verb'", ""),
        ("risks.csv", duplicate, 366, "'Companies/Company Maintenance:Add' is listed twice", ""),
        ("risks.csv", without_last, 364,
         "ends without a row for 'Time & Expense/Time Entry Billable Option:Inquire'.", ""),
        ("risks.csv", lambda text: text.splitlines()[0] + "\n", 1, "and 363 more", ""),
        ("risks.csv", replaced("on new invoices.", "on new invoices"), 2, "column 'harm'", ""),
        ("combinations.csv", replaced("System/Security Roles:Edit", "System/Security Role:Edit"),
         2, "No permission System/'Security Role'", "'System/Security Roles'"),
        ("combinations.csv", replaced("Roles:Edit", "Roles:Edti"), 2, "not a verb", "'Edit'"),
        ("combinations.csv", replaced("Roles:Edit", "Roles:Edit:All"), 2, "states a level", ""),
        ("combinations.csv", replaced("General / SSO Configuration", "General / SSO Config"),
         9, "No Table Setup item 'General / SSO Config'", "'General / SSO Configuration'"),
        ("combinations.csv", duplicate, 33, "listed twice", ""),
        ("combinations.csv",
         added("New,System/My Company:Add;System/My Company:Add,low,Does it.,So."),
         33, "names a right twice", ""),
        ("combinations.csv", added("New,System/Security Roles:Edit,low,Does it.,So."),
         33, "listed twice", ""),
        ("combinations.csv", added("New,Security Roles,low,Does it.,So."), 33, "not a right", ""),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_file_and_line(
    copy: Path, file: str, change: Callable[[str], str], where: int, message: str, hint: str
) -> None:
    """The error says which line of which file, what is wrong, and what was probably meant."""
    path = copy / file
    text = path.read_text(encoding="utf-8")
    path.write_text(change(text), encoding="utf-8")
    with pytest.raises(MatrixError) as caught:
        load(Catalogue(copy))
    assert f"{file}:{where}:" in str(caught.value)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_a_misspelled_tier_offers_the_nearest(copy: Path) -> None:
    """The message holds the tier that was probably meant, or all of them."""
    path = copy / "risks.csv"
    text = path.read_text(encoding="utf-8")
    for wrong, expected in (("hihg", "'high'"), ("9", "low, medium, high, critical")):
        path.write_text(text.replace(",medium,", f",{wrong},", 1), encoding="utf-8")
        with pytest.raises(MatrixError, match=expected):
            load(Catalogue(copy))
