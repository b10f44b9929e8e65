"""Profiles: those that ship, those that people write, and what several of them need together."""

import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from auditor import profiles
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.outcome import Outcome
from auditor.plan import build
from auditor.profiles import needs, select
from auditor.report import assess
from auditor.rights import Basis, Level, Verb
from auditor.writers.xlsx import render
from tests.readme import README

SHIPPED = profiles.names(Catalogue())
VENDORS = [name for name in SHIPPED if not name.startswith("rewst-")]

# The guide's two lists, as it prints them; a level only where it prints one.
SIGN_IN = """\
System → Member Maintenance: Inquire
Companies → Company Maintenance: Inquire"""
DOCUMENTED = """\
Companies → Configurations: Add, Edit, Inquire
Companies → Contacts: Add, Edit, Inquire
Companies → Manage Attachments: Add (My), Edit (My), Delete (My), Inquire
Companies → Team Members: Inquire
Service Desk → Service Tickets: Add, Edit, Inquire
Service Desk → Service Ticket - Dependencies: Add, Edit, Inquire
Service Desk → Close Service Tickets: Edit, Inquire
Service Desk → Merge Tickets: Add, Edit, Inquire
Project → Project Tickets: Add, Edit, Inquire
Project → Project Ticket - Dependencies: Add, Edit, Inquire
Project → Close Project Tickets: Edit, Inquire
System → My Account: Add (My), Edit (My), Delete (My), Inquire (My)
System → Table Setup: Add, Inquire
Time & Expense → Time Entry: Add, Edit, Delete (My), Inquire
Time & Expense → Time Entry Billable Option: Add, Edit, Delete (My), Inquire
Finance → Agreements: Inquire
Finance → Billing View Time: Inquire (All), Edit (All)"""

ROW = "Module,Permission,Add,Edit,Delete,Inquire\n"
HEAD = 'title = "T"\n'
RIGHT = HEAD + '\n[[rights]]\nmodule = "Finance"\n'

BAD_TOML = [
    ('title = "T"\ntitel = "T"', 2, "unknown key 'titel'", "'title'"),
    ('actions = ["Tickets/Get Ticket"]', 1, "'title' is missing", "title ="),
    ('title = "T"\nsource = ', 2, "not readable as TOML", ""),
    (HEAD + 'basis = "guessed"', 2, "'guessed' is not a basis", "documented"),
    (HEAD + 'actions = [\n  "Tickets/Create Servce Ticket",\n]', 3, "No action", "Service Ticket"),
    (HEAD + 'operations = ["GET /service/tickets", "GET /service/tickts"]', 2,
     "No operation 'GET /service/tickts'", "'GET /service/tickets'"),
    (HEAD + 'operations = [\n  "GET /time/entries",\n  "GET /time/entriez/4",\n]', 4,
     "No operation", "'GET /time/entries/{id}'"),
    (RIGHT + 'permission = "Agrements"\nadd = "All"', 5, "No permission", "'Finance/Agreements'"),
    (HEAD + '[[rights]]\npermission = "Agreements"\nmodule = "Finances"\nadd = "My"', 4,
     "No module 'Finances'", "'Finance'"),
    (RIGHT + 'permission = "Agreements"\ninquire = "Alll"', 6, "'Alll' is not a level", "'All'"),
    (RIGHT + 'permission = "Agreements"\ninqire = "All"', 6, "unknown key 'inqire'", "'inquire'"),
    (RIGHT + 'add = "All"', 3, "'permission' is missing", "permission ="),
    (RIGHT + 'permission = "Agreements"', 3, "has no level", "Levels are"),
    (RIGHT + 'permission = "Agreements"\nundecided = true', 3, "without a note", "note"),
    (RIGHT + 'permission = "Agreements"\nadd = "All"\ntables = ["Service / SLA"]', 7,
     "only System/Table Setup has items", "Module/Permission"),
    (HEAD + '[[rights]]\nmodule = "System"\npermission = "Table Setup"\nadd = "My"\n'
     'tables = [\n  "Service / SLA",\n  "Service / Bord",\n]', 8,
     "No Table Setup item 'Service / Bord'", "'Service / Service Board'"),
    (HEAD, 1, "needs nothing", "State an action"),
    (RIGHT + 'permission = "Agreements"\nadd = "All"\ncondition = "when"', 1, "needs nothing", ""),
]  # fmt: skip

