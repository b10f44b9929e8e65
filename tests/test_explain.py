"""A call and its answer → the right behind it, or why it is no right at all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from auditor import calls, click_paths, profiles
from auditor.calls import Call, Unreadable
from auditor.cases import Cases, explain_all
from auditor.catalogue import Catalogue
from auditor.declared import Declared
from auditor.explain import Explanation, Standing, explain
from auditor.observation import SECURITY_MESSAGE
from auditor.published_roles import roles_with
from auditor.queries import check, faults
from auditor.replies import SECURITY_SENTENCE, read_reply
from auditor.rights import Level, Requirement, Verb
from auditor.roles import name_key
from auditor.standing import by_settings
from auditor.usage import usage
from auditor.writers.explained import plain
from auditor.writers.terminal import plain as terminal_plain

REFUSED = f'403 {{"code": "Security", "message": "{SECURITY_SENTENCE}"}}'
BASE = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"
HTML = "<html><head><title>Forbidden</title></head></html>"
TICKETS = "Service Desk/Service Tickets"
BOARDS = "System/Table Setup:Inquire[Service / Service Board]"

# The integration guide's breakdown of actions: what it calls, and module and verb it states.
GUIDE = [
    ("GET /company/companies", "Companies", "Inquire"),
    ("GET /company/companies/7", "Companies", "Inquire"),
    ("GET /company/communicationTypes", "Companies", "Inquire"),
    ("GET /company/contacts", "Companies", "Inquire"),
    ("GET /company/contacts/7", "Companies", "Inquire"),
    ("POST /company/contacts", "Companies", "Add"),
    ("GET /service/tickets", "Service Desk", "Inquire"),
    ("GET /service/tickets/7", "Service Desk", "Inquire"),
    ("GET /service/tickets/7/tasks", "Service Desk", "Inquire"),
    ("POST /service/tickets/tasks/7", "Service Desk", "Add"),
    ("POST /service/tickets/tasks/bulk", "Service Desk", "Add"),
    ("PATCH /service/tickets/tasks/7", "Service Desk", "Edit"),
    ("PATCH /service/tickets/7", "Service Desk", "Edit"),
    ("POST /service/tickets", "Service Desk", "Add"),
    ("POST /time/entries", "Time & Expense", "Add"),
    ("GET /finance/agreements", "Finance", "Inquire"),
]

# What somebody writes → the operation, the rule of the answer, the right accused first.
REFUSALS = [
    ("PATCH /service/tickets/42", "PATCH /service/tickets/{id}", "unsaid", f"{TICKETS}:Edit"),
    (f"PATCH /service/tickets/42 -> {REFUSED}", "PATCH /service/tickets/{id}", "security",
     f"{TICKETS}:Edit"),
    ("DELETE /service/tickets/42 403", "DELETE /service/tickets/{id}", "unread_403",
     f"{TICKETS}:Delete"),
    (f"GET {BASE}/service/tickets?pageSize=1 403", "GET /service/tickets", "unread_403",
     f"{TICKETS}:Inquire"),
    (f"get /SERVICE/Tickets/ -> {REFUSED}", "GET /service/tickets", "security",
     f"{TICKETS}:Inquire"),
    (f"GET /service/boards -> {REFUSED}", "GET /service/boards", "security", BOARDS),
    (f"GET /service/boards/5/statuses -> {REFUSED}", "GET /service/boards/{parentId}/statuses",
     "security", BOARDS),
    ("PUT /service/tickets/42 403", "PUT /service/tickets/{id}", "unread_403", f"{TICKETS}:Edit"),
    ("PATCH /service/tickets/{{ ticket.id }} 403", "PATCH /service/tickets/{id}", "unread_403",
     f"{TICKETS}:Edit"),
    ("DELETE /company/configurations/9 403", "DELETE /company/configurations/{id}", "unread_403",
     "Companies/Configurations:Delete"),
    ("GET /company/configurations 403", "GET /company/configurations", "unread_403",
     "Companies/Configurations:Inquire"),
    ("GET /finance/taxCodes 403", "GET /finance/taxCodes", "unread_403",
     "Finance/Invoicing:Inquire"),
    ("GET /company/companies/types 403", "GET /company/companies/types", "unread_403",
     "System/Table Setup:Inquire[Company / Company Type]"),
    ("GET /sales/activities 403", "GET /sales/activities", "unread_403",
     "Companies/CRM/Sales Activities:Inquire"),
    (f'POST /time/entries -> {{"message": "{SECURITY_SENTENCE}"}}',
     "POST /time/entries", "half_security", "Time & Expense/Time Entry:Add"),
    ("GET /system/info 403", "GET /system/info", "unread_403", None),
]  # fmt: skip

# Answers that no right explains.
OTHERS = [
    ('403 {"code": "Security", "message": "SSL is required."}', "ssl_required", "begins with api-"),
    ('403 {"message": "API-only members do not have access to this module"}', "licence_class",
     "No role change helps"),
    (f'403 {{"code": "Unauthorized", "message": "{SECURITY_SENTENCE}"}}', "integrator_login",
     "No role change helps"),
    ('401 {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}', "credentials", "keys"),
    ('401 {"code": "Unauthorized", "message": "The supplied authentication is incorrect."}',
     "credentials", "keys"),
    ("401", "credentials", "keys"),
    ('403 {"code": "ConnectWiseApi", "message": "A valid clientId is required."}', "client_id",
     "client id"),
    ('404 {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}', "no_endpoint",
     "API-only members"),
    ('404 {"code": "NotFound", "message": "Record not found."}', "not_found", "Check the id"),
    ("404", "not_found", "Check the id"),
    ('400 {"code": "InvalidObject", "message": "ticket object is invalid"}', "validation",
     "required field"),
    ('400 {"code": "MissingRequiredField", "message": "summary is required."}', "validation",
     "required field"),
    ('400 {"code": "X", "message": "Could not find member \'a\' on object of type \'Ticket\'"}',
     "unknown_field", "Take the field out"),
    ("400", "bad_request", "conditions"),
    ("405", "method", "another method"),
    ("409", "method", "has the record"),
    ("415", "method", "content type"),
    ('{"error": "ConnectWiseAPI", "message": "Too many requests. Please try again in 30 seconds."}',
     "throttled", "Retry-After"),
    ("429", "throttled", "Retry-After"),
    ("500", "server_error", "later"),
    ("503", "server_error", "later"),
    ("302", "redirect", "redirects"),
    ('403 {"code": "Forbidden", "message": "Request blocked."}', "other_403", "proxy"),
    ('403 {"code": "Security", "message": "Something else."}', "other_403", "proxy"),
    ("402", "unknown", "by hand"),
    ("200", "success", "another of its calls"),
    ("201", "success", "another of its calls"),
]  # fmt: skip

UNKNOWN = [
    ("GET /service/boardz 403", ["2022.2, 2025.1, 2025.16", "'GET /service/boards'"]),
    ("POST /service/tickets/42 403", ["No such endpoint", "PATCH /service/tickets/{id}"]),
    ("GET /nothing/like/this/at/all 404", ["No such endpoint in versions 2022.2"]),
    ("/service/tickets/42 403", ["The method is not said", "GET, PUT, PATCH, DELETE"]),
    ("HEAD /service/tickets 403", ["No such endpoint", "GET /service/tickets"]),
]


def one(text: str) -> Call:
    (found,) = calls.read(text, "call")
    assert isinstance(found, Call), found
    return found


def explained(text: str, catalogue: Catalogue) -> Explanation:
    return explain(one(text), catalogue)


def accused(found: Explanation) -> str | None:
    return found.likeliest.need.right.id if found.likeliest else None


def of_log(rows: list[str], catalogue: Catalogue) -> Cases:
    return explain_all(usage((one(row) for row in rows), catalogue))


@pytest.mark.parametrize(("call", "module", "verb"), GUIDE)
def test_every_row_of_the_guides_breakdown_is_explained_as_it_says(
    call: str, module: str, verb: str, catalogue: Catalogue
) -> None:
    """Sixteen actions with endpoint, module and verb: also where the printed path is no path."""
    found = explained(f"{call} -> {REFUSED}", catalogue)
    assert found.likeliest is not None
    right = found.likeliest.need.right
    assert (right.module, right.verb) == (module, verb)
    assert found.headline.startswith("Most likely missing")


def test_the_breakdown_has_sixteen_rows_and_three_paths_of_its_own(catalogue: Catalogue) -> None:
    """Where the API has another path than the guide prints, that is said."""
    odd = [call for call, *_ in GUIDE if explained(call, catalogue).notes]
    assert len(GUIDE) == 16
    assert odd == [call for call, *_ in GUIDE if "/tickets/tasks/" in call]


@pytest.mark.parametrize(("text", "operation", "rule", "right"), REFUSALS)
def test_a_refusal_accuses_the_right_that_the_rules_give(
    text: str, operation: str, rule: str, right: str | None, catalogue: Catalogue
) -> None:
    """Whatever the form of the call; what guards nothing accuses nobody."""
    found = explained(text, catalogue)
    assert found.operation is not None
    assert (found.operation.id, found.reply.rule, accused(found)) == (operation, rule, right)
    if found.likeliest:
        need = found.likeliest.need
        assert found.likeliest.fix.startswith(click_paths.path(need.right))
        assert need.source.split(";")[0] in (found.sources or {})


@pytest.mark.parametrize(("answer", "rule", "words"), OTHERS)
def test_an_answer_that_is_no_refusal_accuses_no_right(
    answer: str, rule: str, words: str, catalogue: Catalogue
) -> None:
    """It says what it is instead and what to do; the rights are named all the same."""
    found = explained(f"PATCH /service/tickets/42 -> {answer}", catalogue)
    assert (found.reply.rule, accused(found)) == (rule, None)
    assert words in f"{found.reply.says} {found.reply.do}"
    assert found.headline == found.reply.says
    assert not found.headline.startswith(("Missing", "Most likely"))
    assert found.suspects[0].need.right.id == f"{TICKETS}:Edit"


@pytest.mark.parametrize(("text", "words"), UNKNOWN)
def test_what_the_api_does_not_have_is_said_with_the_nearest(
    text: str, words: list[str], catalogue: Catalogue
) -> None:
    """No operation is guessed, and no right accused."""
    found = explained(text, catalogue)
    assert (found.operation, found.suspects) == (None, ())
    assert all(word in found.problem for word in words), found.problem


@pytest.mark.parametrize("message", [HTML, "<!DOCTYPE html><p>Access denied"])
def test_a_web_page_is_a_proxy_or_firewall(message: str) -> None:
    """A 403 in HTML is never read as a missing right."""
    found = read_reply(Call("GET", "/service/tickets", status=403, message=message))
    assert (found.rule, found.blames) == ("html", "other")


def test_a_wrong_company_is_no_permission() -> None:
    """The plain text that a wrong code base is answered with is known."""
    message = "Cannot route. Codebase/company is invalid"
    assert read_reply(Call("GET", "/x", status=400, message=message)).rule == "company"


def test_the_constants_are_those_of_the_run() -> None:
    """The sentence, the click path and the cleaning are the same as in a report."""
    assert SECURITY_SENTENCE == SECURITY_MESSAGE
    hostile = "a\x1b[31mb\r\nc\u202e\x00"
    assert plain(hostile) == terminal_plain(hostile)


def test_every_operation_can_be_explained(catalogue: Catalogue) -> None:
    """All 3,111 of them: the right of the rule is accused first, and no row is left out."""
    for operation in catalogue.operations.values():
        path = operation.path.replace("types{id}", "types/{id}")
        found = explain(Call(operation.method, path, status=403), catalogue)
        assert found.operation == operation, path
        needs = {*catalogue.requirements(operation), *catalogue.conditional(operation)}
        assert {suspect.need for suspect in found.suspects} == needs
        if catalogue.requirements(operation) and not found.limits:
            assert found.likeliest is not None
            assert not found.likeliest.need.condition


def test_names_only_twins_are_offered_as_a_maybe(catalogue: Catalogue) -> None:
    """For reading boards there is a smaller read, which is said to need another right."""
    (twin,) = explained("GET /service/boards 403", catalogue).twins
    assert (twin.operation.id, twin.is_other) == ("GET /service/info/boards", True)
    assert explained("GET /service/tickets/4 403", catalogue).twins[0].is_other is False
    assert explained("PATCH /service/tickets/4 403", catalogue).twins == ()


def test_actions_and_published_roles_are_named(catalogue: Catalogue) -> None:
    """Who calls it in the catalogue, and which published roles hold what it needs."""
    found = explained("POST /time/entries 403", catalogue)
    assert found.actions == ("Time Entries/Create Time Entry",)
    assert found.operation is not None
    names = roles_with(found.operation, catalogue)
    assert "nable-ncentral" in names
    assert "rewst-all-actions" not in names
    for name in names:
        profile = profiles.load(name, catalogue)
        rights = {need.right for need in profiles.profile_requirements(profile, catalogue)}
        assert {need.right for need in catalogue.requirements(found.operation)} <= rights


def test_limits_that_no_role_lifts_are_named(catalogue: Catalogue) -> None:
    """An Integrator Login is said first; a licence class beside the right."""
    tokens = explained(f"POST /system/members/joe/tokens -> {REFUSED}", catalogue)
    assert "Integrator Login" in tokens.headline
    times = explained(f"POST /time/entries -> {REFUSED}", catalogue)
    assert [limit.limit for limit in times.limits] == ["licence class"]
    assert "Time Entry" in times.headline


def test_an_operation_of_some_versions_only_says_so(catalogue: Catalogue) -> None:
    """What is newer or older than the PSA may be is told by version."""
    some = next(row for row in catalogue.operations.values() if row.versions == "2025.16")
    (note,) = explain(Call(some.method, some.path), catalogue).notes
    assert note == "Published for 2025.16; not for 2022.2, 2025.1."


# ---------------------------------------------------------------- evidence

EDIT, CLOSE = f"{TICKETS}:Edit", "Service Desk/Close Service Tickets:Edit"


def declared(level: Level, permission: str = "Service Tickets") -> Declared:
    return Declared("the role", {("Service Desk", permission, Verb.EDIT): level})


@pytest.mark.parametrize(
    ("level", "state", "words"),
    [
        (Level.NONE, "missing", "Missing: Service Desk › Service Tickets: Edit."),
        (Level.MY, "too_low", "Most likely set too low: Service Desk › Service Tickets: Edit."),
        (Level.ALL, "granted", "Most likely missing: Service Desk › Close Service Tickets: Edit"),
    ],
)
def test_the_settings_order_the_suspects(
    level: Level, state: str, words: str, catalogue: Catalogue
) -> None:
    """None comes first, My is too low for others' records, All puts a right behind the rest."""
    call = one(f"PATCH /service/tickets/42 -> {REFUSED}")
    found = explain(call, catalogue, by_settings(declared(level), catalogue))
    states = {item.need.right.id: item.standing.state for item in found.suspects}
    assert states[EDIT] == state
    assert found.headline.startswith(words)


