"""Mailing lists: what somebody may agree to be written about, in the words that he is asked with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub import audit
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, announce
from hub.forms import Field
from hub.languages import LANGUAGES
from hub.said import said
from hub.users import Viewer

KIND = "mailing_list"
NAME, WORDS = 100, 2000

LONGEST_WORD = 20
_MEANS = re.compile(r"list-(\d{1,18})")
_WORD = re.compile(rf"\w[\w-]{{0,{LONGEST_WORD - 1}}}")
_SPOKEN = "word <> ''"


class MailingList(Base):
    """A topic: "News for architects", monthly. `words` are what somebody agrees to, shown where he is asked.

    `confirms`: an address counts only once whoever reads it has confirmed that (double opt-in). `language` is that of
    its pages and letters. A `public` one stands on the preference page of everybody. By a messenger one joins it with
    the `word`, in capitals, or by a link; "" where it is not offered there.
    """

    __tablename__ = "mailing_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    confirms: Mapped[bool] = mapped_column(default=True)
    public: Mapped[bool] = mapped_column(default=False)
    word: Mapped[str] = mapped_column(default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_mailing_lists_word", "word", unique=True, sqlite_where=text(_SPOKEN),
              postgresql_where=text(_SPOKEN)),
    )  # fmt: skip


def mailing_lists(session: Session) -> Sequence[MailingList]:
    """Give those that are in use, by name."""
    wanted = select(MailingList).where(MailingList.retired_at.is_(None)).order_by(MailingList.name)
    return session.scalars(wanted).all()


def meaning(list_id: int) -> str:
    """Give by what a field of a form is said to be the consent to a list."""
    return f"list-{list_id}"


def list_meant(means: str) -> int | None:
    """Give the list whose consent a field is; None for any other field."""
    found = _MEANS.fullmatch(means)
    return int(found[1]) if found else None


def label_of(answer: Field) -> str:
    """Give how an answer is called on a card: one that is said to be our field has its name, and its rights."""
    return answer.label if list_meant(answer.means) is not None else answer.means or answer.label


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it is wanted; see `MailingList`."""

    name: str
    about: str = ""
    words: str = ""
    language: str = "en"
    confirms: bool = True
    public: bool = False
    word: str = ""


def spoken(word: str) -> str:
    """Give a word as it is kept: however somebody writes it, it is the same."""
    return unicodedata.normalize("NFC", word).upper()


def add(session: Session, viewer: Viewer, wanted: Listed) -> MailingList:
    """Begin a list; ValueError has words for what is wrong with it, and the name of the field."""
    row = MailingList(made_by=viewer.user_id, **_values(session, wanted, None))
    session.add(row)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, row.id, words=row.name)
    return row


def change(session: Session, viewer: Viewer, row: MailingList, wanted: Listed) -> None:
    """Change a list. Who agreed before agreed to the words of then: the ledger keeps those."""
    values = _values(session, wanted, row.id)
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    if changes := audit.differences(before, values):
        audit.record(session, viewer, audit.CHANGED, KIND, row.id, changes=changes)
        announce(
            session, Notice(kind=KIND, id=row.id, audience=Audience(roles=frozenset({"manager", "admin"})))
        )


def retire(session: Session, viewer: Viewer, row: MailingList) -> None:
    """Write by this list no more; its ledger stays."""
    if row.retired_at is None:
        row.retired_at = now()
        audit.record(session, viewer, audit.REMOVED, KIND, row.id)


def restore(session: Session, viewer: Viewer, row: MailingList) -> None:
    """Write by it again."""
    if row.retired_at is not None:
        changes = {"retired_at": (row.retired_at.isoformat(), None)}
        row.retired_at = None
        audit.record(session, viewer, audit.CHANGED, KIND, row.id, changes=changes)


def _values(session: Session, wanted: Listed, own: int | None) -> dict[str, object]:
    name = " ".join(wanted.name.split())
    if not name or len(name) > NAME:
        raise ValueError(said("A list needs a name of at most %(most)s letters", most=NAME), "name")
    if not wanted.words.strip():
        raise ValueError(said("Say what somebody agrees to: these words are kept with each consent"), "words")
    if too_long := next((each for each in ("words", "about") if len(getattr(wanted, each)) > WORDS), ""):
        raise ValueError(said("A text has at most %(most)s letters", most=WORDS), too_long)
    if wanted.language not in LANGUAGES:
        raise ValueError(said("This language is not spoken here"), "language")
    others = select(MailingList.id).where(MailingList.name == name, MailingList.id.is_distinct_from(own))
    if session.scalar(others) is not None:
        raise ValueError(said("There is a list “%(name)s” already", name=name), "name")
    plain = msgspec.structs.asdict(wanted)
    return plain | {
        "word": _word(session, wanted, own),
        "name": name,
        "about": wanted.about.strip(),
        "words": wanted.words.strip(),
    }


def _word(session: Session, wanted: Listed, own: int | None) -> str:
    word = spoken(wanted.word.strip())
    if not word:
        return ""
    if not _WORD.fullmatch(word):
        raise ValueError(
            said("The word is one word, of at most %(most)s letters and digits", most=LONGEST_WORD), "word"
        )
    others = select(MailingList.name).where(MailingList.word == word, MailingList.id.is_distinct_from(own))
    if (name := session.scalar(others)) is not None:
        raise ValueError(said("“%(name)s” is joined by this word already", name=name), "word")
    return word
