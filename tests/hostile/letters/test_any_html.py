"""Whatever is in a letter, put together at random out of what parsers trip over: what is shown is known and bounded."""

from __future__ import annotations

import contextlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.letter_elements import KEPT, LOOKS
from crm.letter_html import shown
from crm.letter_reading import TooMuchError
from tests.crm.mailbox import LETTERS
from tests.hostile.letters.tricks import FAMILIES

OURS = "/letters/7/images/x"
TAGS = {*KEPT, "br", "hr", "wbr", "img", "details", "summary"}
ATTRIBUTES = {*LOOKS, "style", "title", "class", "href", "src", "alt", "rel", "target"}
CLASSES = {"leads", "blocked", "MsoNormal"}
HARMFUL = re.compile(r"url|expression|position|@|\\|/\*", re.IGNORECASE)
LEADS = re.compile(r"https?://|mailto:|tel:", re.IGNORECASE)

PIECES = [
    piece for family in FAMILIES.values() for trick in family.values()
    for piece in re.findall(r"</?[^<>]*>|[^<>]+|[<>]", trick.replace("OUT", "http://a.example"))
]  # fmt: skip
SIGNS = [
    "<",
    ">",
    '"',
    "'",
    "`",
    "=",
    "/",
    "&",
    ";",
    "\0",
    "&lt;",
    "&#0;",
    "&#x3c",
    "<!--",
    "-->",
    "--!>",
    "]]>",
    "\ufeff",
]
HTML = st.lists(st.sampled_from(PIECES) | st.sampled_from(SIGNS) | st.text(max_size=5), max_size=40).map(
    "".join
)


class Seen(HTMLParser):
    """Looks at what is shown, and says what is wrong with it."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See a tag."""
        names = {name for name, _value in attrs}
        self.wrong += [tag] if tag not in TAGS or len(names) < len(attrs) else []
        self.wrong += [
            f"{tag} {name}={value}" for name, value in attrs if not _is_known(tag, name, value or "")
        ]

    def handle_comment(self, data: str) -> None:
        """See a remark, which has no place there."""
        self.wrong.append(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


def _is_known(tag: str, name: str, value: str) -> bool:
    if name == "style":
        return not HARMFUL.search(value)
    if name == "href":
        return tag == "a" and LEADS.match(value) is not None
    if name == "src":
        return tag == "img" and (value == OURS or value.startswith("data:image/png;base64,"))
    if name == "class":
        return set(value.split()) <= CLASSES
    return name in ATTRIBUTES


def wrong_with(html: str) -> list[str]:
    """Say what is wrong with what is shown of a letter."""
    seen = Seen()
    with contextlib.suppress(TooMuchError):
        seen.feed(shown(html, lambda source: OURS if source.startswith("http") else "").html)
    seen.close()
    return seen.wrong


@settings(max_examples=600, deadline=20_000)
@given(html=HTML)
def test_of_any_html_what_is_known_is_shown(html: str) -> None:
    assert wrong_with(html) == []


@pytest.mark.parametrize("file", sorted(LETTERS.glob("*.eml")), ids=lambda file: file.stem)
def test_of_any_bytes_what_is_known_is_shown(file: Path) -> None:
    assert wrong_with(file.read_bytes().decode("utf-8", "replace")) == []