@pytest.mark.parametrize(
    ("published", "head"),
    [
        ({"Service / Service Board"}, "Missing: "),
        (set(), "Most likely missing, the only right it is known to need: "),
    ],
)
def test_a_table_that_customize_leaves_out_is_the_item_alone(
    published: set[str], head: str, catalogue: Catalogue
) -> None:
    """Where the box is ticked, the item of the list is what lacks, and the fix says only that.

    Of an item whose spelling is not public it is never said for sure.
    """
    known = Declared(
        "the role",
        {("System", "Table Setup", Verb.INQUIRE): Level.ALL},
        frozenset({name_key("Service / Team")}),
        frozenset(published),
    )
    call = one(f"GET /service/boards -> {REFUSED}")
    found = explain(call, catalogue, by_settings(known, catalogue))
    assert found.headline == (
        f"{head}Service / Service Board in the Customize list of Table Setup."
    )
    assert found.likeliest is not None
    assert found.likeliest.fix.count("Inquire: All") == 0


def test_what_is_proved_is_crossed_out_and_accuses_no_more(catalogue: Catalogue) -> None:
    """With everything proved, no right is left to accuse."""

    def proved(_: Requirement) -> Standing:
        return Standing("proved", "seen")

    found = explain(one(f"GET /service/boards -> {REFUSED}"), catalogue, proved)
    assert found.likeliest is None
    assert found.headline == "Every right that this call is known to need is there."


