"""The room Deals: a board with a column for each stage of a pipeline, and what its deals come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from aiohttp import web
from multidict import MultiMapping
from sqlalchemy.orm import Session
from yarl import URL

from crm import deal_board, pipelines
from crm.deal_board import CLOSING, DEPARTMENT, MINE, STALE, Figures, Wanted
from crm.pipelines import Pipeline, Stage
from crm.web.amounts import brief
from crm.web.deal_cards import DealCard, cards
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import N_, _, ngettext
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keyboard import add_key
from hub.web.keys import DB
from hub.web.pages import ID_DIGITS, is_fragment, page, render, viewer_of

HERE = "/deals"
FIRST, MORE, MOST = 12, 50, 1_000
"""How many deals of a stage are shown at once, how many more at a press, and at most."""
LONGEST = 200

add_room(Room(href=HERE, name=N_("Deals"), icon="board", order=4, key="d"))
add_key("Space", N_("Lift a deal on the board; arrows move it, Space puts it down"))


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A way to look at the board."""

    words: str
    href: str
    current: bool
    count: int = 0
    icon: str = ""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A stage on the board; `more` leads to the board with more of its deals."""

    id: int
    name: str
    ends: str
    count: int
    worth: str
    cards: Sequence[DealCard]
    left: int
    more: str


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deals.html."""

    here: str
    pipeline: int
    pipelines: Sequence[Chip]
    whose: Sequence[Chip]
    chips: Sequence[Chip]
    responsible: int
    responsibles: Sequence[tuple[int, str]]
    source: str
    sources: Sequence[str]
    kept: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    sub: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an address asks for; `more` is how many deals are shown, by stage."""

    wanted: Wanted
    more: Mapping[int, int] = {}

    def href(self, **other: object) -> str:
        """Give the address of this board with something else."""
        wanted = msgspec.structs.replace(self.wanted, **other)
        query = {
            "pipeline": wanted.pipeline_id, "whose": wanted.whose, "responsible": wanted.responsible_id,
            "source": wanted.source, "show": wanted.show,
        }  # fmt: skip
        return str(URL(HERE).with_query({name: str(value) for name, value in query.items() if value}))

    def with_more(self, stage_id: int = 0) -> str:
        """Give its address with what is shown of each stage, and with more of one."""
        more = dict(self.more)
        if stage_id:
            more[stage_id] = min(more.get(stage_id, FIRST) + MORE, MOST)
        return str(URL(self.href()).update_query({"more": [f"{one}.{many}" for one, many in more.items()]}))


@page("GET", HERE)
async def board(request: web.Request) -> web.StreamResponse:
    """Show the board."""
    shown = await request.app[DB].read(_board, viewer_of(request), asked_in(request.query))
    template = "_deals.html" if is_fragment(request) else "deals.html"
    viewer = viewer_of(request)
    return await render(
        request, template, title=_("Deals"), board=shown, may_set_up=viewer.sees_all,
        may_bring=viewer.role == "admin",
    )  # fmt: skip


def asked_in(query: MultiMapping[str]) -> Asked:
    """Read what is wanted; what cannot be read is not asked for."""
    wanted = Wanted(
        pipeline_id=number(query.get("pipeline", "")), whose=one_of(query.get("whose", ""), MINE, DEPARTMENT),
        responsible_id=number(query.get("responsible", "")),
        source=query.get("source", "").replace("\0", "")[:LONGEST],
        show=one_of(query.get("show", ""), STALE, CLOSING),
    )  # fmt: skip
    more = {}
    for text in query.getall("more", [])[:MORE]:
        stage, _dot, many = text.partition(".")
        if number(stage) and number(many):
            more[number(stage)] = min(number(many), MOST)
    return Asked(wanted=wanted, more=more)


def number(text: str) -> int:
    """Read a number of a record; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < ID_DIGITS else 0


def one_of(text: str, *known: str) -> str:
    """Give it if it is known."""
    return text if text in known else ""


def chosen(listed: Sequence[Pipeline], wanted: int) -> Pipeline | None:
    """Give the pipeline that is asked for, else the first."""
    return next((each for each in listed if each.id == wanted), listed[0] if listed else None)


