"""A page of HTML, read the way a browser reads it, for the tests of the HTML report."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass(slots=True)
class Node:
    """An element: its name, attributes, and the elements and texts inside."""

    tag: str
    attributes: dict[str, str]
    inside: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return all text inside, with single spaces."""
        return " ".join(self._raw().split())

    def _raw(self) -> str:
        return "".join(item if isinstance(item, str) else item._raw() for item in self.inside)

    def all(self, tag: str = "", **attributes: str) -> Iterator["Node"]:
        """Yield the elements inside with this name and attributes; data_x stands for data-x."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        for item in self.inside:
            if isinstance(item, Node):
                if tag in {"", item.tag} and wanted.items() <= item.attributes.items():
                    yield item
                yield from item.all(tag, **attributes)

    def one(self, tag: str = "", **attributes: str) -> "Node":
        """Return the only such element."""
        (found,) = self.all(tag, **attributes)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(content: bytes) -> Node:
    """Parse a page; every element must be closed in its turn."""
    reader = _Reader()
    reader.feed(content.decode("utf-8"))
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> stays open"
    return reader.open[0]
