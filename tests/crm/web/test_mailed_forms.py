"""What the answers of mailed forms mean is said once on a letter, and holds for all of its sender's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import convert
from sqlalchemy import select

from hub.channels import Channel, add_channel
from hub.clock import now
from hub.connector import Raw
from hub.journal import Inbound, insert_item
from tests.eventually import eventually

if TYPE_CHECKING:
    from hub.db import Database
    from tests.crm.web.conftest import Sit
    from tests.crm.web.seat import Seat

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

SITE = "wordpress@klarruta.example"
BODY = f"From: Site <{SITE}>\r\nSubject: Offert\r\n\r\nKund: Karin Ekdahl\r\nDitt nr: 070-174 06 05\r\nVad: Tre\r\n"
OTHERS = ("other@site.example: Ditt nr = nothing", f"{SITE.upper()}: Golv = company")


@pytest.fixture
async def annika(sit: Sit) -> Seat:
    """Seat the admin."""
    return await sit("Annika Kron", "admin")


@pytest.fixture
async def letter(annika: Seat, db: Database) -> str:
    """Give the page of a letter that a website mailed."""
    del annika
    made = await db.write(
        add_channel, "post", "Office", "mail", {"address": "a@b.example", "forms": list(OTHERS)}
    )
    item = Raw(body=BODY.encode(), headers={}, received_at=now())
    await db.write(insert_item, made.id, "k1", item, None)
    return f"/mailed-forms/{await db.read(lambda session: session.scalars(select(Inbound.id)).one())}"


async def lines(db: Database) -> list[str]:
    """Give what stands in the settings about forms."""
    box = select(Channel).where(Channel.kind == "mail")
    settings = await db.read(lambda session: session.scalars(box).one().settings)
    return convert(settings["forms"], list[str])


async def test_what_an_answer_means_is_said_on_a_letter_and_kept_for_its_sender(
    annika: Seat, letter: str, db: Database
) -> None:
    page = await annika.reads(letter)
    assert "Guessed: phone" in page
    said = {
        "label-0": "Kund",
        "means-0": "name",
        "label-1": "Ditt nr",
        "means-1": "",
        "label-2": "Vad",
        "means-2": "?",
    }
    answer = await annika.sends(letter, fragment=False, **said)
    assert answer.status in {200, 303}
    assert await lines(db) == [OTHERS[0], f"{SITE}: golv = company", f"{SITE}: Kund = name"]
    page = await annika.opens(letter)
    assert '<option value="name" selected>' in page
    assert "golv" in page
    listed = await annika.reads(f"/mail-forms/{await box_of(db)}")
    assert SITE in listed
    assert "kund → name" in listed


async def test_it_is_forgotten_and_undone(annika: Seat, letter: str, db: Database) -> None:
    answer = await annika.client.delete(letter, headers={**annika.headers, "HX-Request": "true"})
    assert answer.status < 400
    assert await lines(db) == [OTHERS[0]]


async def test_the_journal_leads_there(annika: Seat, letter: str) -> None:
    number = letter.rpartition("/")[2]
    await eventually(lambda: annika.shows(f"/journal/{number}", f"/journal/{number}/fields"))
    answer = await annika.asks(f"/journal/{number}/fields")
    assert answer.headers["Location"] == letter


async def box_of(db: Database) -> int:
    """Give the mailbox."""
    return await db.read(
        lambda session: session.scalars(select(Channel.id).where(Channel.kind == "mail")).one()
    )
