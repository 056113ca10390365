"""What became of a campaign, over the API: the numbers, and the people behind each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy.orm import Session

from crm import campaign_figures, campaign_people, purchases
from crm.campaign_people import Asked
from crm.campaigns import Campaign
from crm.deliveries import Delivery
from crm.web.campaign_people import Person, shown
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

Kind = Literal[
    "sent", "delivered", "bounced", "opened", "not-opened", "clicked", "not-clicked", "replied", "not-replied", "left",
    "complained", "bought", "not-bought", "machine", "waiting", "refused", "unknown", "undecided", "left-out",
    "arrived", "read",
]  # fmt: skip

UNTOLD = (*campaign_people.COUNTED, *campaign_people.TOLD)
"""What may not be told at all."""
Place = Annotated[int, Meta(ge=0, le=9999)]
Code = Annotated[str, Meta(max_length=40)]
Variant = Annotated[str, Meta(pattern="^[A-Z]$")]


class LinkOut(msgspec.Struct, frozen=True, kw_only=True):
    """A counted link of the letter: how many people followed it. The first one is 0."""

    number: int
    variant: str
    address: str
    people: int


class ReasonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why copies came back: the code of the mail servers ("" for none), what it means, and the words of one of them."""

    code: str
    means: str
    example: str
    people: int


class HourOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many people opened and clicked within the hour that begins at `at`."""

    at: datetime
    opened: int
    clicked: int


class FiguresOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a campaign, in people. `opened` and `clicked` are null where it does not count that.

    What is told of letters alone is 0 of a campaign by a messenger, and `arrived` and `read` are null of letters.
    `machine` are those of whose copies a machine opened or followed something, which counts for nobody. `bought`: a
    deal won or money paid within `bought_within_days` after his copy left; that it was because of it is not said.
    `hours` are the first two days.
    """

    sent: int
    arrived: int | None
    read: int | None
    delivered: int
    bounced: int
    opened: int | None
    clicked: int | None
    replied: int
    left: int
    complained: int
    bought: int
    bought_within_days: int
    machine: int
    links: list[LinkOut]
    reasons: list[ReasonOut]
    hours: list[HourOut]


class PeopleQuery(Paging, frozen=True, kw_only=True):
    """Which people."""

    kind: Annotated[Kind, Meta(description="By what became of their copy")] = "sent"
    link: Annotated[Place | None, Meta(description="Who followed this link; the first one is 0")] = None
    variant: Annotated[Variant | None, Meta(description="Whose copy is of this letter")] = None
    hour: Annotated[
        Place | None, Meta(description="Who opened or clicked within this hour; the first is 0")
    ] = None
    code: Annotated[Code | None, Meta(description="Whose copy came back with this code")] = None


class PersonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who got a copy. `at` is when it happened first; `why` says more, as why it came back."""

    id: int
    address: str
    contact: int | None
    name: str
    at: datetime | None
    why: str


@endpoint("GET", "/campaigns/{id}/figures", scope="campaigns:read", role="manager", returns=FiguresOut,
          summary="Get what became of a campaign")  # fmt: skip
async def figures(request: web.Request) -> FiguresOut:
    """Give its numbers."""
    return await request.app[DB].read(_figures, path_id(request))


@endpoint("GET", "/campaigns/{id}/people", scope="campaigns:read", role="manager", query=PeopleQuery, errors=(409,),
          returns=Page[PersonOut], summary="List the people behind a campaign's number, newest copy first")  # fmt: skip
async def people(request: web.Request, query: PeopleQuery) -> Page[PersonOut]:
    """List who is counted."""
    return await request.app[DB].read(_people, viewer_of(request), path_id(request), query)


def _figures(session: Session, campaign_id: int) -> FiguresOut:
    campaign = _found(session, campaign_id)
    counts = campaign_figures.numbers(session, campaign)
    return FiguresOut(
        **{kind: counts.get(kind, 0) for kind in campaign_figures.NUMBERS if kind not in UNTOLD},
        opened=counts.get("opened"), clicked=counts.get("clicked"), arrived=counts.get("arrived"),
        read=counts.get("read"),
        bought_within_days=purchases.DAYS,
        links=[LinkOut(number=each.number, variant=each.variant, address=each.address, people=each.people)
               for each in campaign_figures.links(session, campaign)],
        reasons=[ReasonOut(code=each.code, means=each.means, example=each.example, people=each.people)
                 for each in campaign_figures.reasons(session, campaign)],
        hours=[HourOut(at=each.at, opened=each.opened, clicked=each.clicked)
               for each in campaign_figures.hours(session, campaign)],
    )  # fmt: skip


def _people(session: Session, viewer: Viewer, campaign_id: int, query: PeopleQuery) -> Page[PersonOut]:
    campaign = _found(session, campaign_id)
    if not campaign_people.is_told(campaign, query.kind):
        raise Problem(409, _("This campaign does not count that, so nobody can tell who it was."))
    asked = Asked(
        kind=query.kind, link=query.link, hour=query.hour, variant=query.variant or "", code=query.code
    )
    wanted = [
        newest_first(each, Delivery.id, query) for each in campaign_people.parts(session, campaign, asked)
    ]
    rows = campaign_people.lot(session, wanted, query.limit + 1, newest=True)
    return page_of(shown(session, viewer, query.kind, rows, query.link), query.limit, _person)


def _person(one: Person) -> PersonOut:
    return PersonOut(
        id=one.id, address=one.address, contact=one.contact_id, name=one.name, at=one.at, why=one.why
    )


def _found(session: Session, campaign_id: int) -> Campaign:
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise Problem(404, _("There is no such campaign."))
    return found