def today_of(session: Session) -> date:
    """Give the day it is for whoever listens."""
    return now().astimezone(zone_of(session)).date()


def _board(session: Session, viewer: Viewer, asked: Asked) -> Board:
    listed = pipelines.pipelines(session)
    pipeline = chosen(listed, asked.wanted.pipeline_id)
    pipeline_id = pipeline.id if pipeline else 0
    asked = msgspec.structs.replace(
        asked, wanted=msgspec.structs.replace(asked.wanted, pipeline_id=pipeline_id)
    )
    wanted, today = asked.wanted, today_of(session)
    stages = pipelines.stages_of(session, [pipeline_id])[pipeline_id] if pipeline else []
    whole = deal_board.figures(session, viewer, msgspec.structs.replace(wanted, show=""), stages, today)
    counted = deal_board.figures(session, viewer, wanted, stages, today) if wanted.show else whole
    most = {stage.id: asked.more.get(stage.id, FIRST) for stage in stages}
    found = deal_board.first_of(session, viewer, wanted, stages, most, today)
    shown = cards(session, viewer, found, stages)
    return Board(
        here=asked.with_more(), pipeline=pipeline_id, sub=_sub(stages, counted),
        pipelines=_pipelines(listed, pipeline_id), whose=_whose(viewer, asked), chips=_chips(asked, whole),
        responsible=wanted.responsible_id, source=wanted.source,
        responsibles=deal_board.responsibles(session, viewer, pipeline_id),
        sources=deal_board.sources(session, viewer, pipeline_id),
        kept=[pair for pair in URL(asked.href()).query.items() if pair[0] not in {"responsible", "source"}],
        columns=[_column(stage, counted[stage.id], shown[stage.id], asked) for stage in stages],
    )  # fmt: skip


def _column(stage: Stage, figures: Figures, shown: Sequence[DealCard], asked: Asked) -> Column:
    left = figures.count - len(shown)
    return Column(
        id=stage.id, name=stage.name, ends=stage.ends, count=figures.count, cards=shown, left=max(0, left),
        worth=worth(figures), more=asked.with_more(stage.id) if left > 0 else "",
    )  # fmt: skip


def worth(figures: Figures) -> str:
    """Say what the deals of a stage come to."""
    return ", ".join(brief(each.value, each.currency) for each in figures.worth)


def _sub(stages: Sequence[Stage], counted: Mapping[int, Figures]) -> str:
    """Say it of all that go on: how many, how much, and how much of it is probable."""
    going = [counted[stage.id] for stage in stages if not stage.ends]
    count = sum(each.count for each in going)
    sums: dict[str, tuple[int, int]] = {}
    for each in (one for figures in going for one in figures.worth):
        value, weighted = sums.get(each.currency, (0, 0))
        sums[each.currency] = value + each.value, weighted + each.weighted
    words = [ngettext("%(num)s open", "%(num)s open", count, num=count)]
    for currency, (value, weighted) in sums.items():
        words.append(brief(value, currency))
        words.append(_("weighted %(sum)s", sum=brief(weighted, currency)))
    return ", ".join(words)


def _pipelines(listed: Sequence[Pipeline], current: int) -> Sequence[Chip]:
    return [
        Chip(words=each.name, href=f"{HERE}?pipeline={each.id}", current=each.id == current)
        for each in listed
    ]


def _whose(viewer: Viewer, asked: Asked) -> Sequence[Chip]:
    ways = [("", _("All")), (MINE, _("Mine"))]
    if viewer.department_id is not None:
        ways.append((DEPARTMENT, _("My department")))
    return [
        Chip(words=words, href=asked.href(whose=way), current=asked.wanted.whose == way)
        for way, words in ways
    ]


def _chips(asked: Asked, whole: Mapping[int, Figures]) -> Sequence[Chip]:
    """Offer what needs a look; a press on the current one shows all again."""
    ways = (
        (STALE, _("Stands too long"), sum(each.stale for each in whole.values())),
        (CLOSING, _("Closing this week"), sum(each.closing for each in whole.values())),
    )
    now_shown = asked.wanted.show
    return [
        Chip(words=words, count=count, href=asked.href(show="" if now_shown == way else way), current=now_shown == way)
        for way, words, count in ways
        if count or now_shown == way
    ]  # fmt: skip
