"""Campaigns on their pages: begun, written, looked at, tested; and what the world sees of a copy."""

from __future__ import annotations

import re
import struct
import zlib
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_contents, delivery_tokens
from crm.campaign_pictures import CampaignPicture
from crm.campaigns import DONE, TEMPLATE, Campaign, CampaignContent
from crm.contacts import MAIL, Contact, Handle, add_contact
from crm.deliveries import SENT, Delivery
from crm.letterheads import LetterheadFile, keep
from crm.mailing_lists import MailingList
from hub.clock import Clock, now
from hub.outbox import Outgoing
from hub.users import Viewer
from tests.crm.mailbox import SUPPORT, Mailbox
from tests.crm.web.console import Consoles, Shown

WORDS = {"row": ["0", "1"], "kind-0": "text", "words-0": 'Hello {{first_name|"there"}}', "kind-1": "button",
         "words-1": "See it", "href-1": "https://klarruta.example/?who={{first_name}}", "subject": "News",
         "preheader": "For you"}  # fmt: skip
GONE = 404


@pytest.fixture
async def campaign(mailbox: Mailbox, consoles: Consoles) -> int:
    """Begin a campaign for a list, from a mailbox, and write it."""

    def ground(session: Session) -> int:
        keep(session, LetterheadFile(address=("Storgatan 1", "411 01 Göteborg")))
        row = MailingList(name="News", public=True, words="I want your news.")
        session.add(row)
        session.flush()
        return row.id

    list_id = await mailbox.db.write(ground)
    begun = await consoles.send("Maria", "/campaigns", name="Winter", list=str(list_id), start="letter")
    campaign_id = int(begun.location.split("/")[2])
    await consoles.press("Maria", f"/campaigns/{campaign_id}", name="Winter", list=str(list_id), box=str(SUPPORT),
                         counts_clicks="on")  # fmt: skip
    await consoles.press("Maria", f"/campaigns/{campaign_id}/content", **WORDS)
    return campaign_id


async def copy_for(mailbox: Mailbox, campaign_id: int, name: str = "Karin Nyman") -> int:
    """Have a copy be sent to somebody, as far as the store knows."""

    def sent(session: Session) -> int:
        contact_id = add_contact(session, name)
        session.add(Handle(contact_id=contact_id, kind=MAIL, value="karin@nyman.example"))
        content = campaign_contents.newest(session, campaign_id)
        assert content is not None
        row = Delivery(campaign_id=campaign_id, contact_id=contact_id, address="karin@nyman.example", state=SENT,
                       domain="nyman.example", content_id=content.id, sent_at=now())  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    return await mailbox.db.write(sent)


async def token(mailbox: Mailbox, delivery_id: int, purpose: delivery_tokens.Purpose) -> str:
    """Give the token of a copy."""

    def made(session: Session) -> str:
        row = session.get_one(Delivery, delivery_id)
        return delivery_tokens.token(session.get_one(Campaign, row.campaign_id), row.id, purpose)

    return await mailbox.db.read(made)


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


