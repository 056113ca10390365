"""Dialling lists over the API: how far each is, who is on it, and what came of the calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import dial_lists
from crm.call_results import CallResult
from crm.contacts import Contact
from crm.dial_lists import DialList, DialPerson
from crm.dial_rights import dial_list_for, sees_dial_list, sees_dial_person
from crm.web.api_references import department_name
from crm.web.api_shapes import DialListOut, DialPersonOut, DialState, Id, ProgressOut, ResultOut
from crm.web.dial_people import standing
from hub.clock import now
from hub.languages import _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint
from hub.web.etags import tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

AS_KEPT = ("id", "name", "view", "script", "calls_from", "calls_until", "most_tries", "again_minutes", "left_out",
           "made_at", "paused_at")  # fmt: skip
OF_A_PERSON = ("id", "number", "due_at", "tries", "last_at", "reached_at", "stopped_at", "why")


class DialListQuery(Paging, frozen=True, kw_only=True):
    """Which lists."""

    paused: Annotated[bool | None, Meta(description="Only those that are paused, or that are not")] = None


class DialPersonQuery(Paging, frozen=True, kw_only=True):
    """Who of a list."""

    state: Annotated[DialState | None, Meta(description="Only those who stand so")] = None
    contact: Annotated[Id | None, Meta(description="Only the contact of this id")] = None


@endpoint("GET", "/dial-lists", scope="calls:read", query=DialListQuery, returns=Page[DialListOut],
          summary="List dialling lists, newest first")  # fmt: skip
async def listed(request: web.Request, query: DialListQuery) -> Page[DialListOut]:
    """List dialling lists."""
    return await request.app[DB].read(_listed, viewer_of(request), query)


@endpoint("GET", "/dial-lists/{id}", scope="calls:read", returns=DialListOut, etag=tag_of,
          summary="Get one dialling list")  # fmt: skip
async def dial_list(request: web.Request) -> DialListOut:
    """Give one."""
    return await request.app[DB].read(_one, viewer_of(request), path_id(request))


@endpoint("GET", "/dial-lists/{id}/people", scope="calls:read", query=DialPersonQuery, returns=Page[DialPersonOut],
          summary="List who is on a dialling list, and what came of it")  # fmt: skip
async def people(request: web.Request, query: DialPersonQuery) -> Page[DialPersonOut]:
    """List who is on it."""
    return await request.app[DB].read(_people, viewer_of(request), path_id(request), query)


def _listed(session: Session, viewer: Viewer, query: DialListQuery) -> Page[DialListOut]:
    wanted = select(DialList).where(sees_dial_list(viewer))
    if query.paused is not None:
        wanted = wanted.where(
            DialList.paused_at.is_not(None) if query.paused else DialList.paused_at.is_(None)
        )
    rows = session.scalars(newest_first(wanted, DialList.id, query)).all()
    found = _shown(session, rows)
    return page_of(rows, query.limit, lambda row: found[row.id])


def _one(session: Session, viewer: Viewer, list_id: int) -> DialListOut:
    found = _seen(session, viewer, list_id)
    return _shown(session, [found])[found.id]


def _people(session: Session, viewer: Viewer, list_id: int, query: DialPersonQuery) -> Page[DialPersonOut]:
    found = _seen(session, viewer, list_id)
    wanted = select(DialPerson).where(DialPerson.list_id == found.id, sees_dial_person(viewer))
    if query.state is not None:
        wanted = wanted.where(*standing(query.state))
    if query.contact is not None:
        wanted = wanted.where(DialPerson.contact_id == query.contact)
    rows = session.scalars(newest_first(wanted, DialPerson.id, query)).all()
    shown = _shown_people(session, rows)
    return page_of(rows, query.limit, lambda row: shown[row.id])


def _seen(session: Session, viewer: Viewer, list_id: int) -> DialList:
    found = dial_list_for(session, viewer, list_id)
    if found is None:
        raise Problem(404, _("There is no such dialling list."))
    return found


def _shown(session: Session, rows: Sequence[DialList]) -> dict[int, DialListOut]:
    far = dial_lists.progress(session, [row.id for row in rows])
    return {
        row.id: DialListOut(
            **{name: getattr(row, name) for name in AS_KEPT}, department=department_name(session, row.department_id),
            progress=convert(far[row.id], ProgressOut, from_attributes=True),
            results=[ResultOut(result=words, people=number) for words, number in dial_lists.by_result(session, row.id)],
        )
        for row in rows
    }  # fmt: skip


def _shown_people(session: Session, rows: Sequence[DialPerson]) -> dict[int, DialPersonOut]:
    ids, results = {row.contact_id for row in rows}, {row.result_id for row in rows} - {None}
    names = dict(session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(ids))).all())
    words = dict(
        session.execute(select(CallResult.id, CallResult.words).where(CallResult.id.in_(results))).all()
    )
    return {row.id: _person(row, names[row.contact_id], words) for row in rows}


def _person(row: DialPerson, name: str, words: dict[int, str]) -> DialPersonOut:
    state: DialState = "stopped" if row.stopped_at else "reached" if row.reached_at else "left"
    is_held = row.held_until is not None and row.held_until > now()
    return DialPersonOut(
        **{each: getattr(row, each) for each in OF_A_PERSON}, contact=row.contact_id, name=name, state=state,
        held_by=row.held_by if is_held else None, call=row.call_id, result=words.get(row.result_id or 0),
    )  # fmt: skip
