"""Sequences over the API: which there are, who stands where, who is put in and who taken out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import addresses, sequence_changes, sequence_conditions, sequence_entries, sequence_people
from crm.campaigns import Campaign
from crm.desk import Refusal
from crm.sequence_people import State
from crm.sequences import LetterSequence, SequencePerson, Step, steps_of
from crm.web.api_campaign_shapes import Hours
from crm.web.api_shapes import Id
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

READ, WRITE = "campaigns:read", "campaigns:write"
Place = Annotated[str, Meta(min_length=3, max_length=320)]


class SequenceStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """A step. `letter` is the campaign that it sends, `here` how many wait at it.

    A condition says in `note` where its `segment` cannot be asked, is retired, or was changed since, and where the
    letter before does not count what it asks.
    """

    kind: Literal["letter", "wait", "if"]
    letter: int | None
    subject: str
    wait: str
    at: str
    working: bool
    holds: str
    segment: int | None
    note: str
    here: int


Steps = list[SequenceStepOut]
"""Out here, since a sequence has a `list` of its own."""


class SequenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence. It is on since `on_at`; `going`, `through`, `condition` and `left` are how many of its people are so.

    `earlier` wait at steps that stand there no more, since they were changed. `hours` from and until when its letters
    may leave, none for day and night.
    """

    id: int
    name: str
    list: int
    channel: int | None
    hours: Hours
    process: int | None
    on_at: datetime | None
    going: int
    through: int
    condition: int
    left: int
    earlier: int
    steps: Steps


class SequencePersonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a sequence; `why` says why he left, `until` since when he is no longer under way."""

    id: int
    address: str
    contact: int
    run: int | None
    state: State
    joined_at: datetime
    until: datetime | None
    why: str


class SequencePeopleQuery(Paging, frozen=True, kw_only=True):
    """Which of its people."""

    state: Annotated[
        State | None, Meta(description="Under way, come to the end, left at a condition, left")
    ] = None


class SequencePeopleIn(Body, frozen=True, kw_only=True):
    """Who is to begin."""

    addresses: Annotated[list[Place], Meta(min_length=1, max_length=sequence_entries.MOST_ADDED)]


class SequenceSegmentIn(Body, frozen=True, kw_only=True):
    """Whose contacts are to begin."""

    segment: Id


class BegunOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many began; the others began before, or may not be written to (`refused`)."""

    begun: int
    refused: list[str]


@endpoint("GET", "/sequences", scope=READ, role="manager", query=Paging, returns=Page[SequenceOut],
          summary="List sequences, newest first")  # fmt: skip
async def listed(request: web.Request, query: Paging) -> Page[SequenceOut]:
    """List sequences."""
    return await request.app[DB].read(_listed, query)


@endpoint("GET", "/sequences/{id}", scope=READ, role="manager", returns=SequenceOut,
          summary="Get one sequence, with how many wait at each step")  # fmt: skip
async def one(request: web.Request) -> SequenceOut:
    """Give one."""
    return await request.app[DB].read(_one, path_id(request))


@endpoint("GET", "/sequences/{id}/people", scope=READ, role="manager", query=SequencePeopleQuery,
          returns=Page[SequencePersonOut], summary="List who is or was in a sequence, newest first")  # fmt: skip
async def people(request: web.Request, query: SequencePeopleQuery) -> Page[SequencePersonOut]:
    """List its people."""
    return await request.app[DB].read(_people, path_id(request), query)


@endpoint("POST", "/sequences/{id}/people", scope=WRITE, role="manager", body=SequencePeopleIn, returns=BegunOut,
          summary="Have people begin a sequence that is on")  # fmt: skip
async def put_in(request: web.Request, body: SequencePeopleIn) -> BegunOut:
    """Put people in."""
    return await write(request, _put_in, viewer_of(request), path_id(request), body)


@endpoint("POST", "/sequences/{id}/segments", scope=WRITE, role="manager", body=SequenceSegmentIn, returns=BegunOut,
          errors=(404, 409), summary="Have everybody of a segment begin a sequence that is on")  # fmt: skip
async def put_in_all(request: web.Request, body: SequenceSegmentIn) -> BegunOut:
    """Put a whole segment in."""
    return await write(request, _put_in_all, viewer_of(request), path_id(request), body)


@endpoint("POST", "/sequence-people/{id}/end", scope=WRITE, role="manager", returns=SequencePersonOut,
          summary="Take somebody out of a sequence: nothing more of it comes to him")  # fmt: skip
async def take_out(request: web.Request) -> SequencePersonOut:
    """Take somebody out."""
    return await write(request, _take_out, viewer_of(request), path_id(request))


