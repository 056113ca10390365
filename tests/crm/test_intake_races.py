"""Two workers at once, or one that fails half way: what is left is as if one had come after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from crm.contacts import Contact, Handle, Organisation
from crm.conversations import Interaction
from hub.db import Database
from hub.journal import Inbound, Outcome
from tests.conftest import Store
from tests.crm.website import Website, form

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "email": "karin@ekdahl.example"}


async def at_once(database: Database, *deeds: Callable[[Session], Outcome]) -> int:
    """Run deeds that all have looked before one of them wrote; gives how often one was run."""
    met, runs = asyncio.Barrier(len(deeds)), 0

    def together(deed: Callable[[Session], Outcome]) -> Callable[[Session], Outcome]:
        waits = database.shared  # the one writer of SQLite has nobody to wait for

        def run(session: Session) -> Outcome:
            nonlocal runs, waits
            runs += 1
            session.execute(text("SELECT 1 FROM contacts"))
            if waits:
                waits = False
                await_only(met.wait())
            return deed(session)

        return run

    await asyncio.gather(*[database.write(together(deed)) for deed in deeds])
    return runs


@pytest.fixture
async def both(website: Website) -> tuple[int, int]:
    """Give two items that wait in the journal."""
    return await website.db.write(website.keep), await website.db.write(website.keep)


def taking(website: Website, item: int, **answers: object) -> Callable[[Session], Outcome]:
    """Give what takes an item."""
    return lambda session: website.take(session, item, form(**answers))


async def test_two_workers_that_meet_one_new_person_leave_one_card(
    website: Website, both: tuple[int, int], store: Store
) -> None:
    first, second = both
    runs = await at_once(
        website.db, taking(website, first, **KARIN), taking(website, second, **KARIN, message="and this")
    )
    assert runs == (3 if store.engine == "postgres" else 2)
    (card,) = await website.cards()
    assert await website.handles(card.id) == ["+46701740612", "karin@ekdahl.example"]
    assert {touch.contact_id for touch in await website.interactions()} == {card.id}
    assert len(await website.tasks()) == 2


async def test_two_workers_that_meet_one_request_leave_one_task(
    website: Website, both: tuple[int, int]
) -> None:
    first, second = both
    nameless = {"message": "No number, no address"}
    await at_once(website.db, taking(website, first, **nameless), taking(website, second, **nameless))
    assert len(await website.cards()) == len(await website.tasks()) == 1


async def test_two_workers_that_meet_one_company_make_it_once(
    website: Website, both: tuple[int, int]
) -> None:
    first, second = both
    await at_once(
        website.db,
        taking(website, first, name="Bo", phone="031-390 06 72", company="Brf  Ekbacken"),
        taking(website, second, name="Eva", phone="031-390 06 73", company="Brf Ekbacken"),
    )
    firms = await website.db.read(
        lambda session: session.scalar(select(func.count()).select_from(Organisation))
    )
    one, other = await website.cards()
    assert firms == 1
    assert one.organisation_id == other.organisation_id


async def test_what_fails_half_way_leaves_nothing_behind(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("crm.intake.tasks.add_task", fail)
    with pytest.raises(RuntimeError):
        await website.sends(**KARIN)
    rows = await website.db.read(
        lambda session: [
            session.scalar(select(func.count()).select_from(table))
            for table in (Contact, Handle, Interaction)
        ]
    )
    waits = await website.db.read(lambda session: session.scalar(select(Inbound.due_at)))
    assert rows == [0, 0, 0]
    assert waits is not None
