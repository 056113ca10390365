"""The whole sale of windows by API alone: from the request on the website to the closing report, on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.crm.web.test_document_making import text_of
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.ringback import Hub
from tests.servers.sink import Sink
from tests.story import staff
from tests.story.walk import MAIL, Walk

LEAVES = 60  # seconds


@pytest.fixture
async def hub(database: str, tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a running hub of the company as it is delivered."""
    made = Hub(tmp_path / "data", database=database)
    made.start()
    await made.listening()
    yield made
    made.stop()


@pytest.fixture
async def outside() -> AsyncIterator[Sink]:
    """Give the world that letters go to."""
    async with sinks.sink() as made:
        yield made


@pytest.mark.timeout(300)
async def test_the_whole_story_by_api_alone(hub: Hub, outside: Sink, tmp_path: Path) -> None:
    staff.hire(hub)
    staff.open_post(hub, tmp_path, outside.port)
    walk = Walk(hub, staff.open_till(hub, tmp_path))
    await walk.publish()

    await walk.asks()
    call = await walk.task(staff.CALL)
    (promise,) = call["deadlines"]
    began, due = (datetime.fromisoformat(promise[name]) for name in ("started_at", "due_at"))
    assert due - began == timedelta(minutes=15)
    await walk.is_called()
    assert await walk.stage() == "Called"
    visit = await walk.visit(staff.MEASURE)
    assert (visit["address"], visit["starts_at"][:10]) == (staff.PLACE, f"{staff.next_week(1)}")
    await walk.is_measured()
    assert await walk.stage() == "Measured"
    await walk.agrees()
    assert await walk.stage() == "Agreed"
    await walk.pays()
    assert await walk.stage() == "Installation"
    await walk.is_installed()
    assert await walk.stage() == "Installed"

    await papers_say_what_was_sold(walk)
    await eventually(partial(is_told, outside), LEAVES)
    letters = staff.opened(outside.letters)
    quoted = [each for each in letters[MAIL] if each["Subject"] == "Your windows: quote and contract"]
    assert [sorted(staff.enclosed(each)) for each in quoted] == [["C.docx", "Q.pdf"]]
    (report,) = letters["sofia@klarruta.example"]
    assert report["Subject"] == "Sold and installed: Karin Ekdahl"
    (closing,) = staff.enclosed(report).values()
    assert "Slutrapport" in text_of(closing)  # a Swedish company has Swedish papers


async def papers_say_what_was_sold(walk: Walk) -> None:
    """Read quote, contract and closing report back."""
    documents = (await walk.ask("GET", f"/deals/{walk.deal}/documents"))["documents"]
    texts = {each["template"]: text_of(await walk.content(each["id"])) for each in documents}
    for name in ("Quote", "Contract"):
        words = texts[name].replace("\N{NO-BREAK SPACE}", " ").replace(",", "")
        for said in ("Karin Ekdahl", "Window three panes", "Åsgatan 3"):
            assert said in words, (name, words)
        assert "65925" in words.replace(" ", ""), words
    assert "Seven of 1200 by 1400" in texts["Closing report"]


def is_told(outside: Sink) -> bool:
    """Tell whether the buyer and the head have their letters."""
    return staff.opened(outside.letters).keys() >= {MAIL, "sofia@klarruta.example"}
