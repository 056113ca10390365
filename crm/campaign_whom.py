"""Whom a campaign would go to if it began now, who is left out, and why: counted, and by name.

Each address is of one fate. It asks the same as crm/campaign_filling.py, of everybody at once and for the reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    false,
    func,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm import segment_rules
from crm.campaign_lines import goes_elsewhere, holds, reached
from crm.campaigns import MAIL, Campaign
from crm.consents import ASKED, GIVEN, Consent
from crm.contacts import Contact, Handle
from crm.segments import Segment
from crm.suppressions import allowed
from hub.languages import N_

GETS, NO_ADDRESS, NO_CHAT, NEVER, UNCONFIRMED, TOOK_BACK, OPPOSED, EXCLUDED, ELSEWHERE = (
    "gets",
    "no-address",
    "no-chat",
    "never",
    "unconfirmed",
    "took-back",
    "opposed",
    "excluded",
    "elsewhere",
)
WORDS: Mapping[str, str] = {
    GETS: N_("get it"),
    NO_ADDRESS: N_("have no mail address"),
    NO_CHAT: N_("have no chat with this channel, or do not let us write there"),
    NEVER: N_("never agreed to this list"),
    UNCONFIRMED: N_("have still to confirm that they agree"),
    TOOK_BACK: N_("took it back"),
    OPPOSED: N_("are not written to"),
    EXCLUDED: N_("are in a segment that is left out"),
    ELSEWHERE: N_("get it at another address of theirs"),
}
MOST_SEGMENTS = 20  # of each sort in one campaign


class Somebody(msgspec.Struct, frozen=True, kw_only=True):
    """An address, or a contact without one ("")."""

    id: int
    address: str
    contact_id: int | None
    name: str


def counts(session: Session, campaign: Campaign) -> dict[str, int]:
    """Count everybody by his fate, those without anybody left out; Refusal where a segment cannot be asked."""
    lines = _lines(session, campaign)
    counted = session.execute(select(lines.c.fate, func.count()).group_by(lines.c.fate)).all()
    found = {GETS: 0, **dict(iter(counted))}
    return {fate: found[fate] for fate in WORDS if fate in found}


def anybody(session: Session, campaign: Campaign) -> bool:
    """Tell whether there is somebody who would get it; Refusal where a segment cannot be asked."""
    lines = _lines(session, campaign)
    return session.scalar(select(lines.c.id).where(lines.c.fate == GETS).limit(1)) is not None


def people(
    session: Session, campaign: Campaign, fate: str, *, after: int = 0, most: int = 100
) -> Sequence[Somebody]:
    """Give those of one fate, in an order in which `after` leads on."""
    lines = _lines(session, campaign)
    wanted = (
        select(lines.c.id, lines.c.address, lines.c.contact_id, Contact.name)
        .outerjoin(Contact, Contact.id == lines.c.contact_id)
        .where(lines.c.fate == fate, lines.c.id > after).order_by(lines.c.id).limit(most)
    )  # fmt: skip
    return [Somebody(id=row_id, address=address or "", contact_id=contact_id, name=name or "")
            for row_id, address, contact_id, name in session.execute(wanted)]  # fmt: skip


def meant_by(session: Session, ids: Sequence[int]) -> list[Select[int]]:
    """Give whom segments mean, whoever asks: the list and its ledger say who may be written to."""
    rows = (session.get(Segment, each) for each in ids)
    return [segment_rules.contacts(session, None, row.rule) for row in rows if row is not None]


def _lines(session: Session, campaign: Campaign) -> Subquery:
    """Give everybody who is meant: the whole ledger of the list, or whoever is in the segments."""
    whom, without = meant_by(session, campaign.segments), meant_by(session, campaign.without)
    return _in_segments(campaign, whom, without) if campaign.segments else _on_the_list(campaign, without)


def _on_the_list(campaign: Campaign, without: Sequence[Select[int]]) -> Subquery:
    fate = case(*_of_the_ledger(campaign), *_of_the_contact(campaign, Handle.contact_id, without), else_=GETS)
    return (
        select(Consent.id.label("id"), Consent.value.label("address"), Handle.contact_id.label("contact_id"),
               fate.label("fate"))
        .outerjoin(Handle, and_(Handle.value == Consent.value, Handle.kind == campaign.handle))
        .where(Consent.list_id == campaign.list_id, Consent.kind == campaign.handle, holds())
        .subquery()
    )  # fmt: skip


def _in_segments(campaign: Campaign, whom: Sequence[Select[int]], without: Sequence[Select[int]]) -> Subquery:
    nobody = Handle.value.is_(null())
    line = and_(
        Consent.list_id == campaign.list_id,
        Consent.kind == campaign.handle,
        Consent.value == Handle.value,
        holds(),
    )
    lacks = NO_ADDRESS if campaign.handle == MAIL else NO_CHAT
    fate = case(
        (nobody, lacks), (Consent.id.is_(null()), NEVER), *_of_the_ledger(campaign),
        *_of_the_contact(campaign, Contact.id, without), else_=GETS,
    )  # fmt: skip
    return (
        select(func.coalesce(Handle.id, Contact.id).label("id"), Handle.value.label("address"),
               Contact.id.label("contact_id"), fate.label("fate"))
        .select_from(Contact)
        .outerjoin(Handle, and_(Handle.contact_id == Contact.id, Handle.kind == campaign.handle))
        .outerjoin(Consent, line)
        .where(_in_one(Contact.id, whom))
        .subquery()
    )  # fmt: skip


def _of_the_ledger(campaign: Campaign) -> list[tuple[ColumnElement[bool], str]]:
    """Say what keeps an address out that has a line: what that says, or what stands against it."""
    opposed = ~allowed(campaign.list_id, Consent.kind, Consent.value)
    unreached = [(not_(each), NO_CHAT) for each in reached(campaign)]
    return [
        (Consent.state == ASKED, UNCONFIRMED),
        (Consent.state != GIVEN, TOOK_BACK),
        (opposed, OPPOSED),
        *unreached,
    ]


def _of_the_contact(
    campaign: Campaign, contact_id: InstrumentedAttribute[int], without: Sequence[Select[int]]
) -> list[tuple[ColumnElement[bool], str]]:
    """Say what keeps an address out that may be written to: whose it is."""
    return [(_in_one(contact_id, without), EXCLUDED), (goes_elsewhere(campaign), ELSEWHERE)]


def _in_one(contact_id: InstrumentedAttribute[int], among: Sequence[Select[int]]) -> ColumnElement[bool]:
    """Tell whether a contact is in one of these; whom nobody knows is in none."""
    return and_(contact_id.is_not(None), or_(false(), *(contact_id.in_(each) for each in among)))
