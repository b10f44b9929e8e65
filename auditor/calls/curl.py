"""cURL commands → their calls. Headers, bodies and sign-in are passed over: they hold secrets."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from auditor.calls.addresses import address
from auditor.calls.call import Call, Unreadable, kept_method
from auditor.calls.shell import Command, commands, shell_of

_CURL = re.compile(r"(?:^|[\\/(`='\"])curl(?:\.exe)?$", re.IGNORECASE)
_START = re.compile(r"^[\s$>#%]*(?:[\w./:\\~@ -]{0,80}[>$#%]\s*)?(?:\S{1,40}[(`])?"
                    r"(?:(?:sudo|time)\s+)?\S{0,80}?curl(?:\.exe)?\s", re.IGNORECASE)  # fmt: skip
_DATA = {"data", "data-raw", "data-ascii", "data-binary", "data-urlencode", "json", "form",
         "form-string", "url-query"}  # fmt: skip
_LONG = _DATA | {
    "header", "user", "output", "user-agent", "cookie", "cookie-jar", "referer", "max-time",
    "connect-timeout", "write-out", "proxy", "proxy-user", "upload-file", "config", "cert", "key",
    "cacert", "capath", "resolve", "retry", "retry-delay", "retry-max-time", "range", "limit-rate",
    "interface", "ciphers", "cert-type", "key-type", "pass", "oauth2-bearer", "max-redirs",
    "request", "url", "trace", "trace-ascii", "dump-header", "stderr", "time-cond",
    "request-target", "connect-to", "dns-servers", "continue-at", "noproxy", "proxy-header",
    "aws-sigv4",
}  # fmt: skip
_SHORT = {"X": "request", "d": "data", "F": "form", "T": "upload-file", "G": "get", "I": "head"}
_SHORT_WITH_VALUE = set("XdFTHuoAbcemwxKErYyztQPCUD")


@dataclass(slots=True)
class _Options:
    urls: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    method: str | None = None
    named: set[str] = field(default_factory=set)

    def take(self, name: str, value: str) -> None:
        """Note an option by its long name; those that say nothing of the call are dropped."""
        self.named.add(name)
        if name == "request":
            self.method = kept_method(value)
        elif name == "url":
            self.urls.append(value)
        elif name == "data-urlencode":
            key, equals, text = value.partition("=")
            self.data.append(f"{key}={quote(text)}" if equals else quote(value))
        elif name in _DATA:
            self.data.append(value)

    def verb(self) -> str:
        """Return the method that curl uses when -X does not say."""
        if "head" in self.named:
            return "HEAD"
        if "upload-file" in self.named:
            return "PUT"
        return "POST" if self.named & _DATA - {"url-query"} and "get" not in self.named else "GET"


def is_curl(text: str) -> bool:
    """Tell whether a line is, or begins, a cURL command."""
    return bool(_START.match(text[:400]))


def read(text: str, place: Callable[[int], str]) -> Iterator[Call | Unreadable]:
    """Yield the calls of every cURL command in the text; one without a usable address is said.

    `place` words the number of a line.
    """
    for command in commands(text, shell_of(text)):
        yield from _of_command(command, place(command.line))


def _of_command(command: Command, where: str) -> Iterator[Call | Unreadable]:
    place = next((n for n, word in enumerate(command.words[:12]) if _CURL.search(word)), None)
    if place is None:
        return
    for options in _groups(list(command.words[place + 1 :])):
        if not options.urls:
            yield Unreadable(where, "this cURL command has no address")
        for url in options.urls:
            yield _call(url, options, where)


def _call(url: str, options: _Options, where: str) -> Call | Unreadable:
    target = address(url, lenient="://" not in url)
    if not target:
        reason = "this cURL command asks an address that is none of the ConnectWise API"
        return Unreadable(where, reason, is_other=True)
    method = options.method if "request" in options.named else options.verb()
    if "get" not in options.named:
        return Call(method, target.path, target.query, where=where)
    joined = f"{url}{'&' if '?' in url else '?'}{'&'.join(options.data)}"
    whole = address(joined, lenient="://" not in url) or target
    return Call(method, whole.path, whole.query, where=where)


def _groups(words: list[str]) -> Iterator[_Options]:
    """Read the options; `--next` begins another request."""
    options, place = _Options(), 0
    while place < len(words):
        word = words[place]
        place += 1
        if word in {"--next", "-:"}:
            yield options
            options = _Options()
        elif word.startswith("--") and len(word) > 2:
            place += _long(word[2:], words[place : place + 1], options)
        elif word.startswith("-") and len(word) > 1:
            place += _short(word[1:], words[place : place + 1], options)
        elif _is_address(word):
            options.urls.append(word)
    yield options


def _is_address(word: str) -> bool:
    """Tell whether a word that belongs to no option is what curl takes for its URL."""
    return len(word) > 1 and not re.match(r"[0-9]?[<>]|\(|\)", word)


def _long(word: str, after: list[str], options: _Options) -> int:
    """Read `--name value` or `--name=value`; return how many words more it took."""
    name, equals, value = word.partition("=")
    name = name.lower()
    if equals:
        options.take(name, value)
        return 0
    takes = name in _LONG
    options.take(name, after[0] if takes and after else "")
    return int(takes)


def _short(letters: str, after: list[str], options: _Options) -> int:
    """Read `-sSLX PATCH` or `-XPATCH`; return how many words more it took."""
    for place, letter in enumerate(letters):
        if letter in _SHORT_WITH_VALUE:
            rest = letters[place + 1 :]
            options.take(_SHORT.get(letter, letter), rest or "".join(after))
            return int(not rest)
        options.take(_SHORT.get(letter, letter), "")
    return 0
