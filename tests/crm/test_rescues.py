"""A call-back that nobody took care of: at its time somebody who is here and free is rung, and then the customer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import call_guides, desk, do_not_call, rescuing
from crm.call_guides import Rescuing
from crm.calls import Call
from crm.company import Company
from crm.contacts import Contact
from crm.policies import Policy
from crm.rescues import Rescue
from crm.tasks import Task, TaskChange
from crm.web.popups import popups_of
from hub.channels import Channel
from hub.clock import now
from hub.events import CallState, Talk
from hub.outbox import Outgoing
from hub.users import find_department
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import CHANNEL, KARIN, Switchboard

NOON = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)  # 12 o'clock in Sweden
LATER = timedelta(minutes=16)  # the promise is 15 minutes


@pytest.fixture(autouse=True)
def clock() -> object:
    """Let it be noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class Desk:
    """Sales with a PBX, where call-backs are rescued; Karin called in vain."""

    def __init__(self, pbx: Switchboard, clock: time_machine.Coordinates) -> None:
        """Work with this PBX."""
        self.pbx, self.firm, self.clock = pbx, pbx.firm, clock

    async def begin(self, most: int = 2, **more: object) -> None:
        """Promise call-backs, switch rescue on, and have Karin call in vain."""
        sofia = await self.firm.who("Sofia")

        def furnish(session: Session) -> None:
            row = session.get_one(Channel, CHANNEL)
            row.kind, row.up_at = "asterisk", now()
            session.scalars(select(Policy)).one().kinds = ["form", "call"]
            session.get_one(Company, 1).setup_version += 1
            place = find_department(session, "Sales").id
            call_guides.write_rescue(session, sofia, place, Rescuing(most=most, again=10, **more))

        await self.firm.do(furnish)
        await self.pbx.misses()

    async def passes(self, time: timedelta = LATER) -> None:
        """Let time pass, and the timer fire what is due, once."""
        self.clock.shift(time)
        due = await self.firm.do(rescuing.take, now(), 10)
        await asyncio.gather(*[self.firm.do(rescuing.fire, each) for _id, each in due for _twice in range(2)])

    async def placed(self) -> Sequence[Call]:
        """Give the calls that were placed."""
        wanted = select(Call).where(Call.placed_by.is_not(None)).order_by(Call.id)
        return await self.firm.do(lambda session: session.scalars(wanted).all())

    async def ends(self, call: Call, *, picked_up: bool = True, talked: float = 0) -> None:
        """Have the PBX tell how a call ended."""
        await self.pbx.tells(CallState(
            key=call.key, direction="outbound", customer=KARIN, own=call.key, rang=("101",), picked_up=picked_up,
            started_at=now(), ended_at=now(), outcome="answered" if talked else "no-answer",
            answered_at=now() if talked else None, talks=(Talk("101", talked),) if talked else (),
        ))  # fmt: skip

    async def history(self) -> list[str]:
        """Give what Ringback wrote into the task's history of rescues."""
        wanted = select(TaskChange.words).where(TaskChange.words.contains("rescue")).order_by(TaskChange.id)
        return await self.firm.do(lambda session: list(session.scalars(wanted)))

    async def rescue(self) -> Rescue:
        """Give the row."""
        return await self.firm.do(lambda session: session.scalars(select(Rescue)).one())

    async def caller(self) -> str:
        """Give who was rung last."""
        row = await self.firm.do(
            lambda session: session.scalars(select(Outgoing).order_by(Outgoing.id.desc())).first()
        )
        return str(row.command["device"]) if row else ""


@pytest.fixture
async def sales(firm: Klarruta, clock: time_machine.Coordinates) -> Desk:
    """Give Sales."""
    pbx = Switchboard(firm)
    await pbx.open()
    return Desk(pbx, clock)


async def test_off_nothing_is_dialled(sales: Desk) -> None:
    await sales.begin(most=0)
    await sales.passes()
    assert await sales.placed() == []
    assert await sales.firm.do(lambda session: session.scalars(select(Rescue)).all()) == []


async def test_when_it_is_due_and_not_before_one_is_rung_once_and_told_why(sales: Desk) -> None:
    await sales.begin(say="custom/rescue")
    await sales.passes(timedelta(minutes=14))
    assert await sales.placed() == []
    await sales.passes(timedelta(minutes=2))
    (call,) = await sales.placed()
    assert (call.customer, await sales.caller()) == (KARIN, "101")
    (row,) = await sales.firm.do(lambda session: session.scalars(select(Outgoing)).all())
    assert (row.at_most_once, row.command["say"]) == (True, "custom/rescue")
    elin = await sales.firm.who("Elin")
    (popup,) = (await sales.firm.do(popups_of, elin)).popups
    assert (popup.state, popup.rings) == ("placed", True)
    assert popup.why == "Ringback calls back for you: Called sales in vain"
    assert await sales.history() == [
        "rescue 1 of 2: the telephone of Elin Sandgren rings, then the customer's"
    ]


