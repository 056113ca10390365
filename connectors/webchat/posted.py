"""One message of a visitor as his browser posts it: a line of JSON, and behind it the bytes of a file, if any."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import msgspec

from connectors.webchat.settings import ChatSettings
from hub.forms import Field, File
from hub.languages import N_, _
from hub.said import said
from hub.shapes import decode

LONGEST_LINE = 64 * 1024
TEXT, VALUE, ADDRESS, PAGES, MARKS = 4_096, 500, 1_000, 12, 12

_KEY = re.compile(r"[0-9a-z-]{8,40}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_KEPT = frozenset("\n\t")
CONSENT = N_("Agreed")


class Named(msgspec.Struct, frozen=True):
    """A file as the browser names it."""

    name: str = ""
    type: str = ""


class Page(msgspec.Struct, frozen=True):
    """Where the visitor is, from where he came to the site, and the pages before this one, the oldest first."""

    url: str = ""
    title: str = ""
    referrer: str = ""
    path: tuple[str, ...] = ()


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent. `v` is the visitor's pass, `id` his own key of the message.

    `name` is what he called himself before. `answers` are those to the questions, in their order, `reach` is by what he
    wants to be answered. `consent` says that he agreed. `pressed` is the payload of a button of ours. `trial`: it is to
    become nothing.
    """

    v: str = ""
    id: str = ""
    text: str = ""
    name: str = ""
    pressed: str = ""
    file: Named | None = None
    page: Page = Page()
    answers: tuple[str, ...] = ()
    reach: str = ""
    consent: bool = False
    lang: str = ""
    trial: bool = False


def parse(body: bytes) -> tuple[Posted, bytes]:
    """Give the message and the bytes of its file; ValueError for anything else."""
    line, _end, content = body.partition(b"\n")
    if len(line) > LONGEST_LINE:
        raise ValueError(said("The message is too long."))
    try:
        posted = decode(line, Posted)
    except RecursionError:
        raise ValueError(said("The message is nested too deeply.")) from None
    if not posted.trial and not _KEY.fullmatch(posted.id):
        raise ValueError(said("The message has no key of its own."))
    return posted, content


def file_of(posted: Posted, content: bytes) -> tuple[File, ...]:
    """Give the file that came along."""
    if posted.file is None or not content:
        return ()
    name = plain(posted.file.name, 120, lines=False).replace("/", "_").replace("\\", "_") or "file"
    return (File(name, plain(posted.file.type, 100, lines=False), content),)


def answered(posted: Posted, settings: ChatSettings) -> tuple[Field, ...]:
    """Give what was answered before the chat; what an answer means, the settings say and nobody else."""
    return tuple(_answered(posted, settings))


def origin(page: Page) -> tuple[Field, ...]:
    """Give where he writes from: the page, its marks (utm_source and the like), and the path that led there."""
    return tuple(_origin(page))


def name(posted: Posted, told: tuple[Field, ...], visitor: str) -> str:
    """Give what he calls himself, by his answers or before; else what tells him from other visitors."""
    own = next((field.value for field in told if field.means == "name"), plain(posted.name, 100, lines=False))
    return own or _("Visitor %(mark)s", mark=visitor[:4])


def language(posted: Posted) -> str:
    """Give the visitor's language, "" where that is none."""
    return posted.lang if _LANGUAGE.fullmatch(posted.lang) else ""


def plain(text: str, most: int, *, lines: bool = True) -> str:
    """Give a text without control characters, and no longer than that."""
    kept = _KEPT if lines else frozenset[str]()
    clean = "".join(
        letter for letter in text[: most * 2].replace("\r\n", "\n")
        if letter in kept or unicodedata.category(letter) not in {"Cc", "Cs"}
    )  # fmt: skip
    return clean[:most].strip()


def _answered(posted: Posted, settings: ChatSettings) -> Iterator[Field]:
    for question, answer in zip(settings.asked(), posted.answers, strict=False):
        if value := plain(answer, VALUE):
            yield Field(question.label, value, question.means)
    if reach := plain(posted.reach, VALUE, lines=False):
        yield Field(_("Phone or email"), reach, "email" if "@" in reach else "phone")
    if posted.consent and settings.consent:
        yield Field(settings.consent, _(CONSENT))


def _origin(page: Page) -> Iterator[Field]:
    url = _address(page.url)
    for label, value in (("page_url", url), ("page_title", plain(page.title, VALUE, lines=False)),
                         ("referrer", _address(page.referrer))):  # fmt: skip
        if value:
            yield Field(label, value)
    yield from (Field(*mark) for mark in _marks(url))
    for earlier in page.path[-PAGES:]:
        if value := plain(earlier, ADDRESS, lines=False):
            yield Field("path", value)


def _address(written: str) -> str:
    """Give an address of the web; nothing else is a link on a card."""
    address = plain(written, ADDRESS, lines=False)
    return address if address.startswith(("https://", "http://")) else ""


def _marks(url: str) -> Iterator[tuple[str, str]]:
    try:
        query = parse_qsl(urlsplit(url).query, max_num_fields=50)
    except ValueError:
        return
    for name, written in [each for each in query if _is_mark(each[0])][:MARKS]:
        if value := plain(written, VALUE, lines=False):
            yield plain(name, 60, lines=False), value


def _is_mark(name: str) -> bool:
    return name.startswith("utm_") or name in {"gclid", "fbclid", "msclkid", "yclid"}