def test_calls_that_succeed_cross_out_what_they_show(catalogue: Catalogue) -> None:
    """In a log, a ticket that was changed shows Edit; the refused task lacks something else."""
    found = of_log(
        ["POST /service/tickets 201", f"POST /service/tickets/1/tasks -> {REFUSED}"], catalogue
    )
    (case,) = found.cases
    assert accused(case.explanation) == "Service Desk/Resource Scheduling:Add"
    assert [item.need.right.id for item in case.explanation.suspects if item.is_out] == [
        f"{TICKETS}:Add"
    ]


def test_a_refusal_with_one_suspect_explains_others(catalogue: Catalogue) -> None:
    """What surely lacks comes first in every other refusal that needs it."""
    refused = [f"POST /company/contacts -> {REFUSED}", f"POST /company/companies -> {REFUSED}"]
    sole = f"DELETE /service/tickets/1 -> {REFUSED}"
    found = of_log([*refused, sole, sole], catalogue)
    first = found.blamed[0]
    assert (first.suspect.need.right.id, first.span.count) == (f"{TICKETS}:Delete", 2)
    assert first.suspect.standing.state == "missing"
    assert "nothing else" in first.suspect.standing.why
    unread = of_log(["DELETE /service/tickets/1 403"], catalogue)
    assert unread.blamed[0].suspect.standing.state == "open"


