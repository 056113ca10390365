"""Whose requests are set aside, whatever they say: mail addresses, mail domains, numbers, networks, words.

Who is known by a messenger, or by our chat, is blocked in the same list (crm/chat_junk.py).

Nobody is refused, so that a mistake costs a look at what was set aside and no customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from ipaddress import ip_network

import msgspec
from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import addresses, contacts, numbers, rates
from crm.contacts import MAIL, PHONE
from crm.desk import Refusal
from crm.setup import setup
from hub import audit
from hub.asked import placed, places
from hub.checks import BLOCKED, Check
from hub.clock import now
from hub.db import Base
from hub.events import FormSubmitted
from hub.journal import Inbound
from hub.languages import N_, _
from hub.networks import read_address
from hub.said import said
from hub.statements import Statement
from hub.users import Viewer

KIND, HOME = "blocked", "/blocked"
DOMAIN, ADDRESS, WORD = "domain", "address", "word"
KINDS = {
    MAIL: N_("Mail address"), DOMAIN: N_("Mail domain"), PHONE: N_("Phone number"),
    ADDRESS: N_("Internet address"), WORD: N_("Word"),
}  # fmt: skip
TEXT = 200
WIDEST = {4: 16, 6: 32}  # bits that a network has at least, by its version: a wider one is half a country
LETTERS = 3  # of a word, at least: a shorter one stands in everything


class BlockedSender(Base):
    """What is blocked, as it is compared; `inbound_id` is the item at which somebody said so."""

    __tablename__ = "blocked_senders"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str]
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"), index=True)

    __table_args__ = (UniqueConstraint("kind", "value"),)


# What may be meant by a request: its own marks, and whatever has to be compared with all of it.
@cache
def _known(count: int) -> Statement:
    """Give the statement for so many marks, put together once."""
    row = BlockedSender.__table__.c
    meant = row.value.in_(places(row.value, count)) | (row.kind == WORD) | (row.kind == ADDRESS)
    return Statement(select(row.kind, row.value).where(meant).order_by(row.id))


class Mark(msgspec.Struct, frozen=True):
    """Something by which a sender is known."""

    kind: str
    value: str


def every(session: Session) -> Sequence[BlockedSender]:
    """Give all that is blocked, the newest first."""
    return session.scalars(select(BlockedSender).order_by(BlockedSender.id.desc())).all()


def checks(session: Session, item: Inbound, event: FormSubmitted) -> Iterator[Check]:
    """Say what of a request is blocked."""
    own = [*marks(session, event), *_domains(event), *_place(item, event)]
    known = _known(len(own)).rows(session, placed(mark.value for mark in own))
    text = (
        " ".join((event.name, event.subject, event.message, *(field.value for field in event.fields)))
        if known
        else ""
    )
    for kind, value in known:
        if kind == WORD and value in text.casefold():
            yield Check(BLOCKED, said("it says “%(what)s”, which is blocked", what=value), href=HOME)
        elif Mark(kind, value) in own or (
            kind == ADDRESS and "/" in value and _stands_in(item, event, value)
        ):
            yield Check(BLOCKED, said("“%(what)s” is blocked", what=value), href=HOME)


def marks(session: Session, event: FormSubmitted) -> list[Mark]:
    """Give by what somebody can be blocked who sent this: his own numbers and his address."""
    who = contacts.identity(event.phone, event.email, setup(session).company.country)
    return [Mark(kind, value) for kind, value in who.handles]


def block(
    session: Session, viewer: Viewer, item: Inbound, event: FormSubmitted
) -> Sequence[BlockedSender]:  # fmt: skip
    """Block who sent an item: by his mail address and his number, else by where his browser stands. Gives what is new.

    A server speaks for many, and is never blocked by one of them. What nobody proved may name anybody, and is removed.
    """
    if item.unproven_at is not None and item.became_path is None:
        raise Refusal(
            _("Nobody proved that this is from whom it says: whom it names has nothing to do with it.")
        )
    own = marks(session, event)
    if not own and item.network and not rates.is_of_browser(item):
        raise Refusal(
            _("It names nobody, and came from a server that sends for many: block one of its words instead.")
        )
    own = own or _place(item, event)
    if not own:
        raise Refusal(_("It says nothing by which its sender could be known again."))
    known = {(row.kind, row.value) for row in rows_of(session, own)}
    return [
        add(session, viewer, mark, item.id) for mark in own if (mark.kind, mark.value) not in known
    ]  # fmt: skip


def unblock(session: Session, viewer: Viewer, item: Inbound) -> None:
    """Take back what was blocked at an item."""
    for row in session.scalars(select(BlockedSender).where(BlockedSender.inbound_id == item.id)):
        take_off(session, viewer, row)


def put(session: Session, viewer: Viewer, kind: str, written: str) -> BlockedSender:
    """Block something that somebody wrote; Refusal where it is nothing of that kind."""
    mark = Mark(kind, _read(session, kind, " ".join(written.split())[:TEXT]))
    return next(iter(rows_of(session, [mark])), None) or add(session, viewer, mark, None)


def take_off(session: Session, viewer: Viewer, row: BlockedSender) -> None:
    """Block it no more."""
    audit.record(session, viewer, audit.REMOVED, KIND, row.id, words=row.value)
    session.delete(row)


def add(session: Session, viewer: Viewer, mark: Mark, item_id: int | None) -> BlockedSender:
    """Block it, because of an item or since somebody said so."""
    row = BlockedSender(kind=mark.kind, value=mark.value, by=viewer.user_id, inbound_id=item_id)
    session.add(row)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, row.id, words=row.value)
    return row


def rows_of(session: Session, wanted: Sequence[Mark]) -> Sequence[BlockedSender]:
    """Give those of these that are blocked."""
    values = [mark.value for mark in wanted]
    found = session.scalars(select(BlockedSender).where(BlockedSender.value.in_(values))).all()
    return [row for row in found if Mark(row.kind, row.value) in wanted]


def _domains(event: FormSubmitted) -> list[Mark]:
    domain = event.email.rpartition("@")[2].strip().casefold()
    return [Mark(DOMAIN, domain)] if domain else []


def _place(item: Inbound, event: FormSubmitted) -> list[Mark]:
    address = read_address(item.headers.get(":remote", ""))
    return [Mark(ADDRESS, str(address))] if address and item.network and not event.proven else []


def _stands_in(item: Inbound, event: FormSubmitted, network: str) -> bool:
    address = read_address(item.headers.get(":remote", ""))
    return not event.proven and address is not None and address in ip_network(network)


def _read(session: Session, kind: str, written: str) -> str:
    if kind == MAIL and (address := addresses.read(written)):
        return address.handle
    if kind == DOMAIN and "." in written:
        return written.rpartition("@")[2].casefold()
    if kind == PHONE and (number := numbers.read(written, setup(session).company.country)):
        return number.e164
    if kind == WORD and len(written) >= LETTERS:
        return written.casefold()
    if kind == ADDRESS and (place := _network(written)):
        return place
    raise Refusal(_("This cannot be blocked: “%(what)s” is not of that kind.", what=written))


def _network(written: str) -> str:
    if address := read_address(written):
        return str(address)
    try:
        network = ip_network(written, strict=False) if "/" in written else None
    except ValueError:
        return ""
    if network is not None and network.prefixlen < WIDEST[network.version]:
        raise Refusal(_("This network is too wide to be blocked as a whole: “%(what)s”.", what=written))
    return str(network or "")
