"""The way out of letters: to look changes nothing, one press does, and nobody's press but of who holds the copy."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consent_letters, consents, suppressions
from crm.consents import Consent, Origin
from crm.contacts import MAIL
from crm.deliveries import LEFT_OUT, WAITING
from crm.mailing_lists import MailingList
from crm.sendings import Sending
from hub.app import make_app
from hub.channels import Channel
from hub.clock import Clock
from hub.outbox import Outgoing
from hub.settings import Settings
from tests.crm.newsletter import KARIN, Newsletter

CLICK = "List-Unsubscribe=One-Click"
TYPED = {"Content-Type": "application/x-www-form-urlencoded"}
BASE = "https://hub.example"


async def test_to_look_changes_nothing(newsletter: Newsletter, client: TestClient) -> None:
    copy = await newsletter.copy()
    path = f"/unsubscribe/{await newsletter.token(copy)}"
    for method in ("GET", "HEAD", "GET"):
        async with client.request(method, path) as answer:
            assert answer.status == 200
            words = await answer.text()
    assert await newsletter.states() == {newsletter.list_id: "given"}
    assert (await newsletter.delivery(copy)).state == WAITING
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert 'lang="sv"' in words
    assert ("k…@n….example" in words, KARIN in words) == (True, False)
    for method in ("PUT", "DELETE", "PATCH"):
        async with client.request(method, path) as answer:
            assert answer.status in {403, 404, 405}
    assert await newsletter.states() == {newsletter.list_id: "given"}


@pytest.mark.parametrize("multipart", [False, True])
async def test_one_click_needs_no_cookie_and_leads_nowhere(
    newsletter: Newsletter, client: TestClient, *, multipart: bool
) -> None:
    copy = await newsletter.copy()
    path = f"/unsubscribe/{await newsletter.token(copy)}"
    body, kind = CLICK, TYPED["Content-Type"]
    if multipart:
        body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
        kind = "multipart/form-data; boundary=b"
    headers = {"Content-Type": kind, "Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}
    for _again in range(2):
        async with client.post(path, data=body, headers=headers, allow_redirects=False) as answer:
            assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
    assert await newsletter.states() == {newsletter.list_id: "withdrawn"}
    assert (await newsletter.delivery(copy)).state == LEFT_OUT
    assert await newsletter.lines() == 3


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [(CLICK, "List-Unsubscribe", CLICK), ("do=leave", "/unsubscribe", "Inget mer av ”News”"),
     ("do=all", "/unsubscribe", "Inget mer av något"),
     ("do=choose", "/unsubscribe", "☐ News · Spara det som är ikryssat")],
)  # fmt: skip
async def test_the_ledger_keeps_what_he_pressed_as_it_stood_there(
    newsletter: Newsletter, client: TestClient, body: str, place: str, words: str
) -> None:
    path = f"/unsubscribe/{await newsletter.token(await newsletter.copy())}"
    async with client.post(path, data=body, headers=TYPED) as answer:
        assert answer.status == 200
    (line,) = await newsletter.firm.db.read(lambda session: session.scalars(
        select(Consent).where(Consent.state == consents.WITHDRAWN)).all())  # fmt: skip
    assert (line.place, line.words, line.value, bool(line.address)) == (place, words, KARIN, True)


FORGED = (
    ("{}x", 404), ("1-1-aaaa", 404), ("%00", 404), ("é", 404), ("{}" * 9, 404), ("-" * 70, 404),
    ("ffffffffffffffff-1-a", 404), ("..%2f..%2fetc", 404),
)  # fmt: skip


@pytest.mark.parametrize(("form", "status"), FORGED)
async def test_a_forged_token_is_of_nothing(
    newsletter: Newsletter, client: TestClient, form: str, status: int
) -> None:
    path = f"/unsubscribe/{form.replace('{}', await newsletter.token(await newsletter.copy()))}"
    for method in ("GET", "POST"):
        async with client.request(
            method, path, data=CLICK if method == "POST" else None, headers=TYPED
        ) as answer:
            assert answer.status == status
    assert await newsletter.states() == {newsletter.list_id: "given"}


@pytest.mark.parametrize("purpose", ["envelope", "see", "click", "open"])
async def test_the_token_of_another_purpose_is_of_nothing(
    newsletter: Newsletter, client: TestClient, purpose: str
) -> None:
    token = await newsletter.token(await newsletter.copy(), purpose)  # type: ignore[arg-type]
    async with client.post(f"/unsubscribe/{token}", data=CLICK, headers=TYPED) as answer:
        assert answer.status == 404
    assert await newsletter.states() == {newsletter.list_id: "given"}


async def test_what_is_no_choice_changes_nothing(newsletter: Newsletter, client: TestClient) -> None:
    path = f"/unsubscribe/{await newsletter.token(await newsletter.copy())}"
    bodies = (("", 422), ("do=erase", 422), ("x" * 20_000, 413), ("&".join(["a=1"] * 300), 400),
              ("List-Unsubscribe=Two-Clicks", 422))  # fmt: skip
    for body, status in bodies:
        async with client.post(path, data=body, headers=TYPED) as answer:
            assert answer.status == status, body[:20]
    packed = TYPED | {"Content-Encoding": "gzip"}
    async with client.post(path, data=b"no gzip", headers=packed) as answer:
        assert answer.status == 400
    assert await newsletter.states() == {newsletter.list_id: "given"}


async def test_on_the_page_he_chooses_what_comes(newsletter: Newsletter, client: TestClient) -> None:
    await newsletter.agrees(KARIN, newsletter.other_id)
    path = f"/unsubscribe/{await newsletter.token(await newsletter.copy())}"
    other = str(newsletter.other_id)
    async with client.post(path, data={"do": "choose", "list": other}) as answer:
        words = await answer.text()
    assert ticked(words) == [other]
    assert await newsletter.states() == {newsletter.list_id: "withdrawn", newsletter.other_id: "given"}
    async with client.post(path, data=[("do", "choose"), ("list", other), ("list", str(newsletter.list_id))]):
        pass
    assert set((await newsletter.states()).values()) == {"given"}
    async with client.post(path, data={"do": "choose", "list": "9" * 30}) as answer:
        assert (answer.status, ticked(await answer.text())) == (200, [])
    async with client.post(path, data={"do": "all"}) as answer:
        assert answer.status == 200
    assert (KARIN, None, "unsubscribed") in await newsletter.suppressed()


async def test_who_guesses_is_not_looked_up_any_more(
    newsletter: Newsletter, client: TestClient, tmp_path: Path, clock: Clock,
    aiohttp_server: Callable[..., Awaitable[TestServer]], aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> None:  # fmt: skip
    del client
    app = await make_app(newsletter.firm.db, tmp_path / "other", Settings(behind_proxy=True))
    guest = await aiohttp_client(await aiohttp_server(app, auto_decompress=False))
    token = await newsletter.token(await newsletter.copy())

    async def status(text: str, network: str) -> int:
        async with guest.get(f"/unsubscribe/{text}", headers={"X-Forwarded-For": network}) as answer:
            return answer.status

    assert [await status(f"1-{number:x}-a", "203.0.113.7") for number in range(21)] == [404] * 20 + [429]
    assert await status(token, "203.0.113.9") == 429
    assert await status(token, "198.51.100.7") == 200
    clock.advance(minutes=11)
    assert await status(token, "203.0.113.7") == 200


async def test_he_confirms_by_the_link_of_a_letter(newsletter: Newsletter, client: TestClient) -> None:
    await newsletter.firm.do(_mailbox)
    link = await newsletter.firm.do(_yes, newsletter.other_id)
    assert await newsletter.states() == {newsletter.list_id: "given", newsletter.other_id: "asked"}
    assert link.startswith(f"{BASE}/confirm/")
    path = link.removeprefix(BASE)
    async with client.get(path) as answer:
        words = await answer.text()
    assert ("What is cheaper this week." in words, KARIN in words) == (True, False)
    assert (await newsletter.states())[newsletter.other_id] == "asked"
    for _again in range(2):
        async with client.post(path) as answer:
            assert answer.status == 200
    assert (await newsletter.states())[newsletter.other_id] == "given"
    assert await newsletter.lines() == 4


async def test_an_old_link_and_one_that_was_taken_back_confirm_nothing(
    newsletter: Newsletter, client: TestClient, clock: Clock
) -> None:
    await newsletter.firm.do(_mailbox)
    path = (await newsletter.firm.do(_yes, newsletter.other_id)).removeprefix(BASE)
    wrong = (f"{path}a", path.replace("/confirm/", "/confirm/1"), "/confirm/1-a", "/confirm/", "/confirm/-")
    for each in wrong:
        async with client.post(each) as answer:
            assert answer.status == 404, each
    await newsletter.firm.do(consents.withdraw, newsletter.other_id, MAIL, KARIN, Origin(source="person"))
    async with client.post(path) as answer:
        assert answer.status == 404
    assert (await newsletter.states())[newsletter.other_id] == "withdrawn"
    clock.advance(hours=2)
    path = (await newsletter.firm.do(_yes, newsletter.other_id)).removeprefix(BASE)
    clock.advance(days=31)
    async with client.post(path) as answer:
        assert answer.status == 404
    assert (await newsletter.states())[newsletter.other_id] == "asked"


async def test_few_letters_leave_however_often_an_address_is_typed(
    newsletter: Newsletter, clock: Clock
) -> None:
    await newsletter.firm.do(_mailbox)
    for _again in range(12):
        await newsletter.firm.do(_yes, newsletter.other_id)
        clock.shift += timedelta(minutes=20)
    assert await newsletter.firm.do(_letters) == 1
    clock.shift += timedelta(days=2)
    await newsletter.firm.do(suppressions.suppress, MAIL, KARIN, suppressions.COMPLAINED)
    await newsletter.firm.do(_yes, newsletter.other_id)
    assert await newsletter.firm.do(_letters) == 1


async def test_without_double_opt_in_a_yes_counts_at_once(newsletter: Newsletter) -> None:
    def plainly(session: Session) -> None:
        session.get_one(MailingList, newsletter.other_id).confirms = False

    await newsletter.firm.do(plainly)
    await newsletter.firm.do(_yes, newsletter.other_id)
    assert (await newsletter.states())[newsletter.other_id] == "given"


def ticked(html: str) -> list[str]:
    """Give the lists that are ticked on the page."""
    return re.findall(r'value="(\d+)" checked', unescape(html))


def _mailbox(session: Session) -> None:
    settings = {"address": "news@klarruta.example"}
    session.add(Channel(name="news", title="News", kind="mail", token="-", settings=settings))  # noqa: S106


def _yes(session: Session, list_id: int) -> str:
    """Have Karin say yes, and give the link of the last letter that left."""
    origin = Origin(source=consents.FORM, place="Website")
    consent_letters.agree(session, session.get_one(MailingList, list_id), KARIN, origin, BASE)
    last = session.scalars(select(Outgoing).order_by(Outgoing.id.desc()).limit(1)).first()
    found = re.search(rf"{BASE}\S+", str(last.command["text"])) if last else None
    return found[0] if found else ""


def _letters(session: Session) -> int:
    assert session.scalars(select(Consent)).all()
    return len(session.scalars(select(Sending)).all())