async def test_what_was_taken_care_of_is_left(sales: Desk) -> None:
    await sales.begin()
    await sales.firm.act(desk.complete, "Elin", 1)
    await sales.passes()
    assert await sales.placed() == []
    assert (await sales.rescue()).due_at is None


async def test_whoever_got_through_needs_none(sales: Desk) -> None:
    await sales.begin()
    await sales.pbx.talks()
    await sales.passes()
    assert await sales.placed() == []


async def test_in_vain_it_is_tried_again_and_given_up_in_the_end(sales: Desk) -> None:
    await sales.begin()
    await sales.passes()
    await sales.ends((await sales.placed())[0])
    await sales.passes(timedelta(minutes=9))
    assert len(await sales.placed()) == 1
    await sales.passes(timedelta(minutes=2))
    await sales.ends((await sales.placed())[1], picked_up=False)
    await sales.passes(timedelta(hours=2))
    assert len(await sales.placed()) == 2
    assert (await sales.history())[1::2] == [
        "rescue: nobody was reached, again in 10 minutes",
        "rescue: given up after 2 tries",
    ]


async def test_given_up_it_is_begun_anew_when_he_calls_again_in_vain(sales: Desk) -> None:
    await sales.begin(most=1)
    await sales.passes()
    await sales.ends((await sales.placed())[0])
    assert (await sales.rescue()).due_at is None
    await sales.pbx.misses()
    await sales.passes(timedelta(minutes=9))
    assert len(await sales.placed()) == 1
    await sales.passes(timedelta(minutes=2))
    assert len(await sales.placed()) == 2


async def test_reached_the_task_is_done(sales: Desk) -> None:
    await sales.begin()
    await sales.passes()
    await sales.ends((await sales.placed())[0], talked=61.0)
    assert (await sales.firm.task(1)).done_at is not None
    await sales.passes(timedelta(hours=5))
    assert len(await sales.placed()) == 1


async def test_who_is_away_or_talks_is_not_rung(sales: Desk) -> None:
    await sales.begin()
    await sales.firm.send_away("Elin")
    await sales.passes()
    assert await sales.caller() == "102"


async def test_nobody_free_is_said_once_and_is_no_try(sales: Desk) -> None:
    await sales.begin()
    await sales.firm.send_away("Elin")
    await sales.firm.send_away("Johan")
    await sales.passes()
    await sales.passes(timedelta(minutes=11))
    assert await sales.history() == ["rescue: nobody is here and free, tried again until somebody is"]
    assert (await sales.rescue()).tries == 0


async def test_it_waits_for_the_morning_where_the_customer_is(sales: Desk) -> None:
    await sales.begin()
    await sales.passes(timedelta(hours=10))
    assert await sales.placed() == []
    assert (await sales.rescue()).due_at == datetime(2026, 11, 27, 7, 0, tzinfo=UTC)


async def test_who_does_not_want_to_be_called_is_not(sales: Desk) -> None:
    await sales.begin()
    elin, task = await sales.firm.who("Elin"), await sales.firm.task(1)
    await sales.firm.do(
        lambda session: do_not_call.note(session, elin, session.get_one(Contact, task.contact_id))
    )
    await sales.passes()
    assert await sales.placed() == []
    assert "Does not want to be called" in (await sales.history())[0]


async def test_put_off_it_comes_when_the_task_comes(sales: Desk) -> None:
    await sales.begin()
    at = now() + timedelta(hours=2)

    def put_off(session: Session) -> None:
        session.get_one(Task, 1).planned_for = at

    await sales.firm.do(put_off)
    await sales.passes()
    assert await sales.placed() == []
    assert (await sales.rescue()).due_at == at


@pytest.mark.parametrize(
    "wrong",
    [
        {"most": -1},
        {"most": 10},
        {"again": 0},
        {"again": 1441},
        {"say": "a,b"},
        {"say": "x" * 81},
        {"say": "{name}"},
    ],
)
def test_what_is_wrong_is_said(wrong: dict[str, object]) -> None:
    assert call_guides.rescue_fault(Rescuing(**wrong))
    assert not call_guides.rescue_fault(Rescuing(most=3, say="custom/rescue&beep&{number}"))


def test_a_number_is_said_by_its_digits() -> None:
    said = call_guides.spoken("custom/rescue&{number}&beep", "+4670")
    assert said == "custom/rescue&digits/4&digits/6&digits/7&digits/0&beep"
