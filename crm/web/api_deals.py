"""Deals over the API: opened, found, changed, moved from stage to stage, and what is sold in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import ColumnElement, false, not_, select
from sqlalchemy.orm import Session

from crm import deal_changes, deal_line_changes, deal_moves, run_mending
from crm.deal_changes import Answer, DealChange, NewDeal
from crm.deals import Deal, is_open, moves_of
from crm.desk import WHY
from crm.pipelines import LostReason
from crm.rights import sees_deal
from crm.web.api_deal_lines import read_lines, seen
from crm.web.api_deal_shapes import Currency, Day, DealLineIn, DealMoveOut, DealOut, Percent, Sum
from crm.web.api_references import contact_with, department_name, department_named, person_with
from crm.web.api_shapes import Id, Line, Name, Number, Plain, Whole
from hub.shapes import convert
from hub.users import User, Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of

Whose = Annotated[str, Meta(pattern="^(me|none|[1-9][0-9]{0,17})$")]
Answers = dict[
    Name, Annotated[str, Meta(max_length=deal_changes.LONGEST_ANSWER)] | Whole | Number | bool | None
]
AS_KEPT = (
    "id", "title", "value", "currency", "probability", "expected_on", "source", "made_at", "changed_at", "stage_since",
    "won_at", "lost_at", "lost_why",
)  # fmt: skip
OF_A_MOVE = ("id", "at", "by", "why")


class DealQuery(Paging, frozen=True, kw_only=True):
    """Which deals."""

    contact: Annotated[Id | None, Meta(description="Only those with the contact of this id")] = None
    pipeline: Annotated[Id | None, Meta(description="Only those of the pipeline of this id")] = None
    stage: Annotated[Id | None, Meta(description="Only those in the stage of this id")] = None
    responsible: Annotated[Whose | None, Meta(description="A user's id; me; or none")] = None
    open: Annotated[bool | None, Meta(description="Only those that go on, or that are won or lost")] = None


class DealIn(Body, frozen=True, kw_only=True):
    """A new deal. Without `stage` it begins in the first of `pipeline`, or of the first pipeline.

    Without `responsible` it is the contact's responsible's. `lines` say its value themselves.
    """

    contact: Id
    title: Name
    pipeline: Id | None = None
    stage: Id | None = None
    value: Sum = 0
    currency: Currency | None = None
    probability: Percent | None = None
    expected_on: Day | None = None
    source: Line = ""
    department: Line | None = None
    responsible: Id | None = None
    interaction: Id | None = None
    fields: Annotated[Answers, Meta(max_length=deal_changes.MOST_FIELDS)] | UnsetType = UNSET
    lines: Annotated[list[DealLineIn], Meta(max_length=deal_line_changes.MOST)] | UnsetType = UNSET


class DealPatch(Body, frozen=True, kw_only=True):
    """What a deal is to be; what is left out stays, a field of null is taken away."""

    title: Name | UnsetType = UNSET
    value: Sum | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    probability: Percent | UnsetType | None = UNSET
    expected_on: Day | UnsetType | None = UNSET
    source: Line | UnsetType = UNSET
    department: Line | UnsetType | None = UNSET
    responsible: Id | UnsetType | None = UNSET
    fields: Annotated[Answers, Meta(max_length=deal_changes.MOST_FIELDS)] | UnsetType = UNSET


class MoveIn(Body, frozen=True, kw_only=True):
    """Where a deal is to go. `was` is the stage in which it was seen: 409 if somebody moved it elsewhere meanwhile.

    One that is lost needs the id of a reason (`GET /lost-reasons`), or words where there is none to choose from. With
    `end_runs` what processes have under way for it ends as well, with its tasks and visits.
    """

    stage: Id
    was: Id | None = None
    why: Annotated[str, Meta(max_length=WHY)] = ""
    lost_reason: Id | None = None
    end_runs: bool = False


@endpoint("GET", "/deals", scope="deals:read", query=DealQuery, returns=Page[DealOut],
          summary="List deals, newest first")  # fmt: skip
async def listed(request: web.Request, query: DealQuery) -> Page[DealOut]:
    """List deals."""
    return await request.app[DB].read(_listed, viewer_of(request), query)


@endpoint("GET", "/deals/{id}", scope="deals:read", returns=DealOut, etag=tag_of, summary="Get one deal")
async def deal(request: web.Request) -> DealOut:
    """Give one deal."""
    return await request.app[DB].read(_deal, viewer_of(request), path_id(request))


@endpoint("POST", "/deals", scope="deals:write", body=DealIn, returns=DealOut, status=201, etag=tag_of,
          summary="Open a deal with a contact")  # fmt: skip
async def make(request: web.Request, body: DealIn) -> DealOut:
    """Open a deal."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("PATCH", "/deals/{id}", scope="deals:write", body=DealPatch, returns=DealOut, etag=tag_of,
          summary="Change a deal")  # fmt: skip
async def change(request: web.Request, body: DealPatch) -> DealOut:
    """Change a deal."""
    return await write(request, _change, viewer_of(request), path_id(request), body, if_match(request))


@endpoint("POST", "/deals/{id}/move", scope="deals:write", body=MoveIn, returns=DealOut, etag=tag_of,
          summary="Move a deal to a stage, which may win it, lose it, or have it go on again")  # fmt: skip
async def move(request: web.Request, body: MoveIn) -> DealOut:
    """Move a deal."""
    return await write(request, _move, viewer_of(request), path_id(request), body, if_match(request))


