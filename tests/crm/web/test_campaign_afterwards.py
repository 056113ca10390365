"""What became of a campaign on its pages; its archive and feed, which hold nothing of anybody's."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import campaign_contents
from crm.campaign_trials import CLICKED, CampaignTrial
from crm.campaigns import DONE, Campaign, CampaignContent
from crm.consents import Consent
from crm.conversations import Interaction
from crm.copy_events import CopyEvent
from crm.deliveries import REFUSED, Delivery
from crm.suppressions import Suppression
from crm.tasks import Task
from hub.clock import Clock, now
from hub.outbox import Outgoing
from tests.crm.mailbox import Mailbox
from tests.crm.web.conftest import Api
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaigns import GONE, campaign, copy_for, token, world

__all__ = ["campaign"]  # a fixture


async def sent(mailbox: Mailbox, campaign_id: int) -> int:
    """Have the campaign have gone to Karin."""
    copy = await copy_for(mailbox, campaign_id)

    def begin(session: Session) -> None:
        row = session.get_one(Campaign, campaign_id)
        row.state, row.started_at, row.counts_opens = DONE, now(), True

    await mailbox.db.write(begin)
    return copy


async def clicks(mailbox: Mailbox) -> list[str]:
    """Give why each click was a machine's, "" for a person's."""
    wanted = select(CopyEvent.machine).where(CopyEvent.kind == "clicked").order_by(CopyEvent.id)
    return list(await mailbox.db.read(lambda session: session.scalars(wanted).all()))


async def test_each_number_opens_its_people(
    campaign: int, mailbox: Mailbox, consoles: Consoles, clock: Clock
) -> None:
    copy = await sent(mailbox, campaign)
    clock.advance(hours=1)
    await world(consoles, f"/go/{await token(mailbox, copy, 'click')}/0")
    shown = await consoles.get("Maria", f"/campaigns/{campaign}/afterwards")
    assert "1 Clicked 100 %" in " ".join(shown.words.split())
    assert "https://klarruta.example/?who={{first_name}}" in shown.words
    for more in ("", "&amp;link=0&amp;variant=A", "&amp;hour=1"):
        assert f'href="/campaigns/{campaign}/people?kind=clicked{more}"' in shown.html
        people = await consoles.get(
            "Maria", f"/campaigns/{campaign}/people?kind=clicked{more.replace('&amp;', '&')}"
        )
        assert "Karin Nyman" in people.words
    assert (
        "Nobody" in (await consoles.get("Maria", f"/campaigns/{campaign}/people?kind=clicked&link=7")).words
    )
    assert (
        "Nobody"
        in (await consoles.get("Maria", f"/campaigns/{campaign}/people?kind=bounced&code=5.1.1")).words
    )
    assert (await consoles.get("Maria", f"/campaigns/{campaign}/people?kind=else")).status == GONE
    assert (await consoles.get("Elin", f"/campaigns/{campaign}/people?kind=clicked")).status == 403
    file = await consoles.get("Maria", f"/campaigns/{campaign}/people.csv?kind=clicked")
    assert "karin@nyman.example,Karin Nyman" in file.html
    nothing = await consoles.get("Maria", f"/campaigns/{campaign}/people?kind=not-clicked")
    assert "This number is 0" in nothing.words


async def test_what_is_not_counted_is_of_nobody(campaign: int, mailbox: Mailbox, consoles: Consoles) -> None:
    await sent(mailbox, campaign)
    await mailbox.db.write(
        lambda session: setattr(session.get_one(Campaign, campaign), "counts_opens", False)
    )
    shown = await consoles.get("Maria", f"/campaigns/{campaign}/afterwards")
    assert "kind=opened" not in shown.html
    for path in ("people?kind=not-opened", "people.csv?kind=opened"):
        assert (await consoles.get("Maria", f"/campaigns/{campaign}/{path}")).status == GONE


def written(session: Session) -> list[int]:
    """Count what could tell that somebody left, agreed, complained or is not written to."""
    tables = (Consent, Suppression, Task, Interaction, Outgoing)
    return [session.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


async def test_scanners_that_get_everything_change_nothing(
    campaign: int, mailbox: Mailbox, consoles: Consoles, clock: Clock
) -> None:
    copy = await sent(mailbox, campaign)
    await consoles.press("Maria", f"/campaigns/{campaign}/archive")
    ways = [f"/go/{await token(mailbox, copy, 'click')}/0", f"/seen/{await token(mailbox, copy, 'open')}.gif",
            f"/letter/{await token(mailbox, copy, 'see')}", f"/unsubscribe/{await token(mailbox, copy, 'leave')}",
            "/archive/1", "/archive/1/feed.xml", f"/archive/1/letters/{campaign}"]  # fmt: skip
    ledger = await mailbox.db.read(written)
    before = [await world(consoles, way) for way in ways]
    clock.advance(hours=1)
    for way in ways:
        await world(consoles, way, "Barracuda Link Scanner")
        await world(consoles, way, Sec_Purpose="prefetch;prerender")
    row = await mailbox.db.read(lambda session: session.get_one(Delivery, copy))
    assert (row.opened_at, row.clicked_at, row.unsubscribed_at, row.answered_at) == (None, None, None, None)
    assert await mailbox.db.read(written) == ledger
    assert [status for status, _words, _head in before] == [302, *[200] * 6]
    assert await clicks(mailbox) == ["soon", "program", "program"]
    shown = await consoles.get("Maria", f"/campaigns/{campaign}/people?kind=machine")
    assert "Clicked: within seconds of its arrival" in shown.words


@pytest.mark.parametrize(
    "odd",
    [
        "0/https://evil.example",
        "0?to=https://evil.example",
        "//evil.example",
        "%2e%2e",
        "0;evil",
        "00000",
        "²",
    ],
)
async def test_a_link_leads_nowhere_else(
    campaign: int, mailbox: Mailbox, consoles: Consoles, odd: str
) -> None:
    copy = await sent(mailbox, campaign)
    _status, _words, head = await world(consoles, f"/go/{await token(mailbox, copy, 'click')}/{odd}")
    assert "evil" not in head.get("Location", "")


async def test_what_came_back_is_a_share_of_all_that_went_also_of_what_was_refused_at_once(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await sent(mailbox, campaign)

    def refused(session: Session) -> None:
        content = session.scalars(select(CampaignContent.id)).first()
        for number in range(2):
            address = f"{number}@nowhere.example"
            session.add(Delivery(campaign_id=campaign, address=address, state=REFUSED, domain="nowhere.example",
                                 content_id=content, bounced_at=now()))  # fmt: skip

    await mailbox.db.write(refused)
    path = f"/campaigns/{campaign}/afterwards"
    shown = (await consoles.get("Maria", path)).words
    assert all(each in " ".join(shown.split()) for each in ("1 Delivered 33.3 %", "2 Came back 66.7 %"))
    assert "66,7 %" in (await consoles.get("Maria", path, **{"Accept-Language": "sv"})).words


async def test_the_archive_holds_what_was_put_there_and_nothing_of_anybody(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await sent(mailbox, campaign)
    here, letter = "/archive/1", f"/archive/1/letters/{campaign}"
    for path in (here, letter, f"{here}/feed.xml"):
        assert (await world(consoles, path))[0] == GONE
    await consoles.send("Maria", f"/campaigns/{campaign}/archive")
    status, words, head = await world(consoles, here)
    assert (status, "News" in words, "karin" in words.lower()) == (200, True, False)
    assert re.search(r">\d{1,2} [A-Z][a-z]+ 20\d\d<", words)  # the day, as it is written everywhere
    status, html, head = await world(consoles, letter)
    assert "Hello there" in html
    for secret in ("Karin", "nyman", "/go/", "/unsubscribe/", "/seen/", "<script"):
        assert secret not in html
    assert "default-src 'none'" in head["Content-Security-Policy"]
    status, xml, head = await world(consoles, f"{here}/feed.xml")
    items = ET.fromstring(xml).findall("./channel/item")  # noqa: S314 - our own
    assert [item.findtext("title") for item in items] == ["News"]
    assert head["Content-Type"].startswith("application/rss+xml")
    assert (items[0].findtext("link") or "").endswith(letter)
    assert (await world(consoles, f"/archive/2/letters/{campaign}"))[0] == GONE
    await consoles.press("Maria", f"/campaigns/{campaign}/archive", "DELETE")
    assert (await world(consoles, letter))[0] == GONE


async def test_of_letters_that_were_tried_the_chosen_one_is_shown(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await sent(mailbox, campaign)

    def choose(session: Session) -> None:
        first = campaign_contents.newest(session, campaign)
        assert first is not None
        first.subject = "Colder"
        session.add(
            CampaignContent(campaign_id=campaign, variant="B", subject="Warmer", preheader="Before the snow", text="",
                            html=first.html.replace("Hello", "Welcome"))
        )  # fmt: skip
        session.add(CampaignTrial(campaign_id=campaign, variants=["A", "B"], share=20, rule=CLICKED, hours=4,
                                  winner="B"))  # fmt: skip

    await mailbox.db.write(choose)
    await consoles.send("Maria", f"/campaigns/{campaign}/archive")
    for path in ("/archive/1", "/archive/1/feed.xml"):
        _status, words, _head = await world(consoles, path)
        assert [each in words for each in ("Warmer", "Before the snow", "Colder")] == [True, True, False]
    _status, words, _head = await world(consoles, f"/archive/1/letters/{campaign}")
    assert "Welcome there" in words
    assert "Warmer" in (await consoles.get("Maria", "/campaigns")).words
    about = (await consoles.get("Maria", f"/campaigns/{campaign}")).words.partition("About")[2]
    assert "Warmer" in about


async def test_a_subject_with_marks_is_words_in_the_feed(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await sent(mailbox, campaign)

    def rename(session: Session) -> None:
        content = campaign_contents.newest(session, campaign)
        assert content is not None
        content.subject = '</title><script>x</script> {{first_name|"&friend"}}'

    await mailbox.db.write(rename)
    await consoles.send("Maria", f"/campaigns/{campaign}/archive")
    _status, xml, _head = await world(consoles, "/archive/1/feed.xml")
    item = ET.fromstring(xml).find("./channel/item")  # noqa: S314 - our own
    assert item is not None
    assert item.findtext("title") == "</title><script>x</script> &friend"
    _status, html, _head = await world(consoles, "/archive/1")
    assert "<script>x" not in html


async def test_only_what_was_sent_stands_in_the_archive(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    del mailbox
    refused = await consoles.press("Maria", f"/campaigns/{campaign}/archive")
    assert "Only what was sent" in refused.words
    assert (await consoles.send("Elin", f"/campaigns/{campaign}/archive")).status == 403
    assert (await world(consoles, "/archive/1"))[0] == GONE


async def test_programs_get_the_same(
    campaign: int, mailbox: Mailbox, consoles: Consoles, clock: Clock, api: Api
) -> None:
    copy = await sent(mailbox, campaign)
    clock.advance(hours=1)
    await world(consoles, f"/go/{await token(mailbox, copy, 'click')}/0")
    figures = await api.ask("GET", f"/campaigns/{campaign}/figures")
    assert (figures["sent"], figures["clicked"], figures["opened"]) == (1, 1, 0)
    assert figures["links"][0]["people"] == 1
    for more in ("", "&link=0", "&link=0&variant=A", "&hour=1"):
        people = await api.items(f"/campaigns/{campaign}/people?kind=clicked{more}")
        assert [each["address"] for each in people] == ["karin@nyman.example"]
    for other in ("&link=7", "&link=0&variant=B", "&hour=0"):
        assert await api.items(f"/campaigns/{campaign}/people?kind=clicked{other}") == []
