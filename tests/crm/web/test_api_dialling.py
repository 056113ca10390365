"""A program has somebody's telephone ring, once, or is told why not."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.calls import Call
from crm.company import Company
from hub.channels import Channel
from hub.clock import now
from hub.db import Database
from hub.users import User
from tests.crm.web.conftest import Api, Person

KARIN = "+46701740612"


@pytest.fixture
async def elin(person: Person, db: Database, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Give Elin, whose telephone is 101; the website stands for a PBX that is heard."""
    monkeypatch.setattr("crm.exchanges.kinds_that_carry", lambda _command: ["form"])
    made = await person("Elin Sandgren", "agent", "Sales")

    def furnish(session: Session) -> None:
        session.scalars(select(User).where(User.name == "Elin Sandgren")).one().extension = "101"
        company = session.get_one(Company, 1)
        company.calls_from = company.calls_until = "00:00"
        session.get_one(Channel, 1).up_at = now()

    await db.write(furnish)
    return made


async def calls(db: Database) -> int:
    """Count the calls."""
    return await db.read(lambda session: session.scalar(select(func.count()).select_from(Call)) or 0)


async def test_a_program_dials_for_an_agent(api: Api, elin: Api, db: Database) -> None:
    del elin
    karin = await api.ask("POST", "/contacts", {"name": "Karin", "handles": [{"kind": "phone", "value": KARIN}]},
                          status=201)  # fmt: skip
    placed = await api.ask("POST", "/calls", {"contact": karin["id"], "agent": 1}, status=202)
    assert placed == {"id": placed["id"], "customer": KARIN, "contact": karin["id"], "agent": 1}
    assert await calls(db) == 1


async def test_a_person_dials_for_himself_alone(elin: Api, person: Person) -> None:
    placed = await elin.ask("POST", "/calls", {"number": "070-174 06 12"}, status=202)
    assert (placed["customer"], placed["agent"]) == (KARIN, 1)
    await person("Johan Lindh", "agent", "Sales")
    told = await elin.ask("POST", "/calls", {"number": "070-174 06 12", "agent": 2}, status=409)
    assert "Only your own telephone" in str(told["detail"])


async def test_the_same_key_is_one_call(api: Api, elin: Api, db: Database) -> None:
    del elin
    body = {"number": KARIN, "agent": 1}
    first = await api.ask("POST", "/calls", body, status=202, idempotency_key="order-1")
    assert await api.ask("POST", "/calls", body, status=202, idempotency_key="order-1") == first
    assert api.replayed
    assert await calls(db) == 1


@pytest.mark.parametrize(
    ("body", "words", "pointer"),
    [
        ({"agent": 1}, "either whom or which number", "/number"),
        ({"number": KARIN, "contact": 1, "agent": 1}, "either whom or which number", "/number"),
        ({"number": KARIN}, "whose telephone", "/agent"),
        ({"number": KARIN, "agent": 99}, "Nobody who works here", "/agent"),
        ({"contact": 99, "agent": 1}, "no such contact", "/contact"),
        ({"number": "112", "agent": 1}, "emergency", "/number"),
        ({"number": "hello", "agent": 1}, "no telephone number", "/number"),
    ],
)
async def test_what_cannot_be_is_a_conflict_in_words(
    api: Api, elin: Api, body: dict[str, object], words: str, pointer: str
) -> None:
    del elin
    told = await api.ask("POST", "/calls", body, status=409)
    assert words in str(told["detail"])
    assert told["errors"][0]["pointer"] == pointer


async def test_it_needs_its_own_scope(program: Person, elin: Api) -> None:
    del elin
    await (await program("contacts:write")).ask("POST", "/calls", {"number": KARIN, "agent": 1}, status=403)
    await (await program("calls:write")).ask("POST", "/calls", {"number": KARIN, "agent": 1}, status=202)


async def test_at_night_a_program_must_say_that_it_knows(api: Api, elin: Api, db: Database) -> None:
    del elin

    def close(session: Session) -> None:
        company = session.get_one(Company, 1)
        there = now().astimezone(ZoneInfo("Europe/Stockholm"))
        company.calls_from, company.calls_until = (
            f"{there + timedelta(hours=each):%H:%M}" for each in (6, 7)
        )

    await db.write(close)
    told = await api.ask("POST", "/calls", {"number": KARIN, "agent": 1}, status=409)
    assert "where this number is" in str(told["detail"])
    await api.ask("POST", "/calls", {"number": KARIN, "agent": 1, "knowing": True}, status=202)
