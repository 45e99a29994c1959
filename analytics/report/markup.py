"""This module owns how HTML is made: every text is escaped, for ad texts are hostile; what is made here is not."""

import html
from collections.abc import Iterable, Sequence

VOID = {"meta", "br", "col"}


class Html(str):
    """A piece of HTML that was made by `tag`, and is not escaped again."""

    __slots__ = ()


Content = str | Html | None


def tag(name: str, /, *content: Content, **attributes: str | float | None) -> Html:
    """An element. Texts and attributes are escaped; `class_` is class, `aria_label` is aria-label; None is left out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{told}>")
    return Html(f"<{name}{told}>{joined(content)}</{name}>")


def joined(content: Iterable[Content]) -> Html:
    """Pieces one after the other, texts escaped."""
    return Html("".join(each if isinstance(each, Html) else html.escape(each) for each in content if each))


def table(title: str, caption: str, heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[Content]]) -> Html:
    """A table with its caption; `heads` are (words, class) per column, and the first cell of a row is its heading.

    `title` tells the table from the others of the page.
    """
    head = tag("tr", *(tag("th", words, scope="col", class_=kind or None) for words, kind in heads))
    body = [
        tag("tr", *(
            tag("td" if at else "th", cell, scope=None if at else "row", class_=heads[at][1] or None)
            for at, cell in enumerate(row)
        ))
        for row in rows
    ]  # fmt: skip
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    # Wide tables scroll on a phone, and by keyboard.
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=title)
