"""A command as typed in bash, cmd or PowerShell → its words; nothing is run or expanded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Shell = Literal["bash", "cmd", "powershell"]

_SEPARATORS = {";", "|", "||", "&", "&&"}
_CARET = re.compile(r"\^[ \t]*\r?\n|\^(.)", re.DOTALL)
_BLANK, _LINE = " \t\r", "\n"
# What a word can be made of, per shell: a run of plain text, a quoted part, an escaped character.
_PLAIN = {"bash": r"[^\s'\"\\$]+|\$(?!['\"])", "powershell": r"[^\s'\"`]+"}
_QUOTED = {
    "bash": r"\$?\"(?:[^\"\\]|\\.)*\"|\$'(?:[^'\\]|\\.)*'|'[^']*'",
    "powershell": r"\"(?:[^\"`]|`.|\"\")*\"|'(?:[^']|'')*'",
}
_ESCAPED = {"bash": r"\\.", "powershell": r"`."}
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "0": "\0"}
_ANSI_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|(.))", re.DOTALL)
_BASH_ESCAPE = re.compile(r"\\(?:\r?\n|([\"\\$`]))")
_GRAVE = re.compile(r"`(.)|\"(\")", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """The words of one command and the line it begins on."""

    words: tuple[str, ...]
    line: int


def shell_of(text: str) -> Shell:
    """Tell by its line ends and escapes for which shell a command was written."""
    if re.search(r"\^[ \t]*\r?(?:\n|$)|\^[\"&%{}]", text):
        return "cmd"
    return "powershell" if re.search(r"[ \t]`[ \t]*\r?\n", text) else "bash"


def commands(text: str, shell: Shell) -> Iterator[Command]:
    """Yield the commands of a text: they end at a line's end or at `;`, `|`, `&&`.

    A quote that is never closed stands for itself.
    """
    if shell == "cmd":
        text, shell = _without_carets(text), "bash"
    scanner = _scanner(shell)
    words: list[str] = []
    parts: list[str] = []
    line = begun = 1
    for found in scanner.finditer(text):
        kind, piece = str(found.lastgroup), found[0]
        if kind in {"blank", "end"} and parts:
            kind = "end" if len(parts[-1]) > 1 and parts[-1].endswith(";") else kind
            word, parts = "".join(parts).rstrip(";" if kind == "end" else ""), []
            if word in _SEPARATORS:
                kind = "end"
            else:
                begun = begun if words else line
                words.append(word)
        if kind == "end" and words:
            yield Command(tuple(words), begun)
            words = []
        line += piece.count("\n")
        if kind in {"plain", "quoted", "escaped", "stray"}:
            parts.append(_value(piece, kind, shell))
    if parts:
        words.append("".join(parts))
    if words:
        yield Command(tuple(words), begun if len(words) > 1 else line)


def _scanner(shell: Shell) -> re.Pattern[str]:
    joined = r"\\\r?\n" if shell == "bash" else r"`[ \t]*\r?\n"
    return re.compile(
        rf"(?P<joined>{joined})|(?P<comment>(?:(?<=\n)|(?<=[ \t])|\A)#[^\n]*)"
        rf"|(?P<blank>[ \t\r]+)|(?P<end>\n)|(?P<plain>{_PLAIN[shell]})"
        rf"|(?P<quoted>{_QUOTED[shell]})|(?P<escaped>{_ESCAPED[shell]})|(?P<stray>.)",
        re.DOTALL,
    )


def _without_carets(text: str) -> str:
    """Drop the carets of cmd, which protect the next character, and join the lines they end."""
    return _CARET.sub(lambda found: found[1] or " ", text)


def _value(piece: str, kind: str, shell: Shell) -> str:
    """Return what a part of a word says."""
    if kind == "escaped":
        return piece[1:]
    if kind != "quoted":
        return piece
    if piece.startswith("$'"):
        return _ANSI_ESCAPE.sub(_ansi, piece[2:-1])
    inner = piece.removeprefix("$")[1:-1]
    if shell == "powershell":
        if piece[0] == "'":
            return inner.replace("''", "'")
        return _GRAVE.sub(lambda found: found[1] or '"', inner)
    return _BASH_ESCAPE.sub(lambda found: found[1] or "", inner) if piece[-1] == '"' else inner


def _ansi(found: re.Match[str]) -> str:
    if number := found[1] or found[2]:
        return chr(int(number, 16))
    return _ANSI.get(found[3], found[3])
