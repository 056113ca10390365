"""Words made to break out of where they stand (SQL, HTML, templates, figures that are none) stay words."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlencode

import aiohttp
import pytest
from sqlalchemy.orm import Session

from hub import signin
from hub.db import Database
from hub.users import add_user
from tests.hostile.sender import JSON, Sender
from tests.servers.ringback import Hub

NASTY = (
    "'; DROP TABLE contacts; --",
    '" OR 1=1 --',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{ 7*7 }} {% for x in y %}",
    "${7*7} %s %(name)s {name} {0.__class__}",
    "=cmd|' /C calc'!A0",
    "javascript:alert(1)",
)
# Fields that the company keeps typed, and what no such type can hold.
FIGURES = ("openings", "built", "budget", "wanted_by", "newsletter", "plans", "about")
ODD = (
    *(
        "9" * 5000,
        "1e999999999",
        "-1e-999999999",
        "NaN",
        "Infinity",
        "٣٤",
        "½",
        "0x10",
        "1_000",
        "9999-99-99",
    ),
    *(
        "0000-00-00",
        "31.2.2026",
        "1" + "." * 5000 + "1",
        "https://" + "a" * 5000,
        "javascript:alert(1)",
        "é" * 3000,
    ),
)

Page = Callable[[str], Awaitable[str]]


@pytest.fixture
async def page(hub: Hub, db: Database) -> AsyncIterator[Page]:
    """Give what shows a page of the console to the admin."""

    def enter(session: Session) -> str:
        admin = add_user(session, f"{secrets.token_hex(4)}@klarruta.example", "Annika Kron", "admin")
        return signin.start(session, admin.id, lasts=timedelta(days=1))

    cookies = {"ringback": await db.write(enter)}
    async with aiohttp.ClientSession(hub.address, cookies=cookies) as browser:

        async def show(path: str) -> str:
            async with browser.get(path) as answer:
                assert answer.status == 200, f"{path}: {answer.status}"
                return await answer.text()

        yield show


async def test_sql_and_html_in_every_field_stay_what_they_are(sender: Sender) -> None:
    answers = {f"{nasty} {place}": f"{nasty} value" for place, nasty in enumerate(NASTY)}
    answers |= {"name": "<b>Ida</b> {0.__class__}", "message": " ".join(NASTY)}
    card = await sender.card(urlencode(answers).encode())
    assert card.name == "<b>Ida</b> {0.__class__}"
    assert card.message == " ".join(NASTY)
    assert card.answers == answers


@pytest.mark.parametrize("nasty", NASTY)
async def test_a_card_shows_nasty_words_as_words(sender: Sender, page: Page, nasty: str) -> None:
    answers = dict.fromkeys(
        ("name", "company", "subject", "message", "form", "budget", "about", nasty), f"{nasty} Å"
    )
    card = await sender.card(urlencode(answers).encode())
    for path in (f"/contacts/{card.contact_id}", "/contacts", "/", "/journal"):
        shown = await page(path)
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert not re.search(r"<[^>]* onmouseover=\"alert", shown)
        assert not re.search(r"(href|src)=[\"']?javascript:", shown)
    assert f"{nasty} Å" in html.unescape(await page(f"/contacts/{card.contact_id}"))


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
async def test_figures_that_are_none_are_kept_as_text(sender: Sender, page: Page, odd: str) -> None:
    card = await sender.card(urlencode({"name": "Kerstin Ask", **dict.fromkeys(FIGURES, odd)}).encode())
    assert card.answers["budget"] == odd
    assert await page(f"/contacts/{card.contact_id}")


async def test_a_phone_of_400_digits_is_no_number_but_a_card(sender: Sender, page: Page) -> None:
    card = await sender.card(b"name=Folke+Ny&phone=" + b"4670174" * 58)
    assert (card.name, card.handles, card.tasks) == ("Folke Ny", (), 1)
    assert "No contact data" in await page(f"/contacts/{card.contact_id}")


async def test_nul_bytes_are_replaced(sender: Sender, page: Page) -> None:
    card = await sender.card(b"name=Greta%00Ny&%00=%00&message=a%00b")
    assert card.name.startswith("Greta")
    assert "\0" not in card.name + card.message + "".join(card.answers)
    assert "\0" not in await page(f"/contacts/{card.contact_id}")


@pytest.mark.parametrize("half", [r"\ud800", r"\udfff\ud800", r"\u0000"])
async def test_half_letters_in_json_are_replaced(sender: Sender, page: Page, half: str) -> None:
    body = f'{{"name": "Hilda{half} Berg", "{half}": "{half}", "message": "ok"}}'.encode()
    card = await sender.card(body, JSON)
    assert card.name.startswith("Hilda")
    assert "Hilda" in await page(f"/contacts/{card.contact_id}")


async def test_what_cannot_be_read_at_all_can_be_looked_at(sender: Sender, page: Page) -> None:
    card = await sender.card(bytes(range(256)) * 100, "application/octet-stream")
    assert "could not be read as a form" in card.remarks
    assert await page(f"/contacts/{card.contact_id}")
    items = re.findall(r'href="(/journal/\d+)', await page("/journal"))
    for item in items[:20]:
        assert await page(item)
