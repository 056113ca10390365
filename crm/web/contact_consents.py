"""On a card: what somebody agreed to get, how that came about, and a colleague who writes down what he hears.

Both ways need words. What he says by telephone counts as he said it: where a list is confirmed by a letter, one leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from crm import campaign_ways, consent_letters, consents, desk, suppressions
from crm.consents import CALL, CHAT, GIVEN, MAIL, PERSON, WITHDRAWN, Consent, Origin
from crm.contacts import MAIL as MAIL_HANDLE
from crm.contacts import Contact, Handle
from crm.desk import ID_DIGITS
from crm.mailing_lists import MailingList, mailing_lists
from crm.suppressions import REASONS, Suppression
from crm.web.consent_words import SOURCES, STATES, named, told
from crm.web.seen import visible
from hub import audit
from hub.languages import _
from hub.said import said
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of
from hub.web.problems import Problem

HEARD = (CALL, PERSON, MAIL, CHAT)
"""Where a colleague can have heard it."""
LEAST = 3
SHOWN = 20


class Address(NamedTuple):
    """A mail address, or how a messenger knows him: a kind of handle and its value."""

    kind: str
    value: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for an address on a list, and how that came about; `given`: it can be taken back."""

    list_id: int
    name: str
    address: str
    given: bool
    state: str
    words: str
    at: datetime


class Consents(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _contact_consents.html. `barred` says in words why an address gets nothing."""

    contact_id: int
    addresses: Sequence[str]
    choices: Sequence[tuple[str, str]]
    lists: Sequence[tuple[int, str]]
    sources: Sequence[tuple[str, str]]
    held: Sequence[Held]
    past: Sequence[Held]
    barred: Sequence[str]


@page("POST", "/contacts/{id}/consents")
async def give(request: web.Request) -> web.StreamResponse:
    """Write down that he agreed."""
    fields = await form(request)
    name, given = await request.app[DB].write(
        _give, viewer_of(request), path_id(request), fields, base_url(request)
    )
    words = (
        _("Agreed to: %(list)s", list=name)
        if given
        else _("A letter asks him to confirm: %(list)s", list=name)
    )
    return await changed(request, Toast(text=words))


@page("POST", "/contacts/{id}/consents/withdrawal")
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Write down that he takes it back."""
    name = await request.app[DB].write(_withdraw, viewer_of(request), path_id(request), await form(request))
    return await changed(request, Toast(text=_("Gets no more of: %(list)s", list=name)))


def consents_of(session: Session, contact_id: int) -> Consents | None:
    """Give what a contact agreed to; None where he has no address, or there is no list."""
    lists, addresses = mailing_lists(session), _addresses(session, contact_id)
    lines = _lines(session, addresses)
    if not addresses or not (lists or lines):
        return None
    names = dict(session.execute(select(MailingList.id, MailingList.name)).all())
    newest = {(line.kind, line.value, line.list_id): line for line in reversed(lines)}
    past = [line for line in lines if newest[line.kind, line.value, line.list_id] is not line]
    return Consents(
        contact_id=contact_id, addresses=[named(*each) for each in addresses],
        choices=[(named(*each), named(*each)) for each in addresses],
        lists=[(each.id, each.name) for each in lists],
        sources=[(each, _(SOURCES[each])) for each in HEARD],
        held=[_held(session, line, names) for line in lines
              if newest[line.kind, line.value, line.list_id] is line],
        past=[_held(session, line, names) for line in past[:SHOWN]], barred=_barred(session, addresses, names),
    )  # fmt: skip


def _held(session: Session, line: Consent, names: Mapping[int, str]) -> Held:
    address = named(line.kind, line.value)
    return Held(
        list_id=line.list_id, name=names.get(line.list_id, ""), address=address, at=line.at,
        given=line.state != WITHDRAWN, state=_(STATES[line.state]), words=told(session, line),
    )  # fmt: skip


def _lines(session: Session, addresses: Sequence[Address]) -> Sequence[Consent]:
    """Give what his addresses agreed to, the newest first."""
    kinds = {each.kind: [other.value for other in addresses if other.kind == each.kind] for each in addresses}
    found = [line for kind, values in kinds.items() for line in consents.lines_of(session, kind, values)]
    return sorted(found, key=lambda line: -line.id)


def _barred(session: Session, addresses: Sequence[Address], names: Mapping[int, str]) -> Sequence[str]:
    rows = select(Suppression).where(
        Suppression.lifted_at.is_(None), tuple_(Suppression.kind, Suppression.value).in_(addresses),
        Suppression.reason != suppressions.UNSUBSCRIBED,
    )  # fmt: skip
    return [
        _("%(address)s gets no newsletters (%(what)s): %(why)s", address=row.value, why=_(REASONS[row.reason]),
          what=names.get(row.list_id or 0) or _("everything"))
        for row in session.scalars(rows.order_by(Suppression.id).limit(SHOWN))
    ]  # fmt: skip


def _addresses(session: Session, contact_id: int) -> Sequence[Address]:
    """Give his mail addresses, then how messengers know him by which campaigns go."""
    kinds = (MAIL_HANDLE, *campaign_ways.handles())
    own = select(Handle.kind, Handle.value).where(Handle.contact_id == contact_id, Handle.kind.in_(kinds))
    found = [Address(*row) for row in session.execute(own.order_by(Handle.id))]
    return sorted(found, key=lambda each: each.kind != MAIL_HANDLE)


def _give(
    session: Session, viewer: Viewer, contact_id: int, fields: Mapping[str, str], base: str
) -> tuple[str, bool]:
    contact = visible(session, viewer, contact_id)
    of, address, words = _said(session, contact, fields)
    source = fields.get("source", "")
    if source not in HEARD:
        raise Problem(422, _("Say how he told you."))
    origin = Origin(source=source, words=words, contact_id=contact.id, by=viewer.user_id)
    line = consent_letters.agree(session, of, address.value, origin, base, address.kind)
    audit.record(session, viewer, audit.CHANGED, "contact", contact.id,
                 words=said("agreed to “%(list)s”: %(why)s", list=of.name, why=words))  # fmt: skip
    desk.contact_changed(session, contact)
    return of.name, line.state == GIVEN


def _withdraw(session: Session, viewer: Viewer, contact_id: int, fields: Mapping[str, str]) -> str:
    contact = visible(session, viewer, contact_id)
    of, address, words = _said(session, contact, fields)
    origin = Origin(source=PERSON, words=words, contact_id=contact.id, by=viewer.user_id)
    consents.withdraw(session, of.id, address.kind, address.value, origin)
    audit.record(session, viewer, audit.CHANGED, "contact", contact.id,
                 words=said("takes “%(list)s” back: %(why)s", list=of.name, why=words))  # fmt: skip
    desk.contact_changed(session, contact)
    return of.name


def _said(session: Session, contact: Contact, fields: Mapping[str, str]) -> tuple[MailingList, Address, str]:
    number, words = fields.get("list", ""), " ".join(fields.get("words", "").split())
    is_id = number.isascii() and number.isdigit() and len(number) <= ID_DIGITS
    of = session.get(MailingList, int(number)) if is_id else None
    if of is None:
        raise Problem(422, _("There is no such list."))
    address = next(
        (each for each in _addresses(session, contact.id) if named(*each) == fields.get("address")), None
    )
    if address is None:
        raise Problem(422, _("This address does not belong to the card any more."))
    if len(words) < LEAST:
        raise Problem(422, _("Write down in words what he said."))
    return of, address, words
