"""A dialling list gives each person to one agent at a time, and knows by itself who is called no more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    after_calls,
    call_results,
    caller_lists,
    contacts,
    dial_lists,
    dial_making,
    dial_rounds,
    do_not_call,
)
from crm.calls import Call
from crm.contacts import MAIL, PHONE, Contact
from crm.conversations import Interaction
from crm.desk import Refusal
from crm.dial_lists import DialList, DialPerson
from crm.dial_making import Wanted
from crm.listing import Asked
from crm.merging import merge
from hub.audit import RINGBACK
from hub.channels import Channel
from hub.clock import now
from hub.events import CallState, Talk
from hub.users import find_department
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import CHANNEL, Switchboard

NOON = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)  # 12 o'clock in Sweden
PEOPLE = ("Karin Ekdahl", "Lars Nyman", "Anna Berg")


@pytest.fixture(autouse=True)
def clock() -> object:
    """Let it be noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class Round:
    """Sales with a PBX and a list of three; what its agents do on it."""

    def __init__(self, pbx: Switchboard) -> None:
        """Work with this PBX."""
        self.pbx = pbx
        self.firm = pbx.firm
        self.list_id = 0

    async def begin(self, **more: object) -> DialList:
        """Fill the store, and have the head make a list."""
        for number, name in enumerate(PEOPLE):
            handles = [(PHONE, f"+4670174061{number}")]
            await self.firm.do(contacts.add_contact, name, handles, department_id=await self.sales())
        await self.firm.do(
            contacts.add_contact, "Without", [(MAIL, "w@kund.example")], department_id=await self.sales()
        )
        form = Wanted(name="Autumn", department_id=await self.sales(), **more)
        made = await self.firm.do(dial_making.make, await self.firm.who("Sofia"), form, Asked(), "Everybody")
        self.list_id = made.id
        return made

    async def sales(self) -> int:
        """Give the department."""
        return await self.firm.do(lambda session: find_department(session, "Sales").id)

    async def next(self, name: str = "Elin") -> str:
        """Have somebody press Next, and say whom he gets; "" nobody."""
        who = await self.firm.who(name)

        def press(session: Session) -> str:
            person = dial_rounds.take_next(session, who, session.get_one(DialList, self.list_id))
            return session.get_one(Contact, person.contact_id).name if person else ""

        return await self.firm.do(press)

    async def call(self, name: str = "Elin") -> Call:
        """Have somebody call whom he has."""
        who = await self.firm.who(name)

        def press(session: Session) -> Call:
            listed = session.get_one(DialList, self.list_id)
            return dial_rounds.call(session, who, dial_rounds.held(session, who, listed))

        return await self.firm.do(press)

    async def ends(
        self, call: Call, outcome: str = "no-answer", *, picked_up: bool = True, talked: float = 0
    ) -> None:
        """Have the PBX tell how a call ended."""
        state = CallState(
            key=call.key, direction="outbound", customer=call.customer, own=call.key, rang=("101",),
            picked_up=picked_up, started_at=now(), ended_at=now(), outcome="answered" if talked else outcome,
            answered_at=now() if talked else None, talks=(Talk("101", talked),) if talked else (),
        )  # fmt: skip
        if talked:
            await self.pbx.tells(
                structs.replace(state, talking=("101",), ended_at=None, outcome=None, talks=())
            )
        await self.pbx.tells(state)

    async def tries(self, outcome: str = "no-answer", **more: object) -> None:
        """Have Elin call the next one, in vain."""
        await self.next()
        await self.ends(await self.call(), outcome, **more)

    async def person(self, name: str = "Karin Ekdahl") -> DialPerson:
        """Give somebody's row."""
        wanted = (
            select(DialPerson).join(Contact, Contact.id == DialPerson.contact_id).where(Contact.name == name)
        )
        return await self.firm.do(lambda session: session.scalars(wanted).one())

    async def left(self) -> Sequence[str]:
        """Give whom Elin gets, one after the other, until nobody is left for now."""
        found = []
        while name := await self.next():
            found.append(name)
            await self.firm.do(self._put_off)
        return found

    def _put_off(self, session: Session) -> None:
        held = session.scalars(select(DialPerson).where(DialPerson.held_by.is_not(None))).one()
        held.due_at = now() + timedelta(days=1)
        dial_lists.release(held)

    async def result(self, call: Call, in_lists: str, **more: object) -> None:
        """Have Elin say what came of a call."""
        who, place = await self.firm.who("Elin"), await self.sales()

        def choose(session: Session) -> None:
            wanted = call_results.Wanted(words="Came of it", key="1", in_lists=in_lists, **more)
            made = call_results.make(session, who, place, wanted)
            after_calls.choose(session, who, session.get_one(Call, call.id), made.id)

        await self.firm.do(choose)

    async def progress(self) -> dial_lists.Progress:
        """Give how far the list is."""
        found = await self.firm.do(dial_lists.progress, [self.list_id])
        return found[self.list_id]


