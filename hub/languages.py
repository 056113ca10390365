"""What is said to people, in the language of whoever listens.

Texts in code and templates are English and go through the catalogue, hub/locale/LANGUAGE.po:

    _("Ask %(name)s", name=head.name)                                 said now, to whoever listens
    ngettext("%(num)s task", "%(num)s tasks", count)                  the same, with a number
    N_("Contacts")                                                    marked here, said later by _(room.name)
    said("given to %(name)s", name=user.name)                         kept in the store, said to each reader

Who listens is known by the context: a request sets it, and a function on the store takes it along into its
thread. Outside of a request it is English.
"""

from __future__ import annotations

import gettext as catalogues
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "sv": "Svenska"}
SOURCE = "en"
FOLDER = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who is spoken to: his language, and his time zone where he chose one (else the company's)."""

    language: str = SOURCE
    zone: ZoneInfo | None = None

    @property
    def locale(self) -> Locale:
        """How days, numbers and sums are written for him."""
        return _locale(self.language)


ANYBODY = Listener()
listening: ContextVar[Listener] = ContextVar("listening", default=ANYBODY)
listener = listening.get


@contextmanager
def speaking_to(somebody: Listener) -> Iterator[None]:
    """Say everything within to this listener."""
    before = listening.set(somebody)
    try:
        yield
    finally:
        listening.reset(before)


def _(text: str, /, **values: object) -> str:
    """Say a text to whoever listens; %(name)s stands for a value, as soon as there are any."""
    told = catalogue(listener().language).gettext(text) if text else ""
    return told % values if values else told


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Say a text with a number in it, which is %(num)s."""
    told = catalogue(listener().language).ngettext(one, many, number)
    return told % {"num": number, **values}


def N_(text: str) -> str:  # noqa: N802 - the catalogue's own name for this
    """Mark a text that is said later."""
    return text


@lru_cache(maxsize=200)  # every request says one of a few
def negotiate(accepted: str) -> str:
    """Choose a language by an Accept-Language header (RFC 9110, 12.5.4): the best that we speak."""
    wishes = []
    for wish in accepted.split(",")[:20]:
        name, _sep, quality = wish.strip().partition(";q=")
        try:
            wishes.append((-float(quality or 1), name[:2].lower()))
        except ValueError:
            continue
    return next((name for _quality, name in sorted(wishes, key=lambda w: w[0]) if name in LANGUAGES), SOURCE)


@cache
def catalogue(language: str) -> catalogues.NullTranslations:
    """Give the catalogue of a language; the source language needs none."""
    file = FOLDER / f"{language}.po"
    if language not in LANGUAGES or not file.exists():
        return catalogues.NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)


def sort_key(text: str, language: str) -> str:
    """Give what a text is sorted by in a language: without case; Swedish has å, ä and ö after z."""
    folded = text.casefold()
    if language == "sv":
        folded = folded.translate(_SWEDISH)
    plain = unicodedata.normalize("NFD", folded)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


# Letters that have a place of their own behind z.
_SWEDISH = str.maketrans(
    {"å": "z\uffff1", "ä": "z\uffff2", "æ": "z\uffff2", "ö": "z\uffff3", "ø": "z\uffff3"}
)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language if language in LANGUAGES else SOURCE)
