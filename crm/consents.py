"""The ledger of consent: who agreed to be written to about what, and who took that back. It only grows.

What holds for an address and a list is its newest line. A line says when, where, in which words and from which network
address; an import says on which ground. Calls, forms, letters, chats and pages write into the same ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, ForeignKey, Index, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from crm import contacts, sequences, suppressions
from crm.addresses import ABOUT
from crm.campaigns import Campaign
from crm.consent_files import ConsentFile
from crm.contacts import Handle
from crm.mailing_lists import MailingList
from crm.suppressions import UNSUBSCRIBED, Column, batched
from hub.clock import now
from hub.db import Base, some

ASKED, GIVEN, WITHDRAWN = "asked", "given", "withdrawn"
"""`asked`: he said yes, and has still to confirm that the address is his (double opt-in)."""
CONSENT, CUSTOMER, CONTRACT = "consent", "customer", "contract"
"""Grounds: he agreed; he bought, and it is about the like; it belongs to what was agreed (no advertising)."""
FORM, CALL, MAIL, CHAT, PAGE, IMPORT, PERSON, API = (
    "form",
    "call",
    "mail",
    "chat",
    "page",
    "import",
    "person",
    "api",
)
"""Where a line came from."""
PLACE, WORDS, ADDRESS = 300, 2000, 64  # letters that are kept
MOST_LINES = 200  # of one card


class Consent(Base):
    """One line: for the list `list_id` a handle (`kind` and normalised `value`) came to `state`, on which `ground`.

    `source` is form, call, mail, chat, page, import, person or api; `place` the page, form, file or channel; `words`
    what was agreed to, as it was shown; `address` the network address it came from, "" where there was none. Of a file
    (`file_id`) that is not kept yet it does not count (`counts`).
    """

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey(MailingList.id))
    kind: Mapped[str]
    value: Mapped[str]
    state: Mapped[str]
    ground: Mapped[str] = mapped_column(default=CONSENT)
    source: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey(Campaign.id))
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey(ConsentFile.id))
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        Index("ix_consents_handle", "kind", "value", "list_id", "id"),
        Index("ix_consents_list", "list_id", "kind", "value", "id"),
        Index("ix_consents_lines", "list_id", "kind", "id"),
        Index("ix_consents_newest", "list_id", "id"),
        Index("ix_consents_contact", "contact_id", "id"),
        Index("ix_consents_since", "list_id", "at"),
        some("ix_consents_file", "file_id", "id", where="file_id IS NOT NULL"),
        {"info": {ABOUT: "value"}},
    )


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """How a line came to be; see `Consent`. Of what a stranger says only a beginning is kept."""

    source: str
    place: str = ""
    words: str = ""
    address: str = ""
    contact_id: int | None = None
    interaction_id: int | None = None
    campaign_id: int | None = None
    by: int | None = None


def give(
    session: Session, list_id: int, kind: str, value: str, origin: Origin, ground: str = CONSENT
) -> Consent:
    """Write down that somebody may be written to. Who had unsubscribed and agrees anew is written to again.

    A complaint, an address that does not exist and the word of a colleague stay: those a person lifts.
    """
    if ground == CONSENT:
        suppressions.agreed_anew(session, kind, value, list_id)
    return _write(session, list_id, kind, value, GIVEN, origin, ground)


def ask(session: Session, list_id: int, kind: str, value: str, origin: Origin) -> Consent:
    """Write down that somebody said yes for an address, and has still to prove that it is his."""
    return _write(session, list_id, kind, value, ASKED, origin)


def confirm(session: Session, asked: Consent, address: str) -> Consent | None:
    """Write down that whoever reads the address said yes; None where he has taken that back meanwhile.

    The same again changes nothing.
    """
    last = newest(session, asked.kind, asked.value).get(asked.list_id)
    if last is None or last.state == WITHDRAWN:
        return None
    if last.state == GIVEN:
        return last
    origin = Origin(source=PAGE, place=asked.place, words=asked.words, address=address, contact_id=asked.contact_id,
                    interaction_id=asked.interaction_id)  # fmt: skip
    return give(session, asked.list_id, asked.kind, asked.value, origin)


def withdraw(session: Session, list_id: int, kind: str, value: str, origin: Origin) -> bool:
    """Write down that he takes it back, and leave out what has not left; False where that was known."""
    last = newest(session, kind, value).get(list_id)
    suppressions.suppress(
        session, kind, value, UNSUBSCRIBED, list_id=list_id, words=origin.words,
        campaign_id=origin.campaign_id, by=origin.by,
    )  # fmt: skip
    if last is not None and last.state == WITHDRAWN:
        return False
    _write(session, list_id, kind, value, WITHDRAWN, origin)
    return True


def newest(session: Session, kind: str, value: str) -> dict[int, Consent]:
    """Give the line that holds for an address, by list."""
    own = select(func.max(Consent.id)).where(Consent.kind == kind, Consent.value == value, counts(Consent))
    rows = session.scalars(select(Consent).where(Consent.id.in_(own.group_by(Consent.list_id))))
    return {row.list_id: row for row in rows}


def ground_of(session: Session, list_id: int, kind: str, values: Collection[str]) -> Mapping[str, Consent]:
    """Give the lines on whose ground these addresses may be written to; who has none is missing."""
    found: dict[str, Consent] = {}
    for some_values in batched(values):
        last = select(func.max(Consent.id)).where(
            Consent.kind == kind, Consent.value.in_(some_values), Consent.list_id == list_id, counts(Consent)
        )
        rows = select(Consent).where(Consent.id.in_(last.group_by(Consent.value)), Consent.state == GIVEN)
        found |= {row.value: row for row in session.scalars(rows)}
    return found


def counts(line: type[Consent]) -> ColumnElement[bool]:
    """Tell of a line whether it counts: those of a file that is not kept yet, or was stopped, do not."""
    staged = select(ConsentFile.id).where(ConsentFile.kept_at.is_(None))
    return or_(line.file_id.is_(None), line.file_id.not_in(staged))


def agreed(list_id: int, kind: Column = Handle.kind, value: Column = Handle.value) -> ColumnElement[bool]:
    """Tell of handles whether the ledger lets them be written to, as a condition of a statement."""
    last = aliased(Consent)
    state = (
        select(last.state)
        .where(last.list_id == list_id, last.kind == kind, last.value == value, counts(last))
        .order_by(last.id.desc())
        .limit(1)
        .correlate_except(last)
        .scalar_subquery()
    )
    return state == GIVEN


def lines_of(session: Session, kind: str, values: Collection[str]) -> Sequence[Consent]:
    """Give what these addresses agreed to and took back, the newest first."""
    wanted = select(Consent).where(Consent.kind == kind, Consent.value.in_(values), counts(Consent))
    return session.scalars(wanted.order_by(Consent.id.desc()).limit(MOST_LINES)).all() if values else []


def _write(
    session: Session, list_id: int, kind: str, value: str, state: str, origin: Origin, ground: str = CONSENT
) -> Consent:
    told = msgspec.structs.asdict(origin) | {
        "place": origin.place[:PLACE], "words": origin.words[:WORDS], "address": origin.address[:ADDRESS],
    }  # fmt: skip
    if told["contact_id"] is None:
        told["contact_id"] = contacts.find(session, kind, value)
    row = Consent(list_id=list_id, kind=kind, value=value, state=state, ground=ground, **told)
    session.add(row)
    session.flush()
    if state == WITHDRAWN:
        sequences.look_soon(session, list_id)
    elif state == GIVEN and kind == contacts.MAIL and origin.source != IMPORT:
        sequences.arrive(session, list_id, value)
    return row