@pytest.mark.parametrize(
    ("refused", "worked", "words"),
    [(1, 2, "seems to be mended"), (2, 1, "taken away since"), (1, 1, "the level My")],
)
def test_the_same_call_with_success_is_spoken_of(
    refused: int, worked: int, words: str, catalogue: Catalogue
) -> None:
    """Before, after or among the failures: each means something else."""
    call = one(f"DELETE /service/tickets/1 -> {REFUSED}")
    times = [
        replace(call, time=f"2026-01-0{refused}T08:00:00"),
        replace(call, time=f"2026-01-0{worked}T08:00:00", status=204, code=None, message=None),
    ]
    (case,) = explain_all(usage(times, catalogue)).cases
    assert words in case.note


def test_usage_counts_and_keeps_first_and_last(catalogue: Catalogue) -> None:
    """Calls of one operation are one group, whatever their ids; the rest is counted apart."""
    rows = [Call("GET", f"/service/tickets/{n}", status=403, time=f"2026-01-{n:02}T00:00:00")
            for n in (3, 1, 2)]  # fmt: skip
    found = usage([*rows, Unreadable("a:1", "no"), Unreadable("a", "image", 5, is_other=True)],
                  catalogue)  # fmt: skip
    (group,) = found.groups.values()
    span = group.span
    assert (span.count, span.first, span.last) == (3, "2026-01-01T00:00:00", "2026-01-03T00:00:00")
    assert (found.unread, found.others, explain_all(found).is_complete) == (1, 5, False)