@endpoint("DELETE", "/sequence-people/{id}/end", scope=WRITE, role="manager", returns=SequencePersonOut,
          summary="Have somebody go on after all who was taken out of a sequence")  # fmt: skip
async def put_back(request: web.Request) -> SequencePersonOut:
    """Put somebody back."""
    return await write(request, _put_back, viewer_of(request), path_id(request))


def _found(session: Session, sequence_id: int) -> LetterSequence:
    found = session.get(LetterSequence, sequence_id)
    if found is None:
        raise Problem(404, _("There is no such sequence."))
    return found


def _listed(session: Session, query: Paging) -> Page[SequenceOut]:
    rows = session.scalars(newest_first(select(LetterSequence), LetterSequence.id, query)).all()
    return page_of(rows, query.limit, lambda row: shown(session, row))


def _one(session: Session, sequence_id: int) -> SequenceOut:
    return shown(session, _found(session, sequence_id))


def shown(session: Session, row: LetterSequence) -> SequenceOut:
    """Give a sequence as programs see it."""
    counted, here = sequence_people.numbers(session, row.id), sequence_people.standing(session, row)
    letters = {each.id: each for each in sequence_changes.letters_of(session, row.id)}
    asked = sequence_conditions.checks(session, row)
    notes = {at: str(each.note if each.holds else each.words) for at, each in asked.items()}
    return SequenceOut(
        id=row.id, name=row.name, list=row.list_id, channel=row.channel_id, process=row.process_id, on_at=row.on_at,
        hours=[] if row.hours_from == row.hours_until else [row.hours_from, row.hours_until],
        going=counted["going"], through=counted["through"],
        condition=counted["condition"], left=counted["left"], earlier=here[sequence_people.EARLIER],
        steps=[
            _step(step, letters.get(step.letter), notes.get(at, ""), here[at])
            for at, step in enumerate(steps_of(row), 1)
        ],
    )  # fmt: skip


def _step(step: Step, letter: Campaign | None, note: str, here: int) -> SequenceStepOut:
    return SequenceStepOut(
        kind=step.kind, letter=step.letter or None, subject=letter.name if letter else "", wait=step.wait, at=step.at,
        working=step.working,
        holds=step.holds if step.kind == "if" else "", segment=step.segment or None, note=note, here=here,
    )  # fmt: skip


def _people(session: Session, sequence_id: int, query: SequencePeopleQuery) -> Page[SequencePersonOut]:
    row = _found(session, sequence_id)
    wanted = newest_first(sequence_people.people(row.id, query.state), SequencePerson.id, query)
    shown = [_person(*each) for each in session.execute(wanted)]
    return page_of(shown, query.limit, lambda each: each)


def _put_in_all(session: Session, viewer: Viewer, sequence_id: int, asked: SequenceSegmentIn) -> BegunOut:
    row = _found(session, sequence_id)
    return BegunOut(begun=sequence_entries.put_in_all(session, viewer, row, asked.segment), refused=[])


def _person(row: SequencePerson, state: State) -> SequencePersonOut:
    return SequencePersonOut(
        id=row.id, address=row.address, contact=row.contact_id, run=row.run_id, state=state, joined_at=row.joined_at,
        until=row.left_at or row.ended_at, why=str(row.why) if row.left_at else "",
    )  # fmt: skip


def _put_in(session: Session, viewer: Viewer, sequence_id: int, asked: SequencePeopleIn) -> BegunOut:
    row = _found(session, sequence_id)
    read = {each: addresses.alone(each) for each in asked.addresses}
    if wrong := [each for each, address in read.items() if address is None]:
        raise Refusal(_("“%(text)s” is no address.", text=wrong[0][:60]), field="addresses")
    handles = list(dict.fromkeys(address.handle for address in read.values() if address is not None))
    begun, refused = sequence_entries.put_in(session, viewer, row, handles)
    return BegunOut(begun=begun, refused=refused)


def _take_out(session: Session, viewer: Viewer, person_id: int) -> SequencePersonOut:
    person = _somebody(session, person_id)
    sequence_entries.take_out(session, viewer, person)
    return _of(session, person)


def _put_back(session: Session, viewer: Viewer, person_id: int) -> SequencePersonOut:
    person = _somebody(session, person_id)
    sequence_entries.put_back(session, viewer, person)
    return _of(session, person)


def _of(session: Session, person: SequencePerson) -> SequencePersonOut:
    session.flush()
    wanted = sequence_people.people(person.sequence_id).where(SequencePerson.id == person.id)
    return _person(*session.execute(wanted).one())


def _somebody(session: Session, person_id: int) -> SequencePerson:
    person = session.get(SequencePerson, person_id)
    if person is None:
        raise Problem(404, _("He is not in it."))
    return person
