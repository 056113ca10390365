"""Segments over the API: kept rules, how many they mean, and who those are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import segment_changes, segment_rules
from crm.contacts import Contact
from crm.desk import Refusal
from crm.segment_changes import LONGEST
from crm.segment_conditions import Group, Rule
from crm.segment_words import words
from crm.segments import Segment
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

Called = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
Meant = Annotated[Rule, Meta(description="Whom it means: a group of conditions, or one alone")]


class SegmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A segment; `words` say its rule."""

    id: int
    name: str
    rule: Group
    words: str
    changed_at: datetime
    retired_at: datetime | None


class CountOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule comes to."""

    count: int
    words: str


class MemberOut(msgspec.Struct, frozen=True, kw_only=True):
    """A contact whom a segment means."""

    id: int
    name: str


class SegmentQuery(Paging, frozen=True, kw_only=True):
    """Which segments."""

    retired: Annotated[bool, Meta(description="Also those that are offered no more")] = False


class SegmentIn(Body, frozen=True, kw_only=True):
    """A new segment."""

    name: Called
    rule: Meant


class RuleIn(Body, frozen=True, kw_only=True):
    """A rule to be counted."""

    rule: Meant


class SegmentPatch(Body, frozen=True, kw_only=True):
    """What it is to be from now on; what is left out stays. With `retired` it is offered no more, or again."""

    name: Called | UnsetType = UNSET
    rule: Meant | UnsetType = UNSET
    retired: bool | UnsetType = UNSET


@endpoint("GET", "/segments", scope="campaigns:read", role="manager", query=SegmentQuery, returns=Page[SegmentOut],
          summary="List segments, newest first")  # fmt: skip
async def listed(request: web.Request, query: SegmentQuery) -> Page[SegmentOut]:
    """List segments."""
    return await request.app[DB].read(_listed, viewer_of(request), query)


@endpoint("GET", "/segments/{id}", scope="campaigns:read", role="manager", returns=SegmentOut, etag=tag_of,
          summary="Get one segment")  # fmt: skip
async def segment(request: web.Request) -> SegmentOut:
    """Give one."""
    return await request.app[DB].read(_one, viewer_of(request), path_id(request))


@endpoint("GET", "/segments/{id}/count", scope="campaigns:read", role="manager", returns=CountOut,
          summary="Count the contacts whom a segment means")  # fmt: skip
async def counted(request: web.Request) -> CountOut:
    """Count one."""
    return await request.app[DB].read(_counted, viewer_of(request), path_id(request))


@endpoint("GET", "/segments/{id}/contacts", scope="campaigns:read", role="manager", query=Paging,
          returns=Page[MemberOut], summary="List the contacts whom a segment means, newest first")  # fmt: skip
async def members(request: web.Request, query: Paging) -> Page[MemberOut]:
    """List whom it means."""
    return await request.app[DB].read(_members, viewer_of(request), path_id(request), query)


@endpoint("POST", "/segment-counts", scope="campaigns:read", role="manager", body=RuleIn, returns=CountOut,
          summary="Count the contacts whom a rule means, without keeping it")  # fmt: skip
async def count(request: web.Request, body: RuleIn) -> CountOut:
    """Count a rule."""
    return await request.app[DB].read(_count, viewer_of(request), _group(body.rule))


@endpoint("POST", "/segments", scope="campaigns:write", role="manager", body=SegmentIn, returns=SegmentOut, status=201,
          etag=tag_of, summary="Make a segment")  # fmt: skip
async def make(request: web.Request, body: SegmentIn) -> SegmentOut:
    """Make one."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("PATCH", "/segments/{id}", scope="campaigns:write", role="manager", body=SegmentPatch, returns=SegmentOut,
          etag=tag_of, summary="Change a segment, retire it or bring it back")  # fmt: skip
async def change(request: web.Request, body: SegmentPatch) -> SegmentOut:
    """Change one."""
    return await write(request, _change, viewer_of(request), path_id(request), body, if_match(request))


def _listed(session: Session, viewer: Viewer, query: SegmentQuery) -> Page[SegmentOut]:
    wanted = select(Segment) if query.retired else select(Segment).where(Segment.retired_at.is_(None))
    rows = session.scalars(newest_first(wanted, Segment.id, query)).all()
    return page_of(rows, query.limit, lambda row: _shown(session, viewer, row))


def _one(session: Session, viewer: Viewer, segment_id: int) -> SegmentOut:
    return _shown(session, viewer, _found(session, segment_id))


def _counted(session: Session, viewer: Viewer, segment_id: int) -> CountOut:
    return _count(session, viewer, segment_rules.parse(_found(session, segment_id).rule))


def _count(session: Session, viewer: Viewer, rule: Group) -> CountOut:
    try:
        number = segment_rules.count(session, viewer, rule)
    except ValueError as error:
        raise Refusal(str(error)) from None
    return CountOut(count=number, words=words(session, viewer, rule))


def _group(rule: Rule) -> Group:
    """Give a condition that stands alone as a group of one."""
    return rule if isinstance(rule, Group) else Group(of="all", rules=(rule,))


def _members(session: Session, viewer: Viewer, segment_id: int, query: Paging) -> Page[MemberOut]:
    meant = segment_rules.contacts(session, viewer, _found(session, segment_id).rule)
    wanted = select(Contact).where(Contact.id.in_(meant))
    rows = session.scalars(newest_first(wanted, Contact.id, query)).all()
    return page_of(rows, query.limit, lambda row: MemberOut(id=row.id, name=row.name))


def _make(session: Session, viewer: Viewer, new: SegmentIn) -> SegmentOut:
    return _shown(session, viewer, segment_changes.make(session, viewer, new.name, _group(new.rule)))


def _change(
    session: Session, viewer: Viewer, segment_id: int, wanted: SegmentPatch, match: Match
) -> SegmentOut:
    found = _found(session, segment_id)
    match.check(tag_of(_shown(session, viewer, found)))
    if wanted.name is not UNSET or wanted.rule is not UNSET:
        name = found.name if wanted.name is UNSET else wanted.name
        rule = found.rule if wanted.rule is UNSET else _group(wanted.rule)
        segment_changes.change(session, viewer, found, name, rule)
    if wanted.retired is not UNSET:
        segment_changes.retire(session, viewer, found, retired=wanted.retired)
    return _shown(session, viewer, found)


def _found(session: Session, segment_id: int) -> Segment:
    found = session.get(Segment, segment_id)
    if found is None:
        raise Problem(404, _("There is no such segment."))
    return found


def _shown(session: Session, viewer: Viewer, row: Segment) -> SegmentOut:
    rule = segment_rules.parse(row.rule)
    return SegmentOut(
        id=row.id, name=row.name, rule=rule, words=words(session, viewer, rule), changed_at=row.changed_at,
        retired_at=row.retired_at,
    )  # fmt: skip