# ---------------------------------------------------------------- conditions

GOOD = [  # the integration guide's own examples
    'name="Test Rewst"', 'board/name="Integration"', 'Summary = "string"', "Board/Id = 123",
    ('communicationItems/value like "john@Outlook.com" '
     'AND communicationItems/communicationType="Email"'),
    "ClosedFlag = True", "LastUpdated = [2016-08-20T18:04:26Z]",
    'Summary Not Contains "Low Priority"', 'manufacturer/name = "Dell"', "id in (1,2,3)",
    'summary="{{ CTX.summary }}" and id = {{ CTX.id }}', "id in ({{ CTX.ids }})",
]  # fmt: skip

BAD = [  # the condition, what the caret points at, and the repair
    ("name=Test Rewst", "Test", 'name="Test Rewst"'),
    ("status=Open and board/name=Help", "Open", 'status="Open" and board/name="Help"'),
    ('name == "x"', "==", 'name = "x"'),
    ('name <> "x"', "<>", 'name != "x"'),
    ('a=1 && b="c"', "&&", 'a=1 AND b="c"'),
    ('a=1 || b="c"', "||", 'a=1 OR b="c"'),
    ("lastUpdated > 2016-08-20T18:04:26Z", "2016", "lastUpdated > [2016-08-20T18:04:26Z]"),
    ("lastUpdated > [2016-08-20T18:04:26Z", "[", "lastUpdated > [2016-08-20T18:04:26Z]"),
    ('name = "x', '"x', 'name = "x"'),
    ("(a=1 or b=2", "", "(a=1 or b=2)"),
    ("name is null", "is", "name = null"),
    ("name=“Test”", "“", 'name="Test"'),
    ('board.name="x"', ".", 'board/name="x"'),
    ("manufacturer/name", "", ""),
    ('name starts "x"', "starts", ""),
    ("id=1)", ")", ""),
]