BAD_CSV = [
    ("Acton\nTickets/Get Ticket\n", 1, "unknown column 'acton'", "'Action'"),
    ("Level,Note\nAll,x\n", 1, "no column says", "A row has one of"),
    ("Action,action\n", 1, "is there twice", ""),
    ("Action,Right\nTickets/Create Service Ticket,Finance/Agreements:Add\n", 2,
     "states Action and Right", "A row has one of"),
    ("Action,Note\n,only a note\n", 2, "states nothing", "A row has one of"),
    ("Action\nTickets/Create Service Ticket,x\n", 2, "more cells", ""),
    ("Action,Level\nTickets/Create Service Ticket,All\n", 2, "'Level' does not go with Action", ""),
    ("Operation,Condition\nGET /time/entries,when\n", 2, "'Condition' does not go with", ""),
    ("Action\n\nTickets/Create Servce Ticket\n", 3, "No action", "Service Ticket'"),
    ("Operation\nGET /time/entries\nGET /time/entriez\n", 3, "No operation", "/time/entries'"),
    ("Right\nFinance-Agreements\n", 2, "is not a right", "Write Module/Permission:Verb"),
    ("Right\nFinance/Agreements:Ad\n", 2, "'Ad' is not a verb", "'Add'"),
    ("Right\nFinance/Agrements:Add\n", 2, "No permission", "'Finance/Agreements'"),
    ("Right,Level\nFinance/Agreements:Add,Al\n", 2, "'Al' is not a level", "'All'"),
    ("Right,Level\nFinance/Agreements:Add:My,All\n", 2, "two levels", ""),
    ("Right\nSystem/Table Setup:Add[Service / Bord]\n", 2, "No Table Setup item",
     "'Service / Service Board'"),
    (ROW + "Finance,Agreements,,,,All\nFinance,Agreements,,Owl,,\n", 3, "'Owl' is not a level",
     "Levels are None, My, All"),
    (ROW + "Finance,Agreements,,,,\n", 2, "has no level", "Levels are"),
    (ROW + "Finances,Agreements,,,,All\n", 2, "No module 'Finances'", "'Finance'"),
    (ROW + ",Agreements,,,,All\n", 2, "No module ''", "Known:"),
    (ROW + 'Finance,"Agreements,,,,All\n', 2, "not readable as CSV", ""),
    (ROW, 1, "needs nothing", "State an action"),
]  # fmt: skip

OWN_CSV = """\
Action,Operation,Right,Level,Module,Permission,Add,Edit,Delete,Inquire,Condition,Note
Tickets/Create Service Ticket,,,,,,,,,,,opens the ticket
,GET /service/tickets/42/notes,,,,,,,,,,
,,Finance/Agreements:Inquire,My,,,,,,,,
,,System/Table Setup:Add[Service / SLA],,,,,,,,,
,,,,Companies,Contacts,None,my,,ALL,,
,, ,,,,,,,,,
,,,,Companies,Configurations,,,All,,only for clean-up,
"""


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def guide(text: str) -> dict[tuple[str, str, Verb], Level | None]:
    found: dict[tuple[str, str, Verb], Level | None] = {}
    for line in text.splitlines():
        name, _, verbs = line.partition(": ")
        module, _, permission = name.partition(" → ")
        for verb, level in re.findall(r"(\w+)(?: \((\w+)\))?", verbs):
            found[module, permission, Verb(verb)] = Level.parse(level) if level else None
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_holds(catalogue: Catalogue, name: str) -> None:
    """It loads, says what it is, cites known sources, and needs something."""
    profile = profiles.load(name, catalogue)
    assert profile.title
    assert profile.description
    assert set(profile.source.split(";")) <= set(catalogue.sources)
    assert needs(select(catalogue, (name,)), catalogue)


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_s_role_rests_on_the_vendor(catalogue: Catalogue, name: str) -> None:
    """Every need carries the vendor as its basis; what is undecided is said in the description."""
    profile = profiles.load(name, catalogue)
    found = needs(select(catalogue, (name,)), catalogue)
    assert {(need.basis, need.source) for need in found} == {(Basis.VENDOR, profile.source)}
    unstated = any(need.level is None for need in found)
    assert unstated == ('"any"' in profile.description)
    undecided = [entry.permission for entry in profile.rights if entry.undecided]
    assert all(permission in profile.description for permission in undecided)
    assert bool(undecided) == ("Undecided" in profile.description)


