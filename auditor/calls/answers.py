"""The body of an answer, however it is wrapped → the API's error code and message."""

import ast
import base64
import binascii
import json
import re
from typing import Any

from auditor.calls.call import kept_code, kept_message

Found = tuple[str | None, str | None]
NOTHING: Found = (None, None)
WEB_PAGE: Found = (None, "<html>")  # all that is kept of a page that answered instead of the API
LONGEST = 2**20  # characters of a body that are looked at
_INNER = (
    "response", "body", "error", "data", "detail", "details", "content", "text", "message",
    "result", "response_body", "responsebody", "exception",
)  # fmt: skip
_Q = r"[\\\"']{0,8}"
_PAIR = r"(?<!\w){q}{name}{q}\s{{0,4}}[:=]\s{{0,4}}{q}"
_CODE = re.compile(_PAIR.format(q=_Q, name="code") + r"([A-Za-z][\w.-]{1,59})(?![\w.-])", re.I)
_MESSAGE = re.compile(
    _PAIR.format(q=_Q, name="message") + r"(?<=[\"'])([^\"\\]{1,400})[\\\"]", re.IGNORECASE
)
_PAGE = re.compile(r"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"You do not have security permission to perform this action\.?|"
                       r"SSL is required\.?|The endpoint does not exist\.?|"
                       r"API-only members do not have access to this module")  # fmt: skip


def answer(body: object, depth: int = 0) -> Found:
    """Return (code, message) of a body: JSON, JSON in a string, a repr, or plain text."""
    if depth > 6:
        return NOTHING
    match body:
        case dict():
            return _of_object(body, depth)
        case list():
            found = (answer(item, depth + 1) for item in body[:20] if isinstance(item, dict))
            return next((pair for pair in found if pair != NOTHING), NOTHING)
        case str():
            return _of_text(body[:LONGEST].strip(), depth)
        case _:
            return NOTHING


def decoded(text: object, encoding: object) -> str:
    """Return the text of a recorded body, which may be base64; empty where it is none."""
    if not isinstance(text, str):
        return ""
    if encoding != "base64":
        return text
    try:
        return base64.b64decode(text[: LONGEST * 2], validate=False).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def parsed(text: str) -> Any:
    """Return the JSON or the Python repr that a text is; None where it is neither."""
    if text[:1] not in {"{", "[", '"'}:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if len(text) > 20_000 or text[:1] == '"':  # a repr that long is no error body
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _of_object(body: dict[Any, Any], depth: int) -> Found:
    named = {str(key).casefold(): value for key, value in body.items()}
    code, message = kept_code(named.get("code")), named.get("message")
    if code and (isinstance(message, str) or "message" not in named):
        return code, kept_message(message)
    for key in _INNER:
        inner = named.get(key)
        if isinstance(inner, (dict, list, str)) and inner:
            found = answer(inner, depth + 1) if key != "message" else _wrapped(inner, depth)
            if found != NOTHING:
                return found
    return code, kept_message(message)


def _wrapped(message: object, depth: int) -> Found:
    """Return what a message that holds another body says; nothing for a plain sentence."""
    found = answer(message, depth + 1)
    return found if found[0] else NOTHING


def _of_text(text: str, depth: int) -> Found:
    if not text:
        return NOTHING
    if text.startswith("<"):
        return WEB_PAGE if _PAGE.match(text) else NOTHING
    if (inner := parsed(text)) is not None:
        return answer(inner, depth + 1)
    return in_prose(text)


def in_prose(text: str) -> Found:
    """Return the first code and message that stand in the text, quoted or escaped as may be."""
    code, message = _CODE.search(text), _MESSAGE.search(text)
    sentence = _SENTENCE.search(text)
    words = message[1] if message else sentence[0] if sentence else None
    if not code and not words and _PAGE.search(text):
        return WEB_PAGE
    kept = kept_code(code[1]) if code else None
    return kept, kept_message(words.strip("' ") if words else None)
