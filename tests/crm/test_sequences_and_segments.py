"""A condition of a sequence asks for a segment, as it is when somebody comes to it; what is against it is said."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, segment_changes, sequence_changes, sequence_conditions, tags
from crm.contacts import MAIL
from crm.desk import Refusal
from crm.runs import Run
from crm.segments import Segment
from crm.sequences import LetterSequence, Step, steps_of
from hub.audit import RINGBACK
from hub.clock import Clock
from tests.crm.welcome import ERIK, GOOD, KARIN, WELCOME, Welcome


@pytest.fixture
async def windows(welcome: Welcome) -> int:
    """Have the third letter go only to those of *Bought windows*, who are tagged so."""
    return await welcome.firm.do(_asks, welcome.id)


def _asks(session: Session, sequence_id: int) -> int:
    tag = tags.make(session, "Windows")
    rule = {"what": "group", "of": "all", "rules": [{"what": "tag", "tag": tag.id}]}
    segment = segment_changes.make(session, RINGBACK, "Bought windows", rule)
    sequence = session.get_one(LetterSequence, sequence_id)
    sequence_changes.take_away(session, RINGBACK, sequence, 5)
    step = Step(kind="if", holds="in-segment", segment=segment.id)
    sequence_changes.add(session, RINGBACK, sequence, step)
    sequence_changes.move(session, RINGBACK, sequence, 6, -1)
    sequence_changes.turn_on(session, RINGBACK, sequence, GOOD)
    return segment.id


def _tagged(session: Session, address: str) -> None:
    contact_id = contacts.find(session, MAIL, address)
    assert contact_id is not None
    tags.add(session, [contact_id], "Windows")


def _of(session: Session, sequence_id: int) -> LetterSequence:
    return session.get_one(LetterSequence, sequence_id)


@pytest.mark.usefixtures("windows")
async def test_only_who_is_in_the_segment_by_then_goes_on(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    await welcome.later(clock, 3.1)
    await welcome.firm.do(_tagged, KARIN)
    await welcome.later(clock, 2.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2", "Letter 3"]
    assert await welcome.got(ERIK) == ["Letter 1", "Letter 2"]
    assert await welcome.going() == []


async def test_whoever_is_in_the_segment_leaves_where_the_others_go_on(
    welcome: Welcome, windows: int
) -> None:
    def turned_round(session: Session) -> None:
        sequence = _of(session, welcome.id)
        sequence_changes.take_away(session, RINGBACK, sequence, 5)
        sequence_changes.add(
            session, RINGBACK, sequence, Step(kind="if", holds="not-in-segment", segment=windows)
        )
        for place in (6, 5, 4, 3, 2):  # a segment is asked for before any letter, too
            sequence_changes.move(session, RINGBACK, sequence, place, -1)
        sequence_changes.turn_on(session, RINGBACK, sequence, GOOD)

    await welcome.firm.do(turned_round)
    await welcome.firm.do(lambda session: contacts.add_contact(session, "Karin", ((MAIL, KARIN),)))
    await welcome.firm.do(_tagged, KARIN)
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    assert await welcome.got(KARIN) == []
    assert await welcome.got(ERIK) == ["Letter 1"]


async def test_a_segment_that_is_retired_stops_it_being_turned_on_and_one_that_changed_is_said(
    welcome: Welcome, windows: int, clock: Clock
) -> None:
    clock.advance(hours=1)

    def changed(session: Session) -> str:
        segment = session.get_one(Segment, windows)
        segment_changes.change(session, RINGBACK, segment, "Bought doors", segment.rule)
        [check] = sequence_conditions.checks(session, _of(session, welcome.id)).values()
        assert check.holds
        return str(check.note)

    def retired(session: Session) -> None:
        segment_changes.retire(session, RINGBACK, session.get_one(Segment, windows), retired=True)
        sequence_changes.turn_on(session, RINGBACK, _of(session, welcome.id), GOOD)

    told = await welcome.firm.do(changed)
    assert told == "“Bought doors” was changed since the sequence was turned on: it is asked as it is now."
    with pytest.raises(Refusal, match="Step 5: “Bought doors” is in use no more"):
        await welcome.firm.do(retired)


async def test_where_the_segment_cannot_be_asked_the_run_waits_and_says_so(
    welcome: Welcome, windows: int, clock: Clock
) -> None:
    def broken(session: Session) -> None:
        rule = {"what": "group", "of": "none", "rules": [{"what": "tag", "tag": 99}]}
        session.get_one(Segment, windows).rule = rule

    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.later(clock, 3.1)
    await welcome.firm.do(broken)
    await welcome.later(clock, 2.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]
    run = await welcome.firm.db.read(lambda session: session.scalars(select(Run)).one())
    assert "“Bought windows” cannot be asked: There is no such tag" in str(run.stuck)


async def test_one_that_is_not_there_is_refused_as_the_step_is_added(welcome: Welcome) -> None:
    def unknown(session: Session) -> None:
        sequence_changes.add(
            session, RINGBACK, _of(session, welcome.id), Step(kind="if", holds="in-segment", segment=99)
        )

    with pytest.raises(Refusal, match="There is no such segment"):
        await welcome.firm.do(unknown)
    assert len(steps_of(await welcome.firm.db.read(_of, welcome.id))) == len(WELCOME)
