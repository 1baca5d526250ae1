"""An article's Markdown as HTML that a browser may trust: no raw HTML, no images, known links only."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

SCHEMES = {"http", "https", "mailto", "tel"}
TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "code", "pre", "blockquote", "br", "hr"}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
# Phone numbers, asset tags, mail and web addresses, outside of tags.
_LEFT_TO_RIGHT = re.compile(
    r"(?<![\w@./+-])(?:\+?\d[\d()-]{5,}\d|[A-Z]{2}-?\d{6}|[\w.+-]*@[\w-]+(?:\.[\w-]+)+|(?:[\w-]+\.)+example(?:/\S*)?)"
    r"(?![\w@])(?![^<>]*>)"
)
ARTICLE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable(["image"])


def article_html(body: str, article_address: Callable[[str], str | None]) -> Markup:
    """The body of an article as HTML.

    `article_address` gives the address of another article, or None when there is none: its words stay, as text.
    What the parser lets through passes a second wall, an allow-list of tags, attributes and schemes.
    """
    parser = _parser()
    tokens = parser.parse(body)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"} and token.tag == "h1":
            token.tag = "h2"  # The title is the page's only first heading.
        if token.children:
            token.children = _with_known_links(token.children, article_address)
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    return Markup(_isolate(clean))  # noqa: S704 - cleaned right here


def isolated(text: str) -> Markup:
    """A text as HTML whose numbers and addresses keep their order among words that run from right to left."""
    return Markup(_isolate(str(escape(text))))  # noqa: S704 - escaped right here


def _isolate(html: str) -> str:
    return _LEFT_TO_RIGHT.sub(_isolate_one, html)


def _isolate_one(found: re.Match[str]) -> str:
    # A number must not be cut at the end of a line; an address may have to be.
    number = ' class="number"' if re.fullmatch(r"[\d+()-]+|[A-Z]{2}-?\d+", found[0]) else ""
    return f'<bdi dir="ltr"{number}>{found[0]}</bdi>'


def _with_known_links(tokens: Sequence[Token], article_address: Callable[[str], str | None]) -> list[Token]:
    kept: list[Token] = []
    dropped = 0  # links do not nest, so the next close belongs to the open that was dropped
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrs.get("href", "")), article_address)
            if address is None:
                dropped += 1
                continue
            token.attrs["href"] = address
            token.attrs.pop("title", None)
        elif token.type == "link_close" and dropped:
            dropped -= 1
            continue
        kept.append(token)
    return kept


def _address(href: str, article_address: Callable[[str], str | None]) -> str | None:
    if ARTICLE_ID.fullmatch(href):
        return article_address(href)
    try:
        return href if urlsplit(href).scheme.lower() in SCHEMES else None
    except ValueError:  # a broken host such as http://[ is no address
        return None
