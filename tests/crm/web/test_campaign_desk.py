"""A campaign on its own page: it starts past nothing that must hold, is watched, held, ended, and decided on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_alarms,
    campaign_stops,
    campaign_whom,
    consents,
    segment_changes,
    segment_rules,
    suppressions,
)
from crm.campaign_filling import fill
from crm.campaigns import CANCELLED, DONE, DRAFT, PAUSED, RUNNING, SCHEDULED, Campaign
from crm.consents import Origin
from crm.contacts import MAIL, add_contact
from crm.deliveries import LEFT_OUT, SENT, UNKNOWN, WAITING, Delivery
from crm.paces import Pace
from crm.suppressions import BY_HAND
from crm.tasks import Task
from crm.web.campaign_outlook import OUTLOOK
from hub import channel_health
from hub.audit import RINGBACK, Entry
from hub.channels import Channel
from hub.clock import now
from hub.link_looks import LinkLooks
from hub.users import add_user, find_department, find_user
from hub.web.moments import written
from tests.crm.mailbox import SUPPORT, Mailbox
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaigns import WORDS as UNFIT
from tests.crm.web.test_campaigns import campaign as campaign  # noqa: PLC0414 - the fixture

pytestmark = pytest.mark.usefixtures("mailboxes_are_read")

KARIN, ERIK, LISA, NILS = "karin@nyman.example", "erik@berg.example", "lisa@ek.example", "nils@alm.example"
WORDS = UNFIT | {"href-1": "https://klarruta.example/"}
FORM = Origin(source=consents.FORM, words="Yes")


def state_of(session: Session, campaign_id: int) -> tuple[str, str]:
    """Give how a campaign is, and why."""
    row = session.get_one(Campaign, campaign_id)
    return row.state, str(row.paused_why)


async def agree(mailbox: Mailbox, campaign_id: int, *values: str) -> None:
    """Have these agree to its list."""

    def agreed(session: Session) -> None:
        list_id = session.get_one(Campaign, campaign_id).list_id or 0
        for each in values:
            consents.give(session, list_id, MAIL, each, FORM)

    await mailbox.db.write(agreed)


@pytest.fixture
async def ready(campaign: int, mailbox: Mailbox, consoles: Consoles) -> int:
    """Give a campaign to Karin and Erik of which everything holds."""
    await agree(mailbox, campaign, KARIN, ERIK)
    await mailbox.db.write(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    look = consoles.client.app[OUTLOOK]  # type: ignore[union-attr]
    look._url = "https://crm.klarruta.example"
    await consoles.press("Annika", f"/paces/{SUPPORT}", vouched="on")
    await consoles.press("Maria", f"/campaigns/{campaign}/content", **WORDS)
    await consoles.press("Maria", f"/campaigns/{campaign}/tests")
    await consoles.press("Maria", f"/campaigns/{campaign}/tests/reading")
    return campaign


async def copies(mailbox: Mailbox, campaign_id: int, state: str, **wanted: str) -> list[int]:
    """Have copies be so, as far as the store knows: by address the state of each."""

    def made(session: Session) -> list[int]:
        session.get_one(Campaign, campaign_id).state = state
        rows = [Delivery(campaign_id=campaign_id, address=f"{name}@kund.example", domain="kund.example", state=each,
                         due_at=now() if each == WAITING else None, sent_at=now() if each == SENT else None,
                         dotted=each == UNKNOWN) for name, each in wanted.items()]  # fmt: skip
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]

    return await mailbox.db.write(made)


async def states(mailbox: Mailbox, campaign_id: int) -> dict[str, str]:
    """Give what became of its copies, by name."""
    wanted = select(Delivery.address, Delivery.state).where(Delivery.campaign_id == campaign_id)
    rows = await mailbox.db.read(lambda session: session.execute(wanted).all())
    return {address.partition("@")[0]: state for address, state in rows}


async def test_nothing_begins_past_what_must_hold_and_all_of_it_is_said(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    shown = await consoles.get("Maria", f"/campaigns/{campaign}")
    assert "It can begin once everything holds that must." in shown.words
    assert f'href="/paces/{SUPPORT}"' in shown.html
    refused = await consoles.press("Maria", f"/campaigns/{campaign}/schedule", when="now")
    assert refused.status == 409
    for words in ("Nobody who is meant has agreed to it.", "Give the mailbox a DKIM key",
                  "Links lead there, also that by which one leaves", "Send yourself a test"):  # fmt: skip
        assert words in refused.words
        assert words in shown.words
    assert (await mailbox.db.read(state_of, campaign))[0] == DRAFT


async def test_a_campaign_of_which_all_holds_begins_now(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert "Send it to 2 addresses" in shown.words
    assert "By the mail server, says Annika Kron." in shown.words
    begun = await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="now")
    assert begun.status == 200
    assert (await mailbox.db.read(state_of, ready))[0] in {SCHEDULED, RUNNING, DONE, PAUSED}


@pytest.mark.parametrize("lacking", ["letterhead", "words", "mailbox", "key", "address", "test", "ledger"])
async def test_each_thing_alone_keeps_it_from_beginning(
    lacking: str, ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    def take_away(session: Session) -> None:
        row = session.get_one(Campaign, ready)
        if lacking == "letterhead":
            from crm.letterheads import LetterheadFile, keep  # noqa: PLC0415 - one case

            keep(session, LetterheadFile())
        elif lacking == "words":
            from crm.mailing_lists import MailingList  # noqa: PLC0415 - one case

            session.get_one(MailingList, row.list_id).words = ""
        elif lacking == "mailbox":
            row.channel_id = None
        elif lacking == "test":
            row.tested_at = None
        elif lacking == "ledger":
            for each in (KARIN, ERIK):
                consents.withdraw(session, row.list_id or 0, MAIL, each, FORM)

    assert "Send it to 2 addresses" in (await consoles.get("Maria", f"/campaigns/{ready}")).words
    if lacking == "key":
        await consoles.press("Annika", f"/paces/{SUPPORT}")
    if lacking == "address":
        consoles.client.app[OUTLOOK]._url = ""  # type: ignore[union-attr]
    await mailbox.db.write(take_away)
    refused = await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="now")
    assert (refused.status, "It cannot begin yet." in refused.words) == (409, True)
    assert (await mailbox.db.read(state_of, ready))[0] == DRAFT


async def test_what_is_changed_after_its_start_was_settled_is_a_draft_again(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    later = (now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="at", at=later)
    assert (await mailbox.db.read(state_of, ready))[0] == SCHEDULED
    await consoles.press("Maria", f"/campaigns/{ready}/content", **WORDS | {"subject": "Other news"})
    assert (await mailbox.db.read(state_of, ready))[0] == DRAFT
    assert (
        "changed after its beginning was settled"
        in (await consoles.get("Maria", f"/campaigns/{ready}")).words
    )
    refused = await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="at", at=later)
    assert "Send yourself a test" in refused.words


async def test_a_start_is_told_with_its_hour_and_zone(ready: int, consoles: Consoles) -> None:
    day = now() + timedelta(days=40)
    at = day.strftime("%Y-%m-%dT09:30")
    await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="at", at=at)
    begins = f"Begins {written(day, 'EEEE d MMMM y')}, 09:30 CE"  # CET, or CEST in summer
    for path in (f"/campaigns/{ready}", "/campaigns"):
        assert begins in (await consoles.get("Maria", path)).words
    await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="own", at=at)
    words = (await consoles.get("Maria", "/campaigns")).words
    assert f"For each at {at.replace('T', ' ')} by his own clock" in words


async def test_a_start_is_taken_back_and_moments_that_make_no_sense_are_refused(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    for at in ("", "tomorrow", "2001-01-01T09:00", "2999-01-01T09:00", "0001-01-01T00:00"):
        for when in ("at", "own"):
            assert (
                await consoles.press("Maria", f"/campaigns/{ready}/schedule", when=when, at=at)
            ).status == 409
    local = (now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="own", at=local)
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert f"For each at {local.replace('T', ' ')} by his own clock" in shown.words
    await consoles.press("Maria", f"/campaigns/{ready}/schedule", "DELETE")
    assert (await mailbox.db.read(state_of, ready))[0] == DRAFT


async def test_who_is_left_out_is_counted_by_reason_and_each_number_opens_its_people(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    def ground(session: Session) -> int:
        list_id = session.get_one(Campaign, ready).list_id or 0
        for name, address in (
            ("Karin Nyman", KARIN),
            ("Erik Berg", ERIK),
            ("Lisa Ek", LISA),
            ("Nils Alm", NILS),
        ):
            add_contact(session, name, [(MAIL, address)])
        add_contact(session, "Olle Post", [])
        consents.ask(session, list_id, MAIL, LISA, FORM)
        suppressions.suppress(session, MAIL, ERIK, BY_HAND)
        rule = segment_rules.parse({"what": "group", "of": "all", "rules": []})
        return segment_changes.make(session, RINGBACK, "Everybody", rule).id

    everybody = await mailbox.db.write(ground)
    await consoles.press(
        "Maria", f"/campaigns/{ready}/recipients", **{f"meant-{everybody}": "on", "frozen": "1"}
    )
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    for words in ("1 get it", "1 are not written to", "1 have still to confirm", "never agreed"):
        assert words in shown.words
    opened = await consoles.get("Maria", f"/campaigns/{ready}/recipients?of=opposed")
    assert "Erik Berg" in opened.words
    assert "Karin Nyman" not in opened.words
    assert "Olle Post" in (await consoles.get("Maria", f"/campaigns/{ready}/recipients?of=no-address")).words
    assert (await consoles.get("Maria", f"/campaigns/{ready}/recipients?of={quote('<b>')}")).status == 404


async def test_those_who_are_counted_are_those_who_get_it(ready: int, mailbox: Mailbox) -> None:
    await agree(mailbox, ready, LISA, NILS)

    def filled(session: Session) -> tuple[set[str], set[str]]:
        row = session.get_one(Campaign, ready)
        consents.withdraw(session, row.list_id or 0, MAIL, LISA, FORM)
        suppressions.suppress(session, MAIL, NILS, BY_HAND)
        told = {each.address for each in campaign_whom.people(session, row, campaign_whom.GETS)}
        assert fill(session, row, 0, 100, now()) is None
        return told, set(session.scalars(select(Delivery.address).where(Delivery.campaign_id == ready)))

    told, got = await mailbox.db.write(filled)
    assert told == got == {KARIN, ERIK}


async def test_no_button_is_dead_in_any_state(ready: int, mailbox: Mailbox, consoles: Consoles) -> None:
    deeds = {"pause": ("POST", "/pause"), "resume": ("DELETE", "/pause"), "cancel": ("POST", "/cancellation"),
             "unschedule": ("DELETE", "/schedule")}  # fmt: skip
    ways = {
        "pause": ">Pause<",
        "resume": "Go on<",
        "cancel": "Cancel for good",
        "unschedule": "Make it a draft again",
    }
    for state in (DRAFT, SCHEDULED, RUNNING, PAUSED, DONE, CANCELLED):
        for deed, (method, path) in deeds.items():

            def be(session: Session, state: str = state) -> None:
                row = session.get_one(Campaign, ready)
                row.state, row.begins_at, row.next_at = (
                    state,
                    now() + timedelta(days=1),
                    now() + timedelta(days=1),
                )

            await mailbox.db.write(be)
            shown = await consoles.get("Maria", f"/campaigns/{ready}")
            done = await consoles.press("Maria", f"/campaigns/{ready}{path}", method)
            offered = ways[deed] in shown.html
            assert (done.status == 200) == offered, f"{deed} while {state}"


async def test_unknown_copies_are_decided_on_one_by_one_or_together(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    ids = await copies(mailbox, ready, DONE, ann=UNKNOWN, bo=UNKNOWN, cia=UNKNOWN, dag=SENT)
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert "Send all 3 again" in shown.words
    await mailbox.db.write(keeps_its_own)
    await consoles.press("Maria", f"/campaigns/{ready}/unknown", do="again", copy=str(ids[0]))
    assert (await states(mailbox, ready))["ann"] == WAITING
    assert (await mailbox.db.read(state_of, ready))[0] == RUNNING
    twice = await consoles.press("Maria", f"/campaigns/{ready}/unknown", do="again", copy=str(ids[0]))
    assert (twice.status, "nothing to decide" in twice.words) == (409, True)
    sent = await consoles.press("Maria", f"/campaigns/{ready}/unknown", do="again", copy=str(ids[3]))
    assert sent.status == 409
    await consoles.press("Maria", f"/campaigns/{ready}/unknown", do="leave")
    assert (await states(mailbox, ready))["bo"] == UNKNOWN
    assert "Nobody knows whether" not in (await consoles.get("Maria", f"/campaigns/{ready}")).words
    assert "left as it is" in (await consoles.get("Maria", f"/campaigns/{ready}/people?kind=unknown")).words
    told = await mailbox.db.read(
        lambda session: [
            str(each) for each in session.scalars(select(Entry.words).where(Entry.kind == "campaign"))
        ]
    )
    assert {"1 unknown copy is sent again", "2 unknown copies are left as they are"} <= set(told)


async def test_what_was_cancelled_sends_nothing_again(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await copies(mailbox, ready, CANCELLED, ann=UNKNOWN, bo=LEFT_OUT)
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert "Leave 1" in shown.words
    assert "Send 1 again" not in shown.words
    refused = await consoles.press("Maria", f"/campaigns/{ready}/unknown", do="again")
    assert refused.status == 409
    assert (await states(mailbox, ready))["ann"] == UNKNOWN


async def test_what_was_cancelled_says_how_many_were_not_sent(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await copies(mailbox, ready, CANCELLED, ann=SENT, bo=LEFT_OUT, cia=LEFT_OUT, dag=LEFT_OUT)
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert "1 sent, 3 not sent any more" in shown.words
    assert "25 of a hundred done" in shown.html
    assert "while copies were being made" not in shown.words
    await mailbox.db.write(lambda session: setattr(session.get_one(Campaign, ready), "filled_to", 7))
    assert "while copies were being made" in (await consoles.get("Maria", f"/campaigns/{ready}")).words


async def test_a_mailbox_that_is_called_by_its_address_is_named_once(ready: int, consoles: Consoles) -> None:
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert shown.words.count("support@example.org") == 1


async def test_numbers_open_their_copies_and_why_it_is_slow_is_said(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    *_others, refused = await copies(mailbox, ready, PAUSED, ann=SENT, bo=WAITING, cia=LEFT_OUT, dag=WAITING)

    def slow(session: Session) -> None:
        copy = session.get_one(Delivery, refused)
        copy.ours_at, copy.due_at = now(), None
        row = session.get_one(Campaign, ready)
        row.state, row.next_at = RUNNING, None  # nobody's turn: it only looks as if it went
        session.merge(Pace(channel_id=SUPPORT, domain="kund.example", halvings=1, halved_at=now()))

    await mailbox.db.write(slow)
    await consoles.press("Annika", f"/paces/{SUPPORT}", per_hour="600", warms="on", vouched="on")
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert "2 of 4 done" in shown.words
    assert "1 was refused for what we are, and waits until somebody decides at the end." in shown.words
    assert "kund.example says “not now”: it gets 1 of 2 of what it got." in shown.words
    assert "Its mailbox is warmed up: 2 letters an hour today." in shown.words
    assert "ann@kund.example" in (await consoles.get("Maria", f"/campaigns/{ready}/people?kind=sent")).words
    assert (
        "ann@kund.example"
        not in (await consoles.get("Maria", f"/campaigns/{ready}/people?kind=waiting")).words
    )


async def test_it_begins_once_somebody_reads_its_mailbox(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await mailbox.db.write(channel_health.lost, SUPPORT, "The server does not answer.")
    refused = await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="now")
    why = "Nobody reads what comes back to it, such as who wants no more letters: The server does not answer."
    assert (refused.status, why in refused.words) == (409, True)
    assert why in (await consoles.get("Maria", f"/campaigns/{ready}")).words
    await mailbox.db.write(channel_health.up, SUPPORT, now())
    assert (await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="now")).status == 200


async def test_what_has_begun_goes_on_though_nobody_reads_its_mailbox(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await copies(mailbox, ready, PAUSED, ann=WAITING)
    await mailbox.db.write(channel_health.lost, SUPPORT, "The server does not answer.")
    assert (await consoles.press("Maria", f"/campaigns/{ready}/pause", "DELETE")).status == 200


async def test_links_that_lead_nowhere_keep_it_from_beginning(
    ready: int, consoles: Consoles, dead_end: str
) -> None:
    look = consoles.client.app[OUTLOOK]  # type: ignore[union-attr]
    look.links = LinkLooks(is_public=lambda _address: True)
    await consoles.press("Maria", f"/campaigns/{ready}/content", **WORDS | {"href-1": f"{dead_end}/gone"})
    await consoles.press("Maria", f"/campaigns/{ready}/tests")
    await consoles.press("Maria", f"/campaigns/{ready}/tests/reading")
    refused = await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="now")
    assert "it answers 404" in refused.words
    look.links = LinkLooks()
    refused = await consoles.press("Maria", f"/campaigns/{ready}/schedule", when="now")
    assert "a network that is not everybody's" in refused.words


@pytest.mark.parametrize("place", ["http://10.0.0.7/", "https://192.168.1.1:8443/x", "http://[::1]/"])
async def test_a_link_into_our_own_network_is_told_before_anybody_is_asked(
    ready: int, consoles: Consoles, place: str
) -> None:
    await consoles.press("Maria", f"/campaigns/{ready}/content", **WORDS | {"href-1": place})
    shown = await consoles.get("Maria", f"/campaigns/{ready}")
    assert f"{place}: it leads into a network that is not everybody's" in shown.words


async def test_the_task_that_says_why_it_stopped_leads_to_it_and_is_done_by_going_on(
    ready: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    def stops(session: Session) -> int:
        campaign, maria = session.get_one(Campaign, ready), find_user(session, "maria@klarruta.example")
        campaign.state, campaign.started_by, campaign.department_id = (
            RUNNING, maria.id, find_department(session, "Sales").id,
        )  # fmt: skip
        campaign_stops.stop(session, campaign, "3 of the last 20 recipients complained.")
        keeps_its_own(session)
        return session.scalars(select(Task.id).where(Task.kind == campaign_alarms.KNOW)).one()

    heads = await mailbox.db.write(stops)
    mine = await consoles.get("Maria", "/tasks?whose=mine")
    assert f'href="/campaigns/{ready}">The campaign “' in mine.html
    assert "3 of the last 20 recipients complained." in mine.words
    assert "Why you: You started it" in mine.words
    of_head = await consoles.get("Sofia", f"/tasks/{heads}")
    assert (of_head.status, f"/campaigns/{ready}" in of_head.html) == (200, False)
    assert "3 of the last 20 recipients complained." in of_head.words
    await consoles.press("Maria", f"/campaigns/{ready}/pause", "DELETE")
    assert "The campaign “" not in (await consoles.get("Maria", "/tasks?whose=mine")).words


def keeps_its_own(session: Session) -> None:
    """Pause the mailbox: what is pressed is read before the hub does anything about it."""
    session.get_one(Channel, SUPPORT).paused_at = now()


@pytest.fixture
async def dead_end(unused_tcp_port: int) -> AsyncIterator[str]:
    """Give a web server that has nothing at most addresses."""
    app = web.Application()
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    yield f"http://127.0.0.1:{unused_tcp_port}"
    await runner.cleanup()


async def test_a_pace_is_settled_by_admins_alone_and_what_makes_no_sense_is_refused(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    await mailbox.db.write(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    assert (await consoles.get("Maria", f"/paces/{SUPPORT}")).status == 403
    for odd in ("0", "-1", "many", "9999999999"):
        assert (await consoles.press("Annika", f"/paces/{SUPPORT}", per_hour=odd)).status == 409
    for odd in ("", "gmail", "gmail com", "a" * 300 + ".com", "x@gmail.com"):
        assert (
            await consoles.press("Annika", f"/paces/{SUPPORT}/domains", domain=odd, per_hour="5")
        ).status == 409
    await consoles.press("Annika", f"/paces/{SUPPORT}/domains", domain="GMail.com", per_hour="500")
    assert (
        "gmail.com at most 500 letters an hour" in (await consoles.get("Annika", f"/paces/{SUPPORT}")).words
    )
    await consoles.press("Annika", f"/paces/{SUPPORT}/domains", "DELETE", domain="gmail.com")
    assert "gmail.com at most" not in (await consoles.get("Annika", f"/paces/{SUPPORT}")).words