@pytest.mark.parametrize("text", GOOD)
def test_the_guides_examples_are_fine(text: str) -> None:
    """No condition that the guide shows is found fault with."""
    assert check(text) is None


@pytest.mark.parametrize(("text", "at", "repair"), BAD)
def test_a_broken_condition_has_a_caret_and_a_repair(text: str, at: str, repair: str) -> None:
    """The caret stands under the fault; the repair, where there is one, can be read."""
    found = check(text)
    assert found is not None
    shown, caret = found.pointed
    assert shown[len(caret) - 1 :].startswith(at)
    assert found.hint
    assert found.repair == repair
    assert not repair or check(repair) is None


@pytest.mark.parametrize("parameter", ["conditions", "childConditions", "customFieldConditions"])
def test_all_three_parameters_are_read(parameter: str, catalogue: Catalogue) -> None:
    """A list call with a broken condition is explained by it, encoded or not, refused or not."""
    for query in (f"{parameter}=name=Help Desk", f"page=1&{parameter.lower()}=name%3DHelp+Desk"):
        found = explain(Call("GET", "/service/boards", query, 400), catalogue)
        assert found.headline == f"The {parameter} cannot be read."
        assert found.faults[0].repair == 'name="Help Desk"'
    assert explain(Call("GET", "/service/boards", query, 403), catalogue).likeliest is not None


def test_other_faults_of_a_query_are_doubts() -> None:
    """A bare &, a text where none is meant, a misspelled parameter, too many rows."""
    (cut,) = faults('conditions=company/name="Smith & Co"')
    assert "%26" in cut.hint
    assert faults("conditions=company/name=%22Smith %26 Co%22") == ()
    (text,) = faults('conditions=closedFlag="True"')
    assert (text.is_fatal, text.repair) == (False, "closedFlag=True")
    (date,) = faults('conditions=lastUpdated>"2016-08-20T18:04:26Z"')
    assert date.repair == "lastUpdated>[2016-08-20T18:04:26Z]"
    name, rows = faults("condition=id=5&pageSize=5000")
    assert (name.hint, rows.repair) == ("Write conditions=.", "1000")
    assert faults("conditions=name=***&fields=id&orderBy=id desc") == ()


def test_a_long_condition_is_cut_around_the_fault() -> None:
    """The caret still stands under the fault, within a terminal's width."""
    text = " and ".join(f'name{n}="x"' for n in range(30)) + " and summary == 5 and id=1"
    found = check(text)
    assert found is not None
    shown, caret = found.pointed
    assert len(shown) <= 72
    assert shown[len(caret) - 1 :].startswith("== 5")


def test_curl_har_and_text_are_explained_alike(tmp_path: Path, catalogue: Catalogue) -> None:
    """The form in which a call comes does not matter."""
    url = f"{BASE}/service/boards"
    forms = {
        "curl": f"curl -X GET '{url}' -H 'Authorization: Basic abc'",
        "text": f"Workflow failed: GET {url} returned 403 Forbidden",
        "har": json.dumps({"log": {"entries": [
            {"request": {"method": "GET", "url": url}, "response": {"status": 403}}]}}),
        "api-log": f"Method,URL,Response\nGET,{url},403\n",
    }  # fmt: skip
    for kind, text in forms.items():
        path = tmp_path / kind
        path.write_text(text)
        found = usage(calls.read(path, kind), catalogue)  # type: ignore[arg-type]
        (case,) = explain_all(found).cases
        assert accused(case.explanation) == BOARDS, kind