@endpoint("GET", "/deals/{id}/moves", scope="deals:read", returns=list[DealMoveOut],
          summary="List how a deal came to where it is, oldest first")  # fmt: skip
async def moves(request: web.Request) -> list[DealMoveOut]:
    """List its moves."""
    return await request.app[DB].read(_moves, viewer_of(request), path_id(request))


def _listed(session: Session, viewer: Viewer, query: DealQuery) -> Page[DealOut]:
    wanted = select(Deal).where(sees_deal(viewer))
    if query.contact is not None:
        wanted = wanted.where(Deal.contact_id == query.contact)
    if query.pipeline is not None:
        wanted = wanted.where(Deal.pipeline_id == query.pipeline)
    if query.stage is not None:
        wanted = wanted.where(Deal.stage_id == query.stage)
    if query.responsible is not None:
        wanted = wanted.where(_whose(viewer, query.responsible))
    if query.open is not None:
        wanted = wanted.where(is_open() if query.open else not_(is_open()))
    rows = session.scalars(newest_first(wanted, Deal.id, query)).all()
    shown = _shown(session, rows)
    return page_of(rows, query.limit, lambda row: shown[row.id])


def _whose(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    if whose.strip() == "none":
        return Deal.responsible_id.is_(None)
    if whose.strip() == "me":
        return Deal.responsible_id == viewer.user_id if viewer.user_id else false()
    return Deal.responsible_id == int(whose)


def _deal(session: Session, viewer: Viewer, deal_id: int) -> DealOut:
    return _one(session, seen(session, viewer, deal_id))


def _make(session: Session, viewer: Viewer, new: DealIn) -> DealOut:
    contact = contact_with(session, viewer, new.contact)
    place = None if new.department is None else department_named(session, new.department)
    person = None if new.responsible is None else person_with(session, new.responsible, "/responsible")
    made = deal_changes.open_deal(session, viewer, contact, NewDeal(
        title=new.title, pipeline_id=new.pipeline, stage_id=new.stage, value=new.value, currency=new.currency or "",
        probability=new.probability, expected_on=new.expected_on, source=new.source, fields=_said(new.fields),
        responsible_id=person.id if person else None, department_id=place.id if place else None,
        interaction_id=new.interaction,
    ))  # fmt: skip
    if new.lines is not UNSET:
        deal_line_changes.set_lines(session, viewer, made, read_lines(new.lines))
    return _one(session, made)


def _change(session: Session, viewer: Viewer, deal_id: int, wanted: DealPatch, match: Match) -> DealOut:
    found = seen(session, viewer, deal_id)
    match.check(tag_of(_one(session, found)))
    deal_changes.change(session, viewer, found, DealChange(
        title=wanted.title, value=wanted.value, currency=wanted.currency, probability=wanted.probability,
        expected_on=wanted.expected_on, source=wanted.source, fields=wanted.fields,
    ))  # fmt: skip
    if wanted.responsible is not UNSET or wanted.department is not UNSET:
        _give(session, viewer, found, wanted)
    return _one(session, found)


def _give(session: Session, viewer: Viewer, found: Deal, wanted: DealPatch) -> None:
    """Hand it over as it is wanted; what is left out stays."""
    user_id = found.responsible_id if wanted.responsible is UNSET else wanted.responsible
    user = session.get(User, user_id) if user_id is not None else None
    if user_id is not None and wanted.responsible is not UNSET:
        user = person_with(session, user_id, "/responsible")
    place = found.department_id
    if wanted.department is not UNSET:
        place = None if wanted.department is None else department_named(session, wanted.department).id
    deal_changes.give(session, viewer, found, user, place)


def _move(session: Session, viewer: Viewer, deal_id: int, wanted: MoveIn, match: Match) -> DealOut:
    found = seen(session, viewer, deal_id)
    match.check(tag_of(_one(session, found)))
    go = run_mending.lose if wanted.end_runs else deal_moves.move
    go(
        session, viewer, found, wanted.stage, was=wanted.was, why=wanted.why, lost_reason_id=wanted.lost_reason
    )  # fmt: skip
    return _one(session, found)


def _moves(session: Session, viewer: Viewer, deal_id: int) -> list[DealMoveOut]:
    found = moves_of(session, seen(session, viewer, deal_id).id)
    return [
        DealMoveOut(**{name: getattr(each, name) for name in OF_A_MOVE}, from_=each.from_id, to=each.to_id)
        for each in found
    ]


def _said(answers: Answers | UnsetType) -> dict[str, Answer]:
    return {} if answers is UNSET else {name: value for name, value in answers.items() if value is not None}


def _one(session: Session, row: Deal) -> DealOut:
    return _shown(session, [row])[row.id]


def _shown(session: Session, rows: Sequence[Deal]) -> dict[int, DealOut]:
    reasons = {row.lost_reason_id for row in rows} - {None}
    named = select(LostReason.id, LostReason.name).where(LostReason.id.in_(reasons))
    names = dict(session.execute(named).all()) if reasons else {}
    return {
        row.id: DealOut(
            **{name: getattr(row, name) for name in AS_KEPT}, contact=row.contact_id, pipeline=row.pipeline_id,
            stage=row.stage_id, department=department_name(session, row.department_id), responsible=row.responsible_id,
            interaction=row.interaction_id, fields=convert(row.fields, dict[str, Plain]),
            lost_reason=names.get(row.lost_reason_id or 0), url=f"/deals/{row.id}",
        )
        for row in rows
    }  # fmt: skip
