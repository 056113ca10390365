"""What a card is made of, and how one that became a part of another leads there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import merges, merging
from crm.contacts import Contact, Handle, Organisation, handles_of
from crm.merges import Merge
from crm.setup import setup
from crm.web.names import called, initials, reach
from hub.languages import _, listener
from hub.users import User
from hub.web import moments
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, see_other


class Side(msgspec.Struct, frozen=True):
    """A contact in short."""

    id: int
    name: str
    initials: str
    organisation: str
    reach: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A merge that holds: who became a part of whom, when, and who said so. `href` is the whole card."""

    id: int
    name: str
    into: str
    href: str
    at: datetime
    by: str


async def led_on(request: web.Request, contact_id: int, now_id: int) -> web.StreamResponse:
    """Lead from a card that was merged to the one that it became, and say who merged it, with the way back."""
    address = f"/contacts/{now_id}"
    done = None if is_fragment(request) else await request.app[DB].read(_last, contact_id)
    if done is None:
        return see_other(address)
    if done[1]:
        words = _(
            "%(name)s became a part of this card, %(when)s, by %(who)s",
            name=done[0].name,
            when=done[2],
            who=done[1],
        )
    else:
        words = _("%(name)s became a part of this card, %(when)s", name=done[0].name, when=done[2])
    return await changed(request, Toast(text=words, undo=f"/merges/{done[0].id}"), back=address)


def parts(session: Session, contact_id: int) -> list[Done]:
    """Give the merges that a card is made of, the newest first."""
    return shown_merges(session, merges.merges_into(session, contact_id))


def shown_merges(session: Session, merges: Sequence[Merge]) -> list[Done]:
    """Show merges that hold."""
    if not merges:
        return []
    shown = sides(session, sorted({each for done in merges for each in (done.card_id, done.survivor_id)}))
    people = people_called(session, {done.merged_by for done in merges})
    return [
        Done(
            id=done.id, name=_own_name(session, done, shown[done.card_id]), into=shown[done.survivor_id].name,
            href=f"/contacts/{done.survivor_id}", at=done.merged_at, by=people.get(done.merged_by or 0, ""),
        )
        for done in merges
    ]  # fmt: skip


def _own_name(session: Session, done: Merge, side: Side) -> str:
    """Give what a merged card was called: one without a name has its number or address elsewhere now."""
    card = session.get_one(Contact, done.card_id)
    if card.name.strip():
        return side.name
    handles = merging.handles_at_home(session, done.card_id)
    return called("", handles, setup(session).company.country)


def sides(session: Session, ids: Sequence[int]) -> dict[int, Side]:
    """Show contacts in short."""
    country = setup(session).company.country
    handles = handles_of(session, ids)
    rows = session.execute(
        select(Contact.id, Contact.name, func.coalesce(Organisation.name, ""))
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.id.in_(ids))
    )
    return {
        contact_id: Side(contact_id, called(name, handles[contact_id], country), initials(name), firm,
                         _reached(name, handles[contact_id], country))
        for contact_id, name, firm in rows
    }  # fmt: skip


def _reached(name: str, handles: Sequence[Handle], country: str) -> str:
    """Say how somebody is reached, but for what he is called by already."""
    return reach(handles if name.strip() else handles[1:], country)


def people_called(session: Session, ids: set[int | None]) -> dict[int, str]:
    """Give the names of colleagues."""
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(ids - {None}))).all())


def _last(session: Session, contact_id: int) -> tuple[Done, str, str] | None:
    """Give the merge by which a card went, who made it, and when in words."""
    merge = merges.merge_of(session, contact_id)
    if merge is None:
        return None
    (done,) = shown_merges(session, [merge])
    zone = listener().zone or ZoneInfo(setup(session).company.zone)
    return done, done.by, moments.when(done.at, zone)
