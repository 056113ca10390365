"""A letter's frame and its pictures: who gets them, by which addresses, and what stands there instead."""

from __future__ import annotations

import re
from html import unescape

import pytest
from msgspec import structs
from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.letters import Letter
from crm.tasks import Task
from hub import passes, signin
from hub.forms import File
from hub.users import Viewer
from hub.web.keys import BLOBS
from tests.crm.mailbox import Mailbox, letter
from tests.crm.web.console import Consoles, Shown
from tests.eventually import eventually
from tests.letter_desk import DOT

HOUSE = File("house.png", "image/png", DOT, inline=True, content_id="House@1")
PAGE = File("page.png", "image/png", b"<script>alert(1)</script>", inline=True, content_id="page")
HTML = "<p>Does it close?</p><img src='cid:house%401' alt='House'><img src='https://127.0.0.1:9/a.png' alt='Autumn'>"


class Sent:
    """A letter with HTML on a card, and its addresses."""

    def __init__(self, mailbox: Mailbox, consoles: Consoles) -> None:
        """Nothing came yet."""
        self.mailbox, self.consoles = mailbox, consoles
        self.id = 0
        self.contact = 0

    async def comes(self, html: str = HTML, *files: File, **headers: str) -> Sent:
        """Have it come."""
        event = structs.replace(self.mailbox.read(letter(**headers)), html=html, files=files)
        for file in files:
            await self.consoles.client.server.app[BLOBS].put(file.content)
        self.contact = (await self.mailbox.gets_event(event)).contact
        self.id = (await self.mailbox.touches())[-1].id
        return self

    async def frame(self, who: str = "Maria", asked: str = "") -> Shown:
        """Open its frame."""
        return await self.consoles.get(who, f"/letters/{self.id}/html{asked}")

    async def pictures(self, asked: str = "") -> list[str]:
        """Give the addresses of its pictures."""
        found = re.findall(r'<img src="([^"]+)"', (await self.frame(asked=asked)).html)
        return [unescape(each) for each in found]


@pytest.fixture
def sent(mailbox: Mailbox, consoles: Consoles) -> Sent:
    """Give a letter that may come."""
    return Sent(mailbox, consoles)


async def picture(sent: Sent, address: str) -> tuple[int, str, bytes]:
    """Ask for a picture as a frame does, which has no cookie: status, type and content."""
    async with sent.consoles.client.get(address) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_a_frame_may_do_nothing(sent: Sent) -> None:
    await sent.comes()
    page = await sent.consoles.get("Maria", f"/letters/{sent.id}")
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.html
    cookie = {"Cookie": f"ringback={await sent.consoles._cookie('Maria')}"}
    async with sent.consoles.client.get(f"/letters/{sent.id}/html", headers=cookie) as answer:
        rules = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'"} <= set(
        rules
    )
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in rules
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_picture_that_came_along_is_shown_by_its_pass_alone(sent: Sent) -> None:
    await sent.comes(HTML, HOUSE)
    [address] = await sent.pictures()
    assert await picture(sent, address) == (200, "image/png", DOT)
    for wrong in (address.replace("/images/", "/images/0"), address[:-2], re.sub(r"by=\d+", "by=99", address),
                  re.sub(r"by=\d+", "by=x", address), address.replace(f"/{sent.id}/", f"/{sent.id + 1}/")):  # fmt: skip
        assert (await picture(sent, wrong))[0] == 404


async def test_a_pass_ends_with_the_right_to_see_the_letter(sent: Sent) -> None:
    await sent.comes(HTML, HOUSE)
    address = unescape(re.findall(r'<img src="([^"]+)"', (await sent.frame("Elin")).html)[0])
    assert (await picture(sent, address))[0] == 200
    await sent.mailbox.db.write(_hand_over, (await sent.mailbox.firm.who("Nils")).department_id)
    assert (await picture(sent, address))[0] == 404


async def test_a_pass_ends_with_its_sign_in(sent: Sent) -> None:
    await sent.comes(HTML, HOUSE)
    [address] = await sent.pictures()
    maria = await sent.mailbox.firm.who("Maria")
    await sent.mailbox.db.write(signin.revoke_all, maria.user_id)
    assert (await picture(sent, address))[0] == 404


async def test_a_letter_is_for_those_who_see_its_card(sent: Sent) -> None:
    await sent.comes()
    for path in ("", "/html", "/shown"):
        assert (await sent.consoles.get("Nils", f"/letters/{sent.id}{path}")).status == 404
    assert (await sent.consoles.press("Nils", f"/letters/{sent.id}/pictures")).status == 404


