"""The people behind a number of a campaign's: on a page, and as a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_people
from crm.campaign_contents import KIND
from crm.campaign_figures import SAID, meaning
from crm.campaign_people import KINDS, Asked
from crm.campaigns import CANCELLED, Campaign
from crm.contacts import Contact
from crm.copy_events import CLICKED, MACHINES, OPENED, CopyEvent
from crm.deliveries import LEFT, UNKNOWN, Delivery
from crm.exports import BOM, Cell, csv_rows
from crm.rights import sees_contact
from crm.web.campaign_afterwards import href
from crm.web.campaign_editor import campaign_of
from crm.web.campaigns import HERE
from crm.web.composer import whole_number
from crm.web.zones import local, zone_of
from hub import audit
from hub.clock import now
from hub.languages import _, listener
from hub.said import nsaid
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

SHOWN, LOT = 100, 1000
MOST_LINK = 10_000
LONGEST = 40  # letters of a code or a variant


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who got a copy. `contact_id` and `name` are there for who may see the card; `why` says more.

    `is_open`: a person has still to decide on it.
    """

    id: int
    address: str
    contact_id: int | None
    name: str
    at: datetime | None
    why: str
    is_open: bool = False


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _campaign_people.html; `next` leads on, "" at the end."""

    campaign: int
    name: str
    kind: str
    words: str
    total: int
    people: Sequence[Person]
    next: str
    export: str
    here: str
    again: bool


@page("GET", f"{HERE}/{{id}}/people", role="manager")
async def people(request: web.Request) -> web.StreamResponse:
    """Show who is counted: `kind`, and what narrows it."""
    asked, after = _asked(request.query), whole_number(request.query.get("after", ""))
    view = await request.app[DB].read(_view, viewer_of(request), path_id(request), asked, after)
    template = "_campaign_people.html" if is_fragment(request) else "campaign_people.html"
    return await render(request, template, title=f"{view.words}: {view.name}", view=view,
                        back=Back(f"{HERE}/{view.campaign}/afterwards", _("What became of it")))  # fmt: skip


@page("GET", f"{HERE}/{{id}}/people.csv", role="manager")
async def export(request: web.Request) -> web.StreamResponse:
    """Give the same as text of columns, lot by lot; the audit knows how many left, also where somebody hung up."""
    asked, campaign_id, number = _asked(request.query), path_id(request), 0
    name = f"campaign-{campaign_id}-{asked.kind}-{now().astimezone(listener().zone):%Y-%m-%d}.csv"
    response = web.StreamResponse(headers={
        "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    })  # fmt: skip
    lots = _lots(request, campaign_id, asked)
    first = await anext(lots)
    await response.prepare(request)
    await response.write(BOM.encode() + csv_rows([_heads()]))
    try:
        await response.write(csv_rows(first))
        number += len(first)
        async for lot in lots:
            await response.write(csv_rows(lot))
            number += len(lot)
    finally:
        await asyncio.shield(
            request.app[DB].write(_record, viewer_of(request), campaign_id, asked.kind, number)
        )
    await response.write_eof()
    return response


async def _lots(
    request: web.Request, campaign_id: int, asked: Asked
) -> AsyncIterator[Sequence[Sequence[Cell]]]:
    after, more = 0, True
    while more:
        found = await request.app[DB].read(_rows, viewer_of(request), campaign_id, asked, after)
        yield [row for _id, row in found]
        after, more = (found[-1][0] if found else 0), len(found) == LOT


def shown(
    session: Session, viewer: Viewer, kind: str, rows: Sequence[Delivery], link: int | None = None
) -> list[Person]:
    """Give copies as people; who may not see a card is shown the address alone."""
    ids = {each.contact_id for each in rows if each.contact_id}
    seen = select(Contact.id, Contact.name).where(Contact.id.in_(ids), sees_contact(viewer))
    names = dict(session.execute(seen).all()) if ids else {}
    why = _why(session, kind, rows, link)
    return [
        Person(id=each.id, address=each.address, at=campaign_people.moment_of(each, kind), why=why.get(each.id, ""),
               contact_id=each.contact_id if each.contact_id in names else None,
               is_open=each.state == UNKNOWN and each.code != LEFT,
               name=names.get(each.contact_id, "") if each.contact_id else "")
        for each in rows
    ]  # fmt: skip


def _asked(query: Mapping[str, str]) -> Asked:
    kind = query.get("kind", "sent")
    if kind not in KINDS:
        raise Problem(404, _("There is no such number."))
    return Asked(
        kind=kind, link=_number(query, "link"), hour=_number(query, "hour"), variant=query.get("variant", "")[:LONGEST],
        code=query["code"][:LONGEST] if "code" in query else None,
    )  # fmt: skip


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    return min(whole_number(text), MOST_LINK) if text.isascii() and text.isdigit() else None


def _view(session: Session, viewer: Viewer, campaign_id: int, asked: Asked, after: int) -> View:
    campaign = _campaign(session, campaign_id, asked)
    rows = _after(session, campaign, asked, after, SHOWN + 1)
    narrowed = {
        name: value for name, value in msgspec.structs.asdict(asked).items()
        if (name != "kind" and value not in {None, ""}) or (name == "code" and value == "")
    }  # fmt: skip
    here = href(campaign.id, asked.kind, **narrowed)
    return View(
        campaign=campaign.id, name=campaign.name, kind=asked.kind, words=_words(campaign, asked),
        total=campaign_people.count(session, campaign, asked),
        people=shown(session, viewer, asked.kind, rows[:SHOWN], asked.link),
        next=f"{here}&after={rows[SHOWN - 1].id}" if len(rows) > SHOWN else "",
        export=here.replace("/people?", "/people.csv?", 1), here=f"{here}&after={after}" if after else here,
        again=campaign.state != CANCELLED,
    )  # fmt: skip


def _after(session: Session, campaign: Campaign, asked: Asked, after: int, most: int) -> Sequence[Delivery]:
    wanted = [each.where(Delivery.id > after).order_by(Delivery.id)
              for each in campaign_people.parts(session, campaign, asked)]  # fmt: skip
    return campaign_people.lot(session, wanted, most)


def _campaign(session: Session, campaign_id: int, asked: Asked) -> Campaign:
    campaign = campaign_of(session, campaign_id)
    if not campaign_people.is_told(campaign, asked.kind):
        raise Problem(404, _("This campaign does not count that, so nobody can tell who it was."))
    return campaign


def _words(campaign: Campaign, asked: Asked) -> str:
    words = _(campaign_people.word_of(campaign, asked.kind))
    if asked.link is not None:
        return _("%(what)s on link %(number)s", what=words, number=asked.link + 1)
    if asked.code is not None:
        return _("%(what)s: %(why)s", what=words, why=_(meaning(asked.code)))
    return words


def _why(session: Session, kind: str, rows: Sequence[Delivery], link: int | None) -> dict[int, str]:
    """Say more of each: why it came back or was left out, on which links somebody pressed, why it was a machine."""
    if kind in {"bounced", "left-out", "refused", "unknown", "undecided", "waiting"}:
        return {each.id: _last_word(each) for each in rows}
    if kind not in {"machine", CLICKED} or link is not None:
        return {}
    by_machine = CopyEvent.machine != "" if kind == "machine" else CopyEvent.machine == ""
    kinds = (OPENED, CLICKED) if kind == "machine" else (CLICKED,)
    found = select(CopyEvent.delivery_id, CopyEvent.kind, CopyEvent.link, CopyEvent.machine).where(
        CopyEvent.delivery_id.in_([each.id for each in rows]), CopyEvent.kind.in_(kinds), by_machine
    )
    said: dict[int, list[str]] = {}
    for delivery_id, what, number, machine in session.execute(found.order_by(CopyEvent.id)):
        words = _(MACHINES[machine]) if machine else _("link %(number)s", number=(number or 0) + 1)
        words = f"{_(KINDS[what])}: {words}" if machine else words
        if words not in said.setdefault(delivery_id, []):
            said[delivery_id].append(words)
    return {each: ", ".join(words) for each, words in said.items()}


def _last_word(copy: Delivery) -> str:
    if copy.code in SAID:
        return copy.why
    if copy.state == UNKNOWN:
        left = _("It was left as it is.") if copy.code == LEFT else ""
        return f"{copy.why} {left}".strip()
    return copy.why if copy.code in copy.why else f"{copy.code} {copy.why}".strip()


def _heads() -> Sequence[Cell]:
    return [_("Address"), _("Name"), _("When"), _("Why")]


def _rows(
    session: Session, viewer: Viewer, campaign_id: int, asked: Asked, after: int
) -> list[tuple[int, Sequence[Cell]]]:
    campaign, zone = _campaign(session, campaign_id, asked), zone_of(session)
    rows = _after(session, campaign, asked, after, LOT)
    return [
        (each.id, [each.address, each.name, local(each.at, zone), each.why])
        for each in shown(session, viewer, asked.kind, rows, asked.link)
    ]


def _record(session: Session, viewer: Viewer, campaign_id: int, kind: str, number: int) -> None:
    words = nsaid("%(num)s person (%(kind)s) as csv", "%(num)s people (%(kind)s) as csv", number, kind=kind)
    audit.record(session, viewer, audit.EXPORTED, KIND, campaign_id, words=words)