@pytest.mark.parametrize(
    ("name", "text"), [("rewst-authentication", SIGN_IN), ("rewst-documented", DOCUMENTED)]
)
def test_rewst_s_lists_are_the_guide_s(catalogue: Catalogue, name: str, text: str) -> None:
    """Every verb and level is the guide's, no more and no less."""
    found = needs(select(catalogue, (name,)), catalogue)
    stated = {(n.right.module, n.right.permission, n.right.verb): n.level for n in found}
    assert stated == guide(text)


def test_pods_need_the_screen_s_right_only_when_they_are_set_up(catalogue: Catalogue) -> None:
    """The setup item is always part of it; the right of the same name stands under a condition."""
    found = profiles.profile_requirements(profiles.load("rewst-pods", catalogue), catalogue)
    assert {need.right.id for need in found if not need.condition} == {
        "System/Table Setup:Add[General / Manage Hosted API]",
        "System/Table Setup:Inquire[General / Manage Hosted API]",
    }
    conditional = [need for need in found if need.condition]
    assert {need.right.permission for need in conditional} == {"Manage Hosted API"}
    assert all(need.condition.startswith("when pods are set up") for need in conditional)
    assert {need.level for need in found} == {None}


def test_every_permission_of_a_module_can_be_meant(catalogue: Catalogue) -> None:
    """`*` stands for each permission of the module, and for no other module's."""
    found = needs(select(catalogue, ("cognition360-data-readiness",)), catalogue)
    modules = {"Companies", "Finance", "Sales", "Service Desk", "System"}
    named = [(need.right.module, need.right.permission) for need in found]
    assert named == [key for key in catalogue.permissions if key[0] in modules]


