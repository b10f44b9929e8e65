"""Calls as people write them, and the operations they are."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.operations import match_operation
from auditor.rows import Operation, shape

HOST = "https://api-na.myconnectwise.net"
OPERATIONS = list(Catalogue().operations.values())

CALLS = [
    ("GET", "/service/tickets", "GET /service/tickets"),
    ("get", "service/tickets/", "GET /service/tickets"),
    ("GET", "/Service/Tickets/42", "GET /service/tickets/{id}"),
    ("GET", "/service/tickets/42/notes", "GET /service/tickets/{parentId}/notes"),
    ("GET", "/service/tickets/{id}/notes", "GET /service/tickets/{parentId}/notes"),
    ("GET", "/service/tickets/count?conditions=id=0", "GET /service/tickets/count"),
    ("POST", "/service/tickets/search", "POST /service/tickets/search"),
    ("GET", f"{HOST}/v4_6_release/apis/3.0/service/tickets?page=2#x", "GET /service/tickets"),
    ("GET", "/v2025_1/apis/3.0/service/tickets/7", "GET /service/tickets/{id}"),
    ("GET", "api-eu.myconnectwise.net/v4_6_release/apis/3.0/time/entries", "GET /time/entries"),
    ("GET", "/time/entries?x=/apis/3.0/service/tickets", "GET /time/entries"),
    ("PATCH", "/service/tickets/{{ CTX.ticket.id }}", "PATCH /service/tickets/{id}"),
    ("PATCH", "/service/tickets/<ticket id>", "PATCH /service/tickets/{id}"),
    ("PATCH", "/service/tickets/%7Bid%7D", "PATCH /service/tickets/{id}"),
    ("GET", "/system/members/5", "GET /system/members/{id}"),
    ("GET", "/system/members/jdoe", "GET /system/members/{memberIdentifier}"),
    ("GET", "/system/members/{memberIdentifier}", "GET /system/members/{memberIdentifier}"),
    ("POST", "/finance/agreements/types/5/copy", "POST /finance/agreements/types{id}/copy"),
    ("POST", "/finance/agreements/types5/copy", "POST /finance/agreements/types{id}/copy"),
]


@pytest.mark.parametrize(("method", "path", "operation"), CALLS)
def test_a_call_is_recognised_as_it_is_written(
    catalogue: Catalogue, method: str, path: str, operation: str
) -> None:
    """Host, prefix, query, letter case, slashes and ids do not matter."""
    assert match_operation(catalogue, method, path).id == operation


@pytest.mark.parametrize(
    ("method", "path", "hint"),
    [
        ("GET", "/service/ticketz/42", "'GET /service/tickets/{id}'"),
        ("PATCH", "/service/tickets", "has GET /service/tickets and POST /service/tickets"),
        ("GET", "/service/tickets/search", "has POST /service/tickets/search"),
        ("GET", "/service/tickets/notes", "Did you mean 'GET /service/tickets/"),
        ("FETCH", "/service/tickets", "has GET /service/tickets and POST"),
        ("GET", "", ""),
    ],
)
def test_what_no_operation_is_comes_with_the_nearest(
    catalogue: Catalogue, method: str, path: str, hint: str
) -> None:
    """A word is never taken for an id; the error names what comes close."""
    with pytest.raises(InputError, match="No operation") as caught:
        match_operation(catalogue, method, path)
    assert hint in caught.value.hint


@settings(deadline=None)  # the first call reads the catalogue
@given(
    operation=st.sampled_from(OPERATIONS),
    number=st.integers(0, 2**31 - 1),
    upper=st.booleans(),
    tail=st.sampled_from(["", "/", "?pageSize=1", "/?a=b"]),
)
def test_a_template_filled_with_ids_leads_back_to_it(
    operation: Operation, number: int, upper: bool, tail: str, catalogue: Catalogue
) -> None:
    """Whatever the ids, the operation found is the one filled in, or one of the same shape."""
    path = re.sub(r"\{[^}]*\}", str(number), operation.path)
    found = match_operation(catalogue, operation.method, (path.upper() if upper else path) + tail)
    assert (found.method, shape(found.path)) == (operation.method, shape(operation.path))


@settings(deadline=None)
@given(operation=st.sampled_from(OPERATIONS))
def test_a_template_is_itself(operation: Operation, catalogue: Catalogue) -> None:
    """Every operation is found under the path by which it is published."""
    assert match_operation(catalogue, operation.method, operation.path) == operation
