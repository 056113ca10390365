"""What a program reads of dialling lists: how far each is, who is on it, and what came of the calls."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm import call_results, contacts, dial_making, dial_rounds
from crm.call_results import Wanted as WantedResult
from crm.contacts import PHONE
from crm.dial_lists import DialPerson
from crm.dial_making import Wanted
from crm.listing import Asked
from hub.audit import RINGBACK
from hub.clock import now
from hub.db import Database
from hub.users import find_department
from tests.crm.web.conftest import Api, Person

NUMBERS = {"Karin Ekdahl": "+46701740612", "Lars Nyman": "+46701740613", "Anna Berg": "+46701740614"}


@pytest.fixture
async def head(person: Person, db: Database) -> Api:
    """Give the head of Sales, with a list on which one was reached and one was taken off."""
    sofia = await person("Sofia Hjelm", "head", "Sales")
    await db.write(_furnish)
    return sofia


def _furnish(session: Session) -> None:
    sales = find_department(session, "Sales").id
    for name, number in NUMBERS.items():
        contacts.add_contact(session, name, [(PHONE, number)], department_id=sales)
    form = Wanted(name="Autumn", department_id=sales, script="Good day")
    listed = dial_making.make(session, RINGBACK, form, Asked(), "Everybody")
    result = call_results.make(session, RINGBACK, sales, WantedResult(words="Wants an offer", key="1"))
    karin, lars = (session.get_one(DialPerson, each) for each in (1, 2))
    karin.reached_at, karin.last_at, karin.tries, karin.result_id = now(), now(), 2, result.id
    dial_rounds.take_off(session, RINGBACK, lars)
    assert listed.id == 1


async def test_a_list_says_how_its_people_are_called_and_how_far_it_is(head: Api) -> None:
    (found,) = await head.items("/dial-lists")
    assert found["name"] == "Autumn"
    assert (found["department"], found["view"], found["most_tries"]) == ("Sales", "Everybody", 3)
    assert found["progress"] == {"people": 3, "called": 1, "left": 1, "reached": 1, "stopped": 1}
    assert found["results"] == [{"result": "Wants an offer", "people": 1}]
    assert await head.ask("GET", "/dial-lists/1") == found
    assert await head.items("/dial-lists?paused=true") == []
    await head.ask("GET", "/dial-lists/9", status=404)


async def test_who_is_on_it_stands_so_with_his_result(head: Api) -> None:
    page = await head.items("/dial-lists/1/people")
    stands = {each["name"]: (each["state"], each["tries"], each["result"]) for each in page}
    assert stands == {
        "Karin Ekdahl": ("reached", 2, "Wants an offer"), "Lars Nyman": ("stopped", 0, None),
        "Anna Berg": ("left", 0, None),
    }  # fmt: skip
    (lars,) = await head.items("/dial-lists/1/people?state=stopped")
    assert (lars["number"], lars["why"]) == ("+46701740613", "Taken off by Ringback")
    first = await head.ask("GET", "/dial-lists/1/people?limit=2")
    rest = await head.ask("GET", f"/dial-lists/1/people?limit=2&cursor={first['next']}")
    assert len(first["items"]) + len(rest["items"]) == 3
    (karin,) = await head.items(f"/dial-lists/1/people?contact={page[-1]['contact']}")
    assert karin == page[-1]
    await head.ask("GET", "/dial-lists/1/people?state=dancing", status=422)


async def test_an_agent_reads_his_departments_and_of_it_whose_cards_he_sees(
    head: Api, person: Person, db: Database
) -> None:
    elin, nils = (
        await person("Elin Sandgren", "agent", "Sales"),
        await person("Nils Åkerman", "agent", "Service"),
    )

    def move(session: Session) -> None:
        session.get_one(contacts.Contact, 3).department_id = find_department(session, "Service").id

    del head
    await db.write(move)
    assert len(await elin.items("/dial-lists/1/people")) == 2
    assert await nils.items("/dial-lists") == []
    await nils.ask("GET", "/dial-lists/1/people", status=404)
