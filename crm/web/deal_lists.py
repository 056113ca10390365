"""Deals as a list that is sorted by its heads, those that ended too; and the forecast, by month and stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from crm import deal_lists, pipelines
from crm.deal_board import DEPARTMENT, MINE, Wanted, Worth
from crm.deal_lists import GOING, LOST, SORTS, STATES, WON, Cell, Month, added
from crm.deals import Deal
from crm.pipelines import Stage
from crm.web import amounts
from crm.web.amounts import brief
from crm.web.deal_cards import contact_names
from crm.web.deal_moves import stage_names
from crm.web.deals import HERE, Chip, asked_in, chosen, number, one_of, today_of
from crm.web.people import people_of
from crm.web.zones import zone_of
from hub.languages import N_, _, ngettext
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.moments import written
from hub.web.pages import is_fragment, page, render, viewer_of

LIST, FORECAST = f"{HERE}/list", f"{HERE}/forecast"
PER_PAGE, FURTHEST = 50, 100_000
HEADS = (
    ("title", N_("Deal")), ("contact", N_("Contact")), ("stage", N_("Stage")), ("value", N_("Value")),
    ("expected", N_("Expected")), ("changed", N_("Changed")),
)  # fmt: skip
STATE_WORDS = {GOING: N_("Open"), WON: N_("Won deals"), LOST: N_("Lost deals"), "all": N_("All")}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One deal of the list."""

    id: int
    title: str
    contact: str
    stage: str
    value: str
    expected: str
    late: bool
    changed_at: datetime
    responsible: str