@pytest.fixture
async def work(firm: Klarruta) -> Round:
    """Give Sales with its PBX."""
    return await opened(firm)


async def opened(firm: Klarruta) -> Round:
    """Plug the PBX in."""
    pbx = Switchboard(firm)
    await pbx.open()

    def up(session: Session) -> None:
        row = session.get_one(Channel, CHANNEL)
        row.kind, row.up_at = "asterisk", now()

    await firm.do(up)
    return Round(pbx)


async def test_a_list_holds_whoever_the_view_shows_now_and_says_who_has_no_number(work: Round) -> None:
    made = await work.begin()
    await work.firm.do(contacts.add_contact, "Later", [(PHONE, "+46701740699")])
    assert made.left_out == 1
    assert await work.left() == list(PEOPLE)


async def test_two_who_press_at_once_get_two_people(work: Round) -> None:
    await work.begin()
    got = await asyncio.gather(*[work.next(name) for name in ("Elin", "Johan", "Sofia")])
    assert sorted(got) == sorted(PEOPLE)


async def test_who_presses_twice_at_once_gets_one(work: Round) -> None:
    await work.begin()
    got = await asyncio.gather(*[work.next("Elin") for _ in range(4)])
    assert len(set(got)) == 1


async def test_pressed_twice_it_is_one_call(work: Round) -> None:
    await work.begin()
    await work.next()
    first, second = await asyncio.gather(work.call(), work.call())
    assert first.id == second.id
    assert len(await work.pbx.calls()) == 1
    assert (await work.person()).tries == 1


async def test_a_call_belongs_to_the_list_and_to_whom_it_is_made(work: Round) -> None:
    listed = await work.begin()
    await work.next()
    call = await work.call()
    assert (call.contact_id, call.department_id) == ((await work.person()).contact_id, listed.department_id)
    assert (await work.firm.do(dial_lists.list_of, call)).id == listed.id


async def test_whoever_walks_away_loses_him_to_the_others(
    work: Round, clock: time_machine.Coordinates
) -> None:
    await work.begin()
    await work.next("Elin")
    clock.shift(timedelta(minutes=11))
    assert await work.next("Johan") == "Karin Ekdahl"


async def test_in_vain_he_is_called_again_later_and_at_last_no_more(
    work: Round, clock: time_machine.Coordinates
) -> None:
    await work.begin(most_tries=2, again_minutes=60)
    await work.tries("busy")
    assert (await work.person()).due_at == now() + timedelta(hours=1)
    assert await work.left() == ["Lars Nyman", "Anna Berg"]
    clock.shift(timedelta(hours=1))
    await work.tries()
    karin = await work.person()
    assert (karin.tries, karin.why) == (2, "Not reached in 2 tries")
    assert karin.stopped_at is not None


async def test_a_number_that_does_not_exist_is_not_tried_again(work: Round) -> None:
    await work.begin()
    await work.next()
    call = await work.call()
    state = CallState(key=call.key, direction="outbound", customer=call.customer, own=call.key, picked_up=True,
                      started_at=now(), ended_at=now(), outcome="failed", cause=1)  # fmt: skip
    await work.pbx.tells(state)
    assert (await work.person()).why == "There is no such number."