async def world(
    consoles: Consoles, path: str, agent: str = BROWSER, **headers: str
) -> tuple[int, str, dict[str, str]]:
    """Ask as somebody who is nobody of us; further headers by their names, with _ for -."""
    head = {"User-Agent": agent, **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with consoles.client.get(path, allow_redirects=False, headers=head) as answer:
        return answer.status, await answer.text(errors="replace"), dict(answer.headers)


def png(width: int, height: int) -> bytes:
    """Give a white picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\xff" * width * 3) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_campaign_is_begun_and_stands_in_the_list(campaign: int, consoles: Consoles) -> None:
    shown = await consoles.get("Maria", "/campaigns")
    assert f'href="/campaigns/{campaign}"' in shown.html
    assert "Winter" in shown.words
    assert (await consoles.get("Elin", "/campaigns")).status == 403


async def test_each_save_is_a_version_and_an_old_one_can_be_had_again(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await consoles.press("Maria", f"/campaigns/{campaign}/content", **WORDS | {"subject": "Better news"})
    await consoles.press("Maria", f"/campaigns/{campaign}/content", **WORDS | {"subject": "Better news"})
    old = await consoles.get("Maria", f"/campaigns/{campaign}/content?version=2")
    assert 'value="News"' in old.html
    assert "This is version 2" in old.words
    rows = await mailbox.db.read(lambda session: session.scalars(select(CampaignContent.version)).all())
    assert sorted(rows) == [1, 2, 3]


async def test_what_is_wrong_above_the_letter_is_told_where(campaign: int, consoles: Consoles) -> None:
    head = {"subject": "News for {{nobody}}", "preheader": "Hello {{first_name"}
    shown = await consoles.send("Maria", f"/campaigns/{campaign}/draft?do=look", **WORDS | head)
    assert "In the subject: There is no field “nobody”." in shown.words
    assert "In the preview line: A {{ has no }}" in shown.words


async def test_nobody_saves_over_words_of_which_he_was_not_told(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    here = f"/campaigns/{campaign}/content"
    opened = await consoles.get("Maria", here)
    assert 'name="began" value="2"' in opened.html
    await consoles.send("Maria", here, **WORDS | {"began": "2", "subject": "Better news"})
    late = WORDS | {"began": "2", "preheader": "Mine"}
    refused = await consoles.send("Maria", here, **late)
    assert refused.status == 409
    assert "Maria Berg saved version 3 meanwhile." in refused.words
    assert 'value="Mine"' in refused.html
    assert 'name="began" value="3"' in refused.html
    newest = await mailbox.db.read(campaign_contents.newest, campaign)
    assert newest is not None
    assert (newest.version, newest.subject) == (3, "Better news")
    told = await consoles.send("Maria", here, **late | {"began": "3"})
    assert told.location.endswith("content?variant=A")
    twice = await consoles.send("Maria", here, **late | {"began": "3"})
    assert twice.location == told.location
    told_live = await consoles.part("Maria", f"/campaigns/{campaign}/newer?variant=A&began=3")
    assert "saved version 4 meanwhile." in told_live.words
    assert "saved" not in (await consoles.part("Maria", f"/campaigns/{campaign}/newer?began=4")).words


async def test_settings_that_make_the_same_words_anew_are_in_nobodys_way(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    def turned(session: Session) -> None:
        session.scalars(select(MailingList)).one().language = "sv"
        row = session.get_one(Campaign, campaign)
        kept = campaign_contents.newest(session, campaign)
        assert kept is not None
        written = campaign_contents.written_of(kept)
        campaign_contents.save(session, Viewer(None, "admin", None, "Nobody"), row, written, "", anew=True)

    await mailbox.db.write(turned)
    here = f"/campaigns/{campaign}/content"
    saved = await consoles.send("Maria", here, **WORDS | {"began": "2", "subject": "Better news"})
    assert saved.status == 303


async def test_blocks_are_moved_and_added_without_saving(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    moved = await consoles.press("Maria", f"/campaigns/{campaign}/draft?do=up:1", **WORDS)
    assert moved.html.index('id="block-1"') < moved.html.index('id="block-0"')
    more = await consoles.send("Maria", f"/campaigns/{campaign}/draft?do=add:columns", **WORDS)
    assert "Column 2" in more.words
    assert "Not saved yet" in more.words
    kept = await mailbox.db.read(campaign_contents.newest, campaign)
    assert kept is not None
    assert [each["kind"] for each in kept.blocks] == ["text", "button"]


async def test_the_preview_is_what_a_recipient_reads(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await copy_for(mailbox, campaign)
    as_nobody = await consoles.send("Maria", f"/campaigns/{campaign}/preview", **WORDS)
    assert "Hello there" in as_nobody.html
    by_mail = await consoles.send(
        "Maria", f"/campaigns/{campaign}/preview", **WORDS | {"as": "Karin@Nyman.example"}
    )
    assert "Hello Karin" in by_mail.html
    by_name = await consoles.send(
        "Maria", f"/campaigns/{campaign}/preview", **WORDS | {"as": "Karin Nyman", "dark": "on"}
    )
    assert "Hello Karin" in by_name.html
    assert "@media all {" in by_name.html
    stranger = await consoles.send("Maria", f"/campaigns/{campaign}/preview", **WORDS | {"as": "Kar<i>n"})
    assert "There is no contact “Kar&lt;i&gt;n”." in stranger.html
    assert "Hello" not in stranger.html
    text = await consoles.send("Maria", f"/campaigns/{campaign}/preview", **WORDS | {"look": "text"})
    assert text.html.startswith("Subject: News\n\nHello there\n")


async def test_what_must_be_mended_is_said_with_block_line_and_for_whom(
    campaign: int, consoles: Consoles
) -> None:
    wrong = WORDS | {
        "words-0": "Hello\n{{first_name}}\n{{shoes}} [here](www.klarruta.example)",
        "href-1": "http://x",
    }
    shown = await consoles.press("Maria", f"/campaigns/{campaign}/draft?do=", **wrong)
    for words in ('{{first_name}} is empty for contacts without a name: write {{first_name|"words"}}.',
                  "There is no field “shoes”.", "“[here](www.klarruta.example)” is no link that can be read",
                  "“http://x” leads nowhere: there is no such server.", "“http://x” is not encrypted"):  # fmt: skip
        assert words in shown.words
    assert "Block 1, line 2" in shown.words


async def test_a_test_goes_to_us_alone_and_reading_it_is_noted_until_it_changes(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    refused = await consoles.press("Maria", f"/campaigns/{campaign}/tests", to="karin@nyman.example")
    assert (refused.status, "A test goes to somebody of us" in refused.words) == (409, True)
    early = await consoles.press("Maria", f"/campaigns/{campaign}/tests/reading")
    assert (early.status, "Send a test first, and look at it where it arrived." in early.words) == (409, True)
    assert "I looked at it" not in (await consoles.get("Maria", f"/campaigns/{campaign}/content")).words
    await consoles.press("Maria", f"/campaigns/{campaign}/tests")
    row = (await mailbox.db.read(lambda session: session.scalars(select(Outgoing)).all()))[-1]
    assert (row.command["subject"], row.command["to"][0]["address"]) == (
        "Test: News",
        "maria@klarruta.example",
    )  # type: ignore[index]
    assert "Hello there" in str(row.command["html"])
    shown = await consoles.part("Maria", f"/campaigns/{campaign}/checks")
    assert "A test went to maria@klarruta.example: look at it where it arrived, and say so." in shown.words
    assert "I looked at it" in shown.words
    read = await consoles.press("Maria", f"/campaigns/{campaign}/tests/reading")
    assert read.status == 200
    assert "Test read by Maria Berg" in (await consoles.part("Maria", f"/campaigns/{campaign}/checks")).words
    await consoles.press("Maria", f"/campaigns/{campaign}/content", **WORDS | {"subject": "Other news"})
    shown = await consoles.get("Maria", f"/campaigns/{campaign}/content")
    assert ("A person read the test" in shown.words, "I looked at it" in shown.words) == (True, False)
    early = await consoles.press("Maria", f"/campaigns/{campaign}/tests/reading")
    assert (early.status, "Send a test first" in early.words) == (409, True)


async def test_a_campaign_that_left_says_what_it_said(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await mailbox.db.write(lambda session: setattr(session.get_one(Campaign, campaign), "state", DONE))
    refused = await consoles.press(
        "Maria", f"/campaigns/{campaign}/content", **WORDS | {"subject": "Changed"}
    )
    assert (refused.status, "stays as it is" in refused.words) == (409, True)
    assert (
        'class="btn primary">Save' not in (await consoles.get("Maria", f"/campaigns/{campaign}/content")).html
    )


async def test_a_template_is_kept_and_begun_with(campaign: int, mailbox: Mailbox, consoles: Consoles) -> None:
    await consoles.press("Maria", f"/campaigns/{campaign}/template")
    kept = await mailbox.db.read(
        lambda session: session.scalar(select(Campaign).where(Campaign.state == TEMPLATE))
    )
    assert kept is not None
    begun = await consoles.send("Maria", "/campaigns", name="Spring", list="0", start=str(kept.id))
    shown = await consoles.get("Maria", begun.location)
    assert "Hello {{first_name|" in unescape(shown.html)


async def test_a_picture_is_taken_checked_and_shown_to_the_world(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await consoles.upload("Maria", "/campaign-pictures", "window.png", png(40, 30))
    row = await mailbox.db.read(lambda session: session.scalar(select(CampaignPicture)))
    assert row is not None
    status, _body, headers = await world(consoles, f"/pictures/{row.key}")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    words = WORDS | {"row": ["0"], "kind-0": "picture", "picture-0": row.key}
    shown = await consoles.press("Maria", f"/campaigns/{campaign}/draft?do=", **words)
    assert "write what it shows" in shown.words
    for content, why in ((b"GIF89a", "no picture"), (b"<svg onload=x>", "no picture"), (png(7000, 1), "7000 by 1"),
                         (png(2, 2) + bytes(6 * 1024 * 1024), "at most 5")):  # fmt: skip
        refused = await consoles.upload("Maria", "/campaign-pictures", "odd.png", content)
        assert why in refused.words
    too_large = await consoles.upload(
        "Maria", "/campaign-pictures", "huge.png", png(2, 2) + bytes(30 * 1024 * 1024)
    )
    assert (too_large.status, "“huge.png” is too large: at most 5 MB." in too_large.words) == (413, True)
    assert len(await mailbox.db.read(lambda session: session.scalars(select(CampaignPicture)).all())) == 1
    assert (await world(consoles, "/pictures/none"))[0] == GONE


async def test_a_copy_is_seen_in_the_browser_by_who_has_its_link(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    delivery = await copy_for(mailbox, campaign, name="<b>Karin</b> Nyman")
    status, html, headers = await world(consoles, f"/letter/{await token(mailbox, delivery, 'see')}")
    assert status == 200
    assert "Hello &lt;b&gt;Karin&lt;/b&gt;" in html
    assert "script" not in headers["Content-Security-Policy"]
    assert "noindex" in headers["X-Robots-Tag"]
    for forged in (await token(mailbox, delivery, "click"), "1-1-aaaa", "x" * 200, "..%2f"):
        assert (await world(consoles, f"/letter/{forged}"))[0] == GONE


async def test_a_counted_link_leads_where_the_letter_says_and_nowhere_else(
    campaign: int, mailbox: Mailbox, consoles: Consoles, clock: Clock
) -> None:
    delivery = await copy_for(mailbox, campaign)
    clock.advance(minutes=5)
    known = await token(mailbox, delivery, "click")
    _status, html, _headers = await world(consoles, f"/letter/{await token(mailbox, delivery, 'see')}")
    led = re.findall(r'href="[^"]*(/go/[^"]+)"', html)
    assert led == [f"/go/{known}/0"]
    async with consoles.client.head(led[0], allow_redirects=False) as answer:
        assert answer.status == 302
    row = await mailbox.db.read(lambda session: session.get_one(Delivery, delivery))
    assert row.clicked_at is None
    status, _html, headers = await world(consoles, led[0])
    assert (status, headers["Location"]) == (302, "https://klarruta.example/?who=Karin")
    row = await mailbox.db.read(lambda session: session.get_one(Delivery, delivery))
    assert row.clicked_at is not None
    for odd in (f"/go/{known}/1", f"/go/{known}/-1", f"/go/{known}/https:%2F%2Fevil.example", "/go/1-1-aaaa/0",
                f"/go/{await token(mailbox, delivery, 'see')}/0"):  # fmt: skip
        assert (await world(consoles, odd))[0] == GONE


async def test_openings_are_counted_where_the_campaign_says_so_alone(
    campaign: int, mailbox: Mailbox, consoles: Consoles, clock: Clock
) -> None:
    delivery = await copy_for(mailbox, campaign)
    clock.advance(minutes=5)
    dot = f"/seen/{await token(mailbox, delivery, 'open')}.gif"

    async def opened() -> bool:
        assert (await world(consoles, dot))[0] == 200
        row = await mailbox.db.read(lambda session: session.get_one(Delivery, delivery))
        return row.opened_at is not None

    assert not await opened()
    await mailbox.db.write(lambda session: setattr(session.get_one(Campaign, campaign), "counts_opens", True))
    assert await opened()
    assert (await world(consoles, "/seen/1-1-aaaa.gif"))[0] == 200


async def test_the_card_that_went_away_leaves_a_letter_for_nobody(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    delivery = await copy_for(mailbox, campaign)

    def forget(session: Session) -> None:
        row = session.get_one(Delivery, delivery)
        session.get_one(Contact, row.contact_id).name = ""
        row.contact_id = None

    await mailbox.db.write(forget)
    shown = Shown(*(await world(consoles, f"/letter/{await token(mailbox, delivery, 'see')}"))[:2], html="")
    assert "Hello there" in shown.words
