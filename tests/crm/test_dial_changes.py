"""A dialling list that is changed: fewer tries count at once, and who is put back is the next to be called."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from msgspec import structs
from sqlalchemy.orm import Session

from crm import contacts, dial_changes
from crm.contacts import PHONE
from crm.desk import Refusal
from crm.dial_lists import DialList, DialPerson
from crm.dial_making import Wanted
from crm.listing import Asked
from tests.crm.klarruta import Klarruta
from tests.crm.test_dial_lists import NOON, Round, opened


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    """Let it be noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
async def work(firm: Klarruta) -> Round:
    """Give Sales with its PBX."""
    return await opened(firm)


async def change(work: Round, **rules: object) -> None:
    """Have Sofia change the rules."""
    sofia, wanted = await work.firm.who("Sofia"), Wanted(name="Autumn", department_id=await work.sales())

    def do(session: Session) -> None:
        dial_changes.change(
            session, sofia, session.get_one(DialList, work.list_id), structs.replace(wanted, **rules)
        )

    await work.firm.do(do)


async def put_back(work: Round, name: str = "Karin Ekdahl") -> None:
    """Have Sofia put somebody back."""
    sofia, stopped = await work.firm.who("Sofia"), (await work.person(name)).id
    await work.firm.do(
        lambda session: dial_changes.put_back(session, sofia, session.get_one(DialPerson, stopped))
    )


async def test_fewer_tries_stop_who_was_tried_as_often(work: Round, clock: time_machine.Coordinates) -> None:
    await work.begin(most_tries=5)
    await work.tries()
    await change(work, most_tries=1)
    clock.shift(timedelta(hours=3))
    assert "Karin Ekdahl" not in await work.left()
    assert (await work.person()).why == "Not reached in 1 try"


async def test_who_was_stopped_by_his_tries_gets_one_more_when_he_is_put_back(work: Round) -> None:
    await work.begin(most_tries=1)
    await work.tries()
    assert (await work.person()).stopped_at is not None
    await put_back(work)
    assert await work.next() == "Karin Ekdahl"
    await work.ends(await work.call())
    assert (await work.person()).why == "Not reached in 1 try"


async def test_two_who_add_the_same_people_at_once_add_them_once(work: Round) -> None:
    await work.begin()
    await work.firm.do(
        contacts.add_contact, "Later", [(PHONE, "+46701740699")], department_id=await work.sales()
    )
    sofia = await work.firm.who("Sofia")

    def add(session: Session) -> int:
        try:
            listed = session.get_one(DialList, work.list_id)
            return dial_changes.add_people(session, sofia, listed, Asked(), "Everybody").people
        except Refusal:
            return 0

    assert sorted(await asyncio.gather(work.firm.do(add), work.firm.do(add))) == [0, 1]
    assert (await work.progress()).people == 4