async def test_a_call_that_its_agent_did_not_pick_up_is_no_try_and_can_be_made_again(work: Round) -> None:
    await work.begin()
    await work.tries(picked_up=False)
    assert (await work.person()).tries == 0
    assert await work.next() == "Karin Ekdahl"
    again = await work.call()
    assert again.ended_at is None
    assert len(await work.pbx.calls()) == 2


async def test_who_was_reached_is_done(work: Round) -> None:
    await work.begin()
    await work.tries(talked=60.0)
    assert (await work.person()).reached_at == now()
    assert await work.left() == ["Lars Nyman", "Anna Berg"]
    assert await work.progress() == dial_lists.Progress(people=3, called=1, left=2, reached=1, stopped=0)


async def test_a_result_says_again_when_its_task_is_due(work: Round, clock: time_machine.Coordinates) -> None:
    await work.begin()
    await work.tries(talked=60.0)
    await work.result((await work.pbx.calls())[0], "again", follow_in=90)
    karin = await work.person()
    assert (karin.reached_at, karin.due_at) == (None, now() + timedelta(minutes=90))
    clock.shift(timedelta(minutes=91))
    assert "Karin Ekdahl" in await work.left()


async def test_a_result_stops_him_and_taken_back_does_not(work: Round) -> None:
    await work.begin()
    await work.tries(talked=60.0)
    call = (await work.pbx.calls())[0]
    await work.result(call, "stop")
    assert (await work.person()).why == "Result: Came of it"
    assert (await work.progress()).stopped == 1
    elin = await work.firm.who("Elin")
    await work.firm.do(lambda session: after_calls.take_back(session, elin, session.get_one(Call, call.id)))
    assert (await work.progress()).stopped == 0


async def test_a_result_in_the_middle_of_the_talk_counts_at_its_end(work: Round) -> None:
    await work.begin()
    await work.next()
    call = await work.call()
    state = CallState(key=call.key, direction="outbound", customer=call.customer, own=call.key, picked_up=True,
                      talking=("101",), started_at=now(), answered_at=now())  # fmt: skip
    await work.pbx.tells(state)
    await work.result(call, "stop")
    assert (await work.person()).stopped_at is None
    await work.pbx.tells(
        structs.replace(state, talking=(), talks=(Talk("101", 5.0),), outcome="answered", ended_at=now())
    )
    assert (await work.person()).stopped_at == now()


async def test_who_does_not_want_to_be_called_is_passed_over(work: Round) -> None:
    await work.begin()
    elin, karin = await work.firm.who("Elin"), (await work.person()).contact_id
    await work.firm.do(lambda session: do_not_call.note(session, elin, session.get_one(Contact, karin)))
    assert await work.left() == ["Lars Nyman", "Anna Berg"]
    assert "Does not want to be called" in (await work.person()).why


async def test_a_blocked_number_is_passed_over(work: Round) -> None:
    await work.begin()
    sofia = await work.firm.who("Sofia")
    await work.firm.do(caller_lists.put, sofia, "+46701740610", caller_lists.BLOCKED, 0, "Shouts")
    assert await work.left() == ["Lars Nyman", "Anna Berg"]
    assert (await work.person()).stopped_at is not None


@pytest.mark.parametrize(
    ("touch", "passed_over"),
    [
        ({"kind": "mail", "direction": "out", "counts_as_contact": True}, True),
        ({"kind": "form", "direction": "in"}, True),
        ({"kind": "call", "direction": "in"}, False),
        ({"kind": "note", "direction": "internal"}, False),
    ],
)
async def test_any_talk_meanwhile_counts_by_whatever_way(
    work: Round, clock: time_machine.Coordinates, touch: dict[str, object], *, passed_over: bool
) -> None:
    await work.begin()
    karin = (await work.person()).contact_id
    clock.shift(timedelta(minutes=1))
    values = {"contact_id": karin, "at": now(), "summary": "About the windows", "text": "", "fields": [],
              "origin": [], "remarks": []}  # fmt: skip
    await work.firm.do(lambda session: session.add(Interaction(**values, **touch)))
    assert ("Karin Ekdahl" not in await work.left()) is passed_over


