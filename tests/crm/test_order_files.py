"""A file of orders: each is an item of its own, with its own card, and the file can be read again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.forms import commerceml_file
from crm import intake
from hub import journal
from hub.blobs import Blobs
from hub.channels import Channels
from hub.clock import now
from hub.connector import Raw
from hub.journal import Inbound
from hub.processing import Processor
from hub.web import journal_search
from hub.web.journal_search import Asked
from tests.crm.website import Website
from tests.eventually import eventually

ORDER = (
    "<Документ><Ид>{0}</Ид><Номер>{0}</Номер><ХозОперация>Заказ товара</ХозОперация><Сумма>{2}</Сумма>"
    "<Контрагенты><Контрагент><Имя>{1}</Имя></Контрагент></Контрагенты></Документ>"
)
PAID = "<Документ><Номер>9</Номер><ХозОперация>Выплата безналичных денег</ХозОперация></Документ>"
HEADERS = {"content-type": "application/zip", ":query": "type=sale&mode=file", ":remote": "203.0.113.7"}


class Office:
    """1C in the office, which sends its files to the website's form."""

    def __init__(self, website: Website, blobs: Blobs, channels: Channels) -> None:
        """Have the hub at work that takes them."""
        self.website, self.db, self.blobs = website, website.db, blobs
        self.processor = Processor(website.db, blobs, channels, intake.take)

    async def sends(self, *documents: str, key: str = "file") -> None:
        """Send a file, and wait until nothing of it waits any more."""
        body = f"<КоммерческаяИнформация>{''.join(documents)}</КоммерческаяИнформация>"
        raw = Raw(body=body.encode(), headers=HEADERS, received_at=now())
        await journal.accept(self.db, self.blobs, 1, key, raw)
        await eventually(self._is_done)

    async def reads_again(self, key: str = "file") -> None:
        """Have a file read again."""

        def reopen(session: Session) -> None:
            journal.reopen(session, session.scalars(select(Inbound).where(Inbound.key == key)).one())

        await self.db.write(reopen)
        await eventually(self._is_done)

    async def items(self) -> Sequence[Inbound]:
        """Give everything in the journal."""
        return await self.db.read(lambda session: session.scalars(select(Inbound).order_by(Inbound.id)).all())

    async def _is_done(self) -> bool:
        return all(item.due_at is None for item in await self.items())

    async def names(self) -> list[str]:
        """Give who has a card."""
        return sorted(card.name for card in await self.website.cards())

    async def sums(self) -> list[str]:
        """Give what the orders are called."""
        return sorted(touch.summary for touch in await self.website.interactions())


@pytest.fixture
async def office(website: Website, tmp_path: Path) -> AsyncIterator[Office]:
    """Give 1C and a hub that takes its orders."""
    channels = Channels(website.db)
    await channels.load()
    given = Office(website, Blobs(tmp_path / "blobs"), channels)
    running = asyncio.create_task(given.processor.run())
    yield given
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


ANNA, BORIS, VERA = (
    ORDER.format(*each) for each in (("1", "Anna", "10"), ("2", "Boris", "20"), ("3", "Vera", "30"))
)


async def test_each_order_of_a_file_has_its_card_and_its_task(office: Office) -> None:
    await office.sends(ANNA, PAID, BORIS, VERA)
    assert await office.names() == ["Anna", "Boris", "Vera"]
    assert await office.sums() == ["Order 1: 10", "Order 2: 20", "Order 3: 30"]
    assert len(await office.website.tasks()) == 3


async def test_the_file_stays_and_says_what_it_became(office: Office) -> None:
    await office.sends(ANNA, BORIS)
    file, *parts = await office.items()
    assert (file.became, file.became_path) == ("2 parts, each an item of its own", "/journal?q=file")
    assert "Boris" in (file.body or b"").decode()
    assert [bool(part.became_path and part.done_at) for part in parts] == [True, True]
    assert {part.received_at for part in parts} == {file.received_at}
    assert (file.network is not None, [part.network for part in parts]) == (True, [None, None])


async def test_the_way_from_the_file_leads_to_its_orders(office: Office) -> None:
    await office.sends(ANNA, BORIS, key="01KAYQ")
    await office.sends(VERA, key="01KAYR")
    found = await office.db.read(journal_search.find, Asked(words="01KAYQ"), ZoneInfo("UTC"))
    assert sorted(item.id for item, _channel in found) == [1, 2, 3]


async def test_a_file_read_again_makes_what_it_made(office: Office) -> None:
    await office.sends(ANNA, BORIS)
    before = [item.id for item in await office.items()]
    await office.reads_again()
    assert [item.id for item in await office.items()] == before
    assert await office.sums() == ["Order 1: 10", "Order 2: 20"]
    assert len(await office.website.tasks()) == 2


async def test_a_reader_that_finds_one_more_makes_that_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows = commerceml_file._is_order
    monkeypatch.setattr(
        commerceml_file, "_is_order", lambda each: knows(each) and "Boris" not in "".join(each.itertext())
    )
    await office.sends(ANNA, BORIS, VERA)
    assert await office.names() == ["Anna", "Vera"]
    monkeypatch.setattr(commerceml_file, "_is_order", knows)
    await office.reads_again()
    assert await office.names() == ["Anna", "Boris", "Vera"]
    assert await office.sums() == ["Order 1: 10", "Order 2: 20", "Order 3: 30"]


async def test_a_file_that_was_taken_whole_gives_what_it_lost_when_read_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        then.setattr("connectors.forms.senders.commerceml.documents_in", lambda _body: ())
        await office.sends(ANNA, BORIS)
    await office.reads_again()
    assert await office.names() == ["Anna", "Boris"]
    assert await office.sums() == ["Order 1: 10", "Order 2: 20"]


async def test_orders_in_one_item_are_not_taken_for_one_another(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.forms.senders.commerceml.documents_in", lambda _body: ())
    await office.sends(ANNA, BORIS)
    assert await office.sums() == ["Order 1: 10", "Order 2: 20"]


async def test_the_same_file_sent_once_more_is_told_again(office: Office) -> None:
    await office.sends(ANNA, BORIS)
    await office.sends(ANNA, BORIS.replace("20", "25"), key="next")
    assert await office.sums() == ["Order 1: 10", "Order 2: 25"]
    assert len(await office.website.tasks()) == 2


async def test_an_order_in_trouble_holds_up_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    take = intake.take

    def stumble(session: Session, item: Inbound, *rest: object) -> object:
        if b"Anna" in (item.body or b""):
            raise ValueError("not this one")
        return take(session, item, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(office.processor, "_take", stumble)
    monkeypatch.setattr(journal, "ATTEMPTS", 1)
    await office.sends(ANNA, BORIS)
    assert await office.names() == ["Boris"]
    assert [item.failed_at is not None for item in await office.items()] == [False, True, False]
    monkeypatch.setattr(office.processor, "_take", take)
    await office.reads_again()
    assert await office.names() == ["Anna", "Boris"]


async def test_a_hub_that_stops_before_the_parts_are_kept_takes_all_of_them_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_rows: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as then:
        then.setattr(journal, "ATTEMPTS", 1)
        then.setattr("hub.parting._read_again", stops)
        await office.sends(ANNA, BORIS)
    assert len(await office.items()) == 1
    assert await office.names() == []
    await office.reads_again()
    assert await office.names() == ["Anna", "Boris"]