@pytest.mark.parametrize(
    ("name", "text", "line", "message", "hint"),
    [("own.toml", *row) for row in BAD_TOML] + [("own.csv", *row) for row in BAD_CSV],
)
def test_a_bad_profile_is_refused_where_it_is_wrong(
    catalogue: Catalogue, tmp_path: Path, name: str, text: str, line: int, message: str, hint: str
) -> None:
    """The message names file and line, the hint what is nearest."""
    path = written(tmp_path, name, text)
    with pytest.raises(InputError) as caught:
        profiles.load(path, catalogue)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_a_file_that_is_not_utf_8_is_refused_at_its_line(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    """A byte of another encoding is named by its line."""
    path = tmp_path / "own.csv"
    path.write_bytes(b"Action,Note\nTickets/Create Service Ticket,caf\xe9\n")
    with pytest.raises(InputError, match=r"own\.csv:2: not UTF-8"):
        profiles.load(str(path), catalogue)


def test_a_profile_that_is_nowhere_is_refused_with_the_nearest(catalogue: Catalogue) -> None:
    """A name is looked up among those that ship; a file must exist and be TOML or CSV."""
    with pytest.raises(InputError, match="No profile 'rewst-docmented'") as caught:
        profiles.load("rewst-docmented", catalogue)
    assert "'rewst-documented'" in caught.value.hint
    with pytest.raises(InputError, match=r"No profile 'own\.csv'"):
        profiles.load("own.csv", catalogue)


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_csv_says_all_that_a_profile_can(
    catalogue: Catalogue, tmp_path: Path, separator: str
) -> None:
    """Actions, real calls, rights and rows of the role screen, with comma or semicolon."""
    text = OWN_CSV.replace(",", separator)
    name = written(tmp_path, "own.csv", "\N{BOM}" + text)
    profile = profiles.load(name, catalogue)
    assert profile.actions == ("Tickets/Create Service Ticket",)
    assert profile.operations == ("GET /service/tickets/{parentId}/notes",)
    found = profiles.profile_requirements(profile, catalogue)
    assert [(need.right.id, need.level, need.condition) for need in found] == [
        ("Finance/Agreements:Inquire", Level.MY, ""),
        ("System/Table Setup:Add[Service / SLA]", None, ""),
        ("Companies/Contacts:Edit", Level.MY, ""),
        ("Companies/Contacts:Inquire", Level.ALL, ""),
        ("Companies/Configurations:Delete", Level.ALL, "only for clean-up"),
    ]
    assert {(need.basis, need.source) for need in found} == {(Basis.VENDOR, "own.csv")}


def test_an_operation_brings_the_rights_its_rule_says(catalogue: Catalogue, tmp_path: Path) -> None:
    """A real call in TOML is audited as the operation it is."""
    text = HEAD + 'operations = ["GET https://x.example/v4_6_release/apis/3.0/time/entries/42"]'
    name = written(tmp_path, "own.toml", text)
    (need,) = needs(select(catalogue, (name,)), catalogue)
    assert (need.right.id, need.wanted_by) == ("Time & Expense/Time Entry:Inquire", (name,))


def test_a_condition_keeps_a_right_out_of_what_is_always_needed(catalogue: Catalogue) -> None:
    """N-central's agreements are for one feature only, so they are not needed as such."""
    wanted = {need.right.id for need in needs(select(catalogue, ("nable-ncentral",)), catalogue)}
    assert "Procurement/Product Catalog:Inquire" in wanted
    assert not any(name.startswith("Finance/Agreements") for name in wanted)


def test_rights_of_several_profiles_name_each_that_wants_them(catalogue: Catalogue) -> None:
    """Merged once, at the higher level, down to the report and the workbook."""
    names = ("nable-ncentral", "hudu")
    selection = select(catalogue, (*names, "hudu"))
    assert selection.names == names
    found = {need.right.id: need for need in needs(selection, catalogue)}
    apart = [{need.right.id for need in needs(select(catalogue, (name,)), catalogue)}
             for name in names]  # fmt: skip
    assert set(found) == apart[0] | apart[1]
    for right, need in found.items():
        assert need.wanted_by == tuple(
            name for name, wanted in zip(names, apart, strict=True) if right in wanted
        )
    tickets = found["Service Desk/Service Tickets:Inquire"]  # N-central: My, Hudu: All
    assert (tickets.level, tickets.wanted_by) == (Level.ALL, names)
    assert found["Service Desk/Service Tickets:Add"].level is Level.MY

    outcome = Outcome("https://x.example", "c", "", "2025-01-01T00:00:00Z", "", "", {})
    shown = assess(build(selection, catalogue), outcome, catalogue)
    assert {right.id: right.wanted_by for right in shown.rights} == {
        right: need.wanted_by for right, need in found.items()
    }
    header, *rows = load_workbook(io.BytesIO(render(shown)))["Role matrix"].iter_rows(
        min_row=3, values_only=True
    )
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    wanted = {(row["Module"], row["Permission"]): row["Wanted by"] for row in cells}
    assert wanted["Service Desk", "Service Tickets"] == ", ".join(names)
    assert wanted["Procurement", "Product Catalog"] == "nable-ncentral"


@pytest.mark.parametrize("form", ["toml", "csv"])
def test_the_readme_s_own_profile_works(catalogue: Catalogue, tmp_path: Path, form: str) -> None:
    """What the README shows as a profile can be used as it stands, and both forms need the same."""
    section = README.read_text(encoding="utf-8").split("## Your own profile")[1].split("\n## ")[0]
    need: dict[str, set[str]] = {}
    for kind, text in re.findall(r"```(toml|csv)\n(.*?)```", section, re.DOTALL):
        name = written(tmp_path, f"own.{kind}", text)
        need[kind] = {item.right.id for item in needs(select(catalogue, (name,)), catalogue)}
    assert need[form]
    assert need["toml"] == need["csv"]