async def test_whom_a_colleague_talks_with_just_now_waits(work: Round) -> None:
    await work.begin()
    await work.pbx.tells(work.pbx.answered(work.pbx.rings("+46701740610"), "102"))
    assert await work.left() == ["Lars Nyman", "Anna Berg"]
    assert (await work.person()).due_at == now() + timedelta(minutes=5)


async def test_nobody_is_called_outside_the_hours_by_his_own_clock(
    work: Round, clock: time_machine.Coordinates
) -> None:
    await work.begin(calls_from="09:00", calls_until="12:00")
    await work.firm.do(contacts.add_contact, "Of New York", [(PHONE, "+12125550123")])
    assert await work.next() == ""
    assert (await work.person()).due_at == datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    clock.move_to(datetime(2026, 11, 27, 8, 0, tzinfo=UTC))
    assert await work.next() == "Karin Ekdahl"


async def test_a_new_number_on_the_card_is_called_and_none_stops(work: Round) -> None:
    await work.begin()
    karin, lars = (await work.person()).contact_id, (await work.person("Lars Nyman")).contact_id

    def change(session: Session) -> None:
        contacts.handles_of(session, [karin])[karin][0].value = "+46701740777"
        session.delete(contacts.handles_of(session, [lars])[lars][0])

    await work.firm.do(change)
    assert await work.left() == ["Karin Ekdahl", "Anna Berg"]
    assert (await work.person()).number == "+46701740777"
    assert (await work.person("Lars Nyman")).why == "No number any more"


async def test_two_cards_that_became_one_are_called_once(work: Round) -> None:
    await work.begin()
    karin, lars = (await work.person()).contact_id, (await work.person("Lars Nyman")).contact_id
    await work.firm.do(merge, RINGBACK, karin, lars)
    assert len(await work.left()) == 2


async def test_a_paused_list_gives_nobody_out(work: Round) -> None:
    await work.begin()
    sofia = await work.firm.who("Sofia")
    await work.firm.do(
        lambda session: dial_making.pause(session, sofia, session.get_one(DialList, work.list_id), on=True)
    )
    with pytest.raises(Refusal, match="is paused"):
        await work.next()


async def test_another_department_does_not_work_on_it(work: Round) -> None:
    await work.begin()
    with pytest.raises(Refusal, match="another department"):
        await work.next("Nils")


async def test_put_off_he_comes_at_his_time_and_taken_off_never(work: Round) -> None:
    await work.begin()
    elin = await work.firm.who("Elin")

    async def do(deed: object, *args: object) -> None:
        await work.next()
        await work.firm.do(
            lambda session: deed(
                session, elin, dial_rounds.held(session, elin, session.get_one(DialList, work.list_id)), *args
            )
        )

    await do(dial_rounds.put_off, now() + timedelta(hours=3))
    await do(dial_rounds.take_off)
    assert (await work.person()).due_at == now() + timedelta(hours=3)
    assert (await work.person("Lars Nyman")).why == "Taken off by Elin Sandgren"
    with pytest.raises(Refusal, match="still to come"):
        await do(dial_rounds.put_off, now())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"calls_from": "8"}, "calls_from"),
        ({"calls_from": "20:00", "calls_until": "08:00"}, "calls_from"),
        ({"most_tries": 0}, "most_tries"),
        ({"again_minutes": -1}, "again_minutes"),
        ({"script": "x" * 10_001}, "script"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_by_field(wrong: dict[str, object], field: str) -> None:
    assert list(dial_making.faults(Wanted(**{"name": "Autumn", "department_id": 1} | wrong))) == [field]
    assert not dial_making.faults(Wanted(name="Autumn", department_id=1))