async def test_a_picture_that_is_none_or_cannot_be_fetched_says_why(sent: Sent) -> None:
    outside = "<img src=https://10.0.0.1/a.png alt=x><img src=http://127.0.0.1:8080/a.png alt=x>"
    await sent.comes(f"<img src=cid:page alt=x><img src=cid:gone alt=x>{outside}", PAGE)
    told = [await picture(sent, address) for address in await sent.pictures("?pictures=shown")]
    assert {(kind, b"<script" in content) for _status, kind, content in told} == {("image/svg+xml", False)}
    reasons = [re.search(r"<title>(.*)</title>", content.decode())[1] for *_rest, content in told]
    missing, private = (
        "This picture did not come along, or is none.",
        "Its address is not in the public network.",
    )
    assert reasons == [missing, missing, private, private]


async def test_pictures_from_outside_have_an_address_once_they_are_asked_for(sent: Sent) -> None:
    await sent.comes()
    page = await sent.consoles.get("Maria", f"/letters/{sent.id}")
    assert "1 picture lies outside and is not shown." in page.words
    assert len(await sent.pictures()) == 1
    assert len(await sent.pictures("?pictures=shown")) == 2


async def test_a_trusted_sender_is_trusted_in_every_letter_but_where_dmarc_fails(sent: Sent) -> None:
    await sent.comes()
    said = await sent.consoles.press("Maria", f"/letters/{sent.id}/pictures")
    assert "Pictures in letters from karin@tenant.example are always shown." in said.words
    assert len(await sent.pictures()) == 2
    history = await sent.consoles.get("Maria", f"/audit/contact/{sent.contact}")
    assert "pictures in letters from karin@tenant.example are shown" in history.words
    failed = update(Letter).values(verdicts={"dmarc": "fail"})
    await sent.mailbox.db.write(Session.execute, failed)
    assert len(await sent.pictures()) == 1


async def test_trust_is_taken_back_without_scripts_too(sent: Sent) -> None:
    await sent.comes()
    await sent.consoles.send("Maria", f"/letters/{sent.id}/pictures")
    answer = await sent.consoles.send("Maria", f"/letters/{sent.id}/pictures", _method="delete")
    assert (answer.status, answer.location) == (303, f"/letters/{sent.id}")
    assert len(await sent.pictures()) == 1


async def test_what_is_too_deep_is_shown_as_its_text_and_said_so(sent: Sent) -> None:
    await sent.comes("<div>" * 100_000 + "x")
    page = await sent.consoles.get("Maria", f"/letters/{sent.id}")
    assert "too large or too deeply nested to be shown as it was sent. This is its text." in page.words
    assert '<pre class="plain">Does it close?</pre>' in (await sent.frame()).html


async def test_a_card_offers_it_where_there_is_html_alone(sent: Sent) -> None:
    await sent.comes("")
    assert '<pre class="plain">Does it close?</pre>' in (await sent.frame()).html
    assert "As it was sent" not in (await sent.consoles.get("Maria", f"/contacts/{sent.contact}")).words


async def test_a_name_that_is_another_address_is_told_beside_the_sender(sent: Sent) -> None:
    await sent.comes(HTML, HOUSE, From='"boss@bank.example" <x@evil.example>')
    card = (await sent.consoles.get("Maria", f"/contacts/{sent.contact}")).words
    assert "boss@bank.example <x@evil.example> The name is another address" in card
    assert "As it was sent house.png 69 bytes, picture" in card
    page = await sent.consoles.get("Maria", f"/letters/{sent.id}")
    assert "only the address itself counts" in page.words


async def test_who_looked_at_a_letter_as_it_was_sent_stands_in_the_audit(sent: Sent) -> None:
    await sent.comes()
    await sent.frame("Elin")

    async def is_noted() -> bool:
        return "Elin Sandgren" in (await sent.consoles.get("Maria", f"/audit/letter/{sent.id}")).words

    await eventually(is_noted)


async def test_a_key_of_nobody_opens_nothing(sent: Sent) -> None:
    def tries(session: Session) -> tuple[bytes, Viewer | None]:
        return passes.key_of(session, 99), passes.holder(session, 99, "x", passes.mark(b"", "x"))

    assert await sent.mailbox.db.read(tries) == (b"", None)


def _hand_over(session: Session, department_id: int) -> None:
    """Have everything belong to another department."""
    for record in (Contact, Task):
        session.execute(update(record).values(department_id=department_id))
    session.execute(update(Contact).values(responsible_id=None))
    session.execute(update(Task).values(assignee_id=None))
