"""Who came to an end of a sequence is known as such, however he came there, and costs nothing from then on."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes, run_mending, sequence_drawing, sequence_entries, sequence_people, sequence_turns
from crm.processes import Process
from crm.runs import Run
from crm.sequence_people import State
from crm.sequences import LetterSequence, Step
from crm.web import sequences as sequence_page
from hub import migrations
from hub.audit import RINGBACK
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.test_sequence_pace import _goes_through
from tests.crm.welcome import ERIK, KARIN, Welcome, by_hand, drawn_otherwise, fate
from tests.plans import steps

NILS, ANNA = "nils@ek.example", "anna@alm.example"
FEW, MANY, UNDER_WAY = 30, 330, 10
MOST_STEPS = 15
"""Of the store, for each who came through: they are counted, by an index, and not looked at."""


async def _states(welcome: Welcome) -> dict[str, State]:
    wanted = sequence_people.people(welcome.id)
    rows = await welcome.firm.db.read(lambda session: session.execute(wanted).all())
    return {person.address: state for person, state in rows}


async def _all_ways(welcome: Welcome, clock: Clock) -> None:
    """Have Karin come to the end, Erik to a condition, and Nils to the end too, who is taken out then."""
    await welcome.agrees(KARIN, ERIK, NILS)
    await welcome.turns()
    await welcome.later(clock, 3.1)
    for address in (KARIN, NILS):
        await welcome.firm.do(fate, address, "Letter 2", "clicked_at")
    await welcome.later(clock, 2.1)
    await welcome.turns()
    await welcome.firm.do(by_hand, NILS, sequence_entries.take_out)
    await welcome.agrees(ANNA)
    await welcome.turns()


ALL_WAYS = {KARIN: "through", ERIK: "condition", NILS: "left", ANNA: "going"}


@pytest.mark.parametrize("drawn", ["of steps", "otherwise"])
async def test_each_is_where_he_came_to(welcome: Welcome, clock: Clock, drawn: str) -> None:
    if drawn == "otherwise":
        await welcome.firm.do(drawn_otherwise, welcome.id)
    await _all_ways(welcome, clock)
    assert await _states(welcome) == ALL_WAYS
    numbers = await welcome.firm.db.read(sequence_people.numbers, welcome.id)
    assert numbers == {"through": 1, "condition": 1, "left": 1, "going": 1}
    [row], _lists = await welcome.firm.db.read(sequence_page._shown)
    assert (row.under_way, row.through) == (1, 1)
    await welcome.firm.do(by_hand, NILS, sequence_entries.put_back)
    assert await _states(welcome) == ALL_WAYS | {NILS: "through"}


async def test_who_came_through_before_there_was_a_mark_has_it(welcome: Welcome, clock: Clock) -> None:
    await _all_ways(welcome, clock)
    db = welcome.firm.db
    await db.migrate(lambda store: command.downgrade(migrations._config(store), "0093"))
    await db.migrate(migrations.upgrade)
    assert await _states(welcome) == ALL_WAYS
    await welcome.firm.do(by_hand, NILS, sequence_entries.put_back)
    assert await _states(welcome) == ALL_WAYS | {NILS: "through"}


async def test_whose_run_is_ended_by_hand_is_under_way_no_more(welcome: Welcome) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.firm.do(_stopped)
    assert await _states(welcome) == {KARIN: "through"}


async def test_who_comes_to_a_condition_at_once_is_not_under_way(welcome: Welcome) -> None:
    await welcome.firm.do(_for_nobody, welcome.id)
    await welcome.agrees(KARIN)
    await welcome.turns()
    assert await _states(welcome) == {KARIN: "condition"}


def _stopped(session: Session) -> None:
    run_mending.stop(session, RINGBACK, session.scalars(select(Run)).one(), "He rang.")


def _for_nobody(session: Session, sequence_id: int) -> None:
    """Draw it otherwise: it goes on with nobody."""
    process = session.get_one(Process, session.get_one(LetterSequence, sequence_id).process_id)
    asks = Step(kind="if", holds="in-segment", segment=1)
    drawn = sequence_drawing.drawn("Welcome", [asks], {}, {1: "Nobody"})
    processes.draw(session, RINGBACK, process, drawn.replace(b"segment_1", b"contact == &quot;Nobody&quot;"))
    processes.publish(session, RINGBACK, process)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # which tells how much it does
async def test_no_look_and_no_page_goes_through_those_who_came_through(
    firm: Klarruta, welcome: Welcome, clock: Clock
) -> None:
    few = await _work(firm, welcome, clock, range(FEW))
    many = await _work(firm, welcome, clock, range(FEW, MANY))
    each = {name: (many[name] - few[name]) / (MANY - FEW) for name in few}
    assert {name: most for name, most in each.items() if most > MOST_STEPS} == {}


async def _work(firm: Klarruta, welcome: Welcome, clock: Clock, numbers: range) -> dict[str, int]:
    """Have so many come through, and others be under way, and give how many steps the store then takes."""
    await _goes_through(firm, welcome, clock, numbers)
    await welcome.agrees(*(f"kund-{numbers.start}-{each}@else.example" for each in range(UNDER_WAY)))
    await welcome.turns()
    return {
        "look": await firm.do(steps, _looks, welcome.id),
        "sequences": await firm.do(steps, sequence_page._shown),
        "standing": await firm.do(steps, _standing, welcome.id),
    }


def _looks(session: Session, sequence_id: int) -> None:
    sequence = session.get_one(LetterSequence, sequence_id)
    sequence.look_at = sequence.leave_at = now()
    sequence_turns.look(session, sequence_id)


def _standing(session: Session, sequence_id: int) -> None:
    sequence_people.standing(session, session.get_one(LetterSequence, sequence_id))