class Head(msgspec.Struct, frozen=True):
    """A column's head that sorts."""

    words: str
    href: str
    direction: str
    name: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_list.html."""

    here: str
    states: Sequence[Chip]
    whose: Sequence[Chip]
    heads: Sequence[Head]
    rows: Sequence[Row]
    told: str
    earlier: str
    next: str


class MonthRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected in one month: `cells` by stage, as pairs of a sum and how many, and all of it."""

    name: str
    late: bool
    cells: Sequence[tuple[str, int]]
    count: int
    value: str
    weighted: str


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_forecast.html."""

    here: str
    pipelines: Sequence[Chip]
    whose: Sequence[Chip]
    stages: Sequence[tuple[str, int]]
    months: Sequence[MonthRow]
    value: str
    weighted: str


@page("GET", LIST)
async def listed(request: web.Request) -> web.StreamResponse:
    """Show the list."""
    wanted, query = asked_in(request.query).wanted, request.query
    state = one_of(query.get("state", ""), *STATES) or GOING
    sort = query.get("sort", "-changed")
    start = min(number(query.get("from", "")), FURTHEST)
    shown = await request.app[DB].read(_listed, viewer_of(request), wanted, state, sort, start)
    template = "_deal_list.html" if is_fragment(request) else "deal_list.html"
    return await render(request, template, title=_("Deals"), back=Back(HERE, _("The board")), list=shown)


@page("GET", FORECAST)
async def forecast(request: web.Request) -> web.StreamResponse:
    """Show what is expected to be won, and when."""
    shown = await request.app[DB].read(_forecast, viewer_of(request), asked_in(request.query).wanted)
    template = "_deal_forecast.html" if is_fragment(request) else "deal_forecast.html"
    return await render(
        request, template, title=_("Forecast"), back=Back(HERE, _("The board")), forecast=shown
    )


def _listed(session: Session, viewer: Viewer, wanted: Wanted, state: str, sort: str, start: int) -> Listed:
    name, down = sort.removeprefix("-"), sort.startswith("-")
    if name not in SORTS:
        name, down = "changed", True

    def href(**other: object) -> str:
        query = {"pipeline": wanted.pipeline_id, "whose": wanted.whose, "state": state, "sort": sort} | other
        return str(URL(LIST).with_query({key: str(value) for key, value in query.items() if value}))

    found = deal_lists.rows(session, viewer, wanted, state, name, down=down, start=start, most=PER_PAGE + 1)
    count, worth = deal_lists.total(session, viewer, wanted, state)
    sums = [ngettext("%(num)s deal", "%(num)s deals", count, num=count), *_sums(worth)]
    return Listed(
        here=href(**{"from": start}), rows=_rows(session, found[:PER_PAGE]), told=", ".join(sums),
        states=[
            Chip(words=_(words), href=href(state=each), current=each == state)
            for each, words in STATE_WORDS.items()
        ],
        whose=_whose(viewer, wanted, href),
        heads=[
            Head(_(words), href(sort=each if each == name and down else f"-{each}" if each == name else each),
                 ("descending" if down else "ascending") if each == name else "", each)
            for each, words in HEADS
        ],
        earlier=href(**{"from": max(0, start - PER_PAGE)}) if start else "",
        next=href(**{"from": start + PER_PAGE}) if len(found) > PER_PAGE else "",
    )  # fmt: skip


def _rows(session: Session, found: Sequence[Deal]) -> Sequence[Row]:
    names = contact_names(session, {deal.contact_id for deal in found})
    stages = stage_names(session, {deal.stage_id for deal in found})
    people = people_of(session, {deal.responsible_id for deal in found}, zone_of(session))
    today = today_of(session)
    return [
        Row(
            id=deal.id, title=deal.title, contact=names.get(deal.contact_id, ""), stage=stages[deal.stage_id],
            value=amounts.worth(deal.value, deal.currency), changed_at=deal.changed_at,
            expected=written(deal.expected_on, "d MMM y") if deal.expected_on else "",
            late=bool(deal.is_open and deal.expected_on and deal.expected_on < today),
            responsible=people[deal.responsible_id or 0].name if deal.responsible_id in people else "",
        )
        for deal in found
    ]  # fmt: skip


def _whose(viewer: Viewer, wanted: Wanted, href: Callable[..., str]) -> Sequence[Chip]:
    ways = [("", _("All")), (MINE, _("Mine"))]
    if viewer.department_id is not None:
        ways.append((DEPARTMENT, _("My department")))
    return [Chip(words=words, href=href(whose=way), current=wanted.whose == way) for way, words in ways]


def _forecast(session: Session, viewer: Viewer, wanted: Wanted) -> Forecast:
    every = pipelines.pipelines(session)
    pipeline = chosen(every, wanted.pipeline_id)
    wanted = msgspec.structs.replace(wanted, pipeline_id=pipeline.id if pipeline else 0)

    def href(**other: object) -> str:
        query = {"pipeline": wanted.pipeline_id, "whose": wanted.whose} | other
        return str(URL(FORECAST).with_query({key: str(value) for key, value in query.items() if value}))

    found = deal_lists.forecast(session, viewer, wanted, today_of(session)) if pipeline else {}
    listed = pipelines.stages_of(session, [pipeline.id])[pipeline.id] if pipeline else []
    stages = [stage for stage in listed if not stage.ends]
    every_worth = added([each for cells in found.values() for cell in cells.values() for each in cell.worth])
    return Forecast(
        here=href(), whose=_whose(viewer, wanted, href),
        pipelines=[Chip(words=each.name, href=href(pipeline=each.id), current=each is pipeline) for each in every],
        stages=[(stage.name, stage.probability) for stage in stages],
        months=[_month(month, cells, stages) for month, cells in found.items()],
        value=", ".join(_sums(every_worth)), weighted=", ".join(_weighted(every_worth)),
    )  # fmt: skip


def _month(month: Month, cells: Mapping[int, Cell], stages: Sequence[Stage]) -> MonthRow:
    worth = added([each for cell in cells.values() for each in cell.worth])
    shown = [cells.get(stage.id, Cell(0, ())) for stage in stages]
    return MonthRow(
        name=written(month.first, "LLLL y").capitalize() if month.first else _("No date"), late=month.late,
        cells=[(", ".join(_sums(cell.worth)), cell.many) for cell in shown],
        count=sum(cell.many for cell in cells.values()), value=", ".join(_sums(worth)),
        weighted=", ".join(_weighted(worth)),
    )  # fmt: skip


def _sums(worth: Sequence[Worth]) -> Sequence[str]:
    return [brief(each.value, each.currency) for each in worth]


def _weighted(worth: Sequence[Worth]) -> Sequence[str]:
    return [brief(each.weighted, each.currency) for each in worth]
