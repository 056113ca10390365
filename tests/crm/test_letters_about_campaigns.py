"""What comes back of a campaign's copies lands on them: bounces, complaints, wishes to get no more."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm import delivery_reports
from crm.campaigns import PAUSED, RUNNING, Campaign
from crm.deliveries import SENT, WAITING
from crm.delivery_reports import HARD, OURS, SOFT
from hub.clock import Clock
from tests.crm.mailbox import Mailbox, letter
from tests.crm.newsletter import ERIK, KARIN, Newsletter

UNKNOWN = "550 5.1.1 <karin@nyman.example>: no such mailbox"
FULL = "452 4.2.2 mailbox full"
BLOCKED = "550 5.7.515 Access denied, sending domain does not meet the required authentication level"

FAULTS = (
    (550, "5.1.1", "no such user", HARD),
    (550, "5.4.1", "Recipient address rejected: Access denied", HARD),
    (550, "", "User unknown in virtual mailbox table", HARD),
    (554, "", "delivery error: dd This user doesn't have a yahoo.com account", HARD),
    (550, "5.2.1", "account disabled", HARD),
    (452, "4.2.2", "mailbox full", SOFT),
    (552, "5.2.2", "mailbox full: user unknown to have space", SOFT),
    (450, "4.2.0", "greylisted, user unknown yet", SOFT),
    (421, "", "try again later", SOFT),
    (554, "", "transaction failed", SOFT),
    (550, "5.7.1", "user unknown", OURS),
    (550, "5.7.26", "unauthenticated mail", OURS),
    (451, "4.7.0", "too many from your network", OURS),
    (554, "", "blocked using zen.spamhaus.org", OURS),
    (550, "5.1.8", "bad sender", OURS),
    (535, "", "authentication failed", OURS),
    (550, "", "user unknown, or our policy", OURS),
    (0, "5.1.1", "by a report", HARD),
    (0, "", "by nobody", SOFT),
)


@pytest.mark.parametrize(("code", "enhanced", "words", "verdict"), FAULTS)
def test_whose_fault_a_refusal_is(code: int, enhanced: str, words: str, verdict: str) -> None:
    assert delivery_reports.classify(code, enhanced, words) == verdict


async def test_a_mailbox_that_is_not_there_is_written_to_no_more(
    newsletter: Newsletter, mailbox: Mailbox
) -> None:
    copy = await newsletter.copy(state=SENT)
    waiting = await newsletter.copy()
    came = await mailbox.gets(report(await newsletter.token(copy, "envelope"), "failed", "5.1.1", UNKNOWN))
    row = await newsletter.delivery(copy)
    assert (row.code, row.why, row.bounced_at is not None) == ("5.1.1", UNKNOWN, True)
    assert await newsletter.suppressed() == [(KARIN, None, "bounced")]
    assert (await newsletter.delivery(waiting)).state == "left out"
    assert came.outcome.became == "a copy of a campaign came back"


async def test_what_is_our_fault_suppresses_nobody_and_has_the_campaign_stand(
    newsletter: Newsletter, mailbox: Mailbox
) -> None:
    for number, address in enumerate((KARIN, ERIK, "ann@kund.example", "bo@kund.example")):
        assert await newsletter.firm.db.read(_stands, newsletter.campaign_id) == (RUNNING, "")
        copy = await newsletter.copy(address, state=SENT)
        if address != ERIK:  # whose mail server takes it
            token = await newsletter.token(copy, "envelope")
            await mailbox.gets(report(token, "failed", "5.7.515", BLOCKED, f"r{number}"))
    assert await newsletter.suppressed() == []
    state, why = await newsletter.firm.db.read(_stands, newsletter.campaign_id)
    assert (state, "refuse us for what we are" in why, BLOCKED in why) == (PAUSED, True, True)


async def test_few_of_many_that_want_nothing_of_us_stop_nothing(
    newsletter: Newsletter, mailbox: Mailbox
) -> None:
    for number in range(40):
        copy = await newsletter.copy(f"kund-{number}@kund.example", state=SENT)
        if number > 36:
            token = await newsletter.token(copy, "envelope")
            await mailbox.gets(report(token, "failed", "5.7.1", "Not from you", f"r{number}"))
    assert await newsletter.firm.db.read(_stands, newsletter.campaign_id) == (RUNNING, "")


def _stands(session: Session, campaign_id: int) -> tuple[str, str]:
    campaign = session.get_one(Campaign, campaign_id)
    return campaign.state, str(campaign.paused_why)


async def test_a_delay_is_said_and_nothing_follows(newsletter: Newsletter, mailbox: Mailbox) -> None:
    copy = await newsletter.copy(state=SENT)
    await mailbox.gets(report(await newsletter.token(copy, "envelope"), "delayed", "4.4.1", "no answer"))
    row = await newsletter.delivery(copy)
    assert (row.code, row.bounced_at, await newsletter.suppressed()) == ("4.4.1", None, [])


async def test_a_full_mailbox_is_counted_and_heals(
    newsletter: Newsletter, mailbox: Mailbox, clock: Clock
) -> None:
    for number in range(6):
        copy = await newsletter.copy(state=SENT)
        assert await newsletter.suppressed() == []
        if number != 1:  # that one arrived: what was before counts no more
            token = await newsletter.token(copy, "envelope")
            await mailbox.gets(report(token, "failed", "5.2.2", FULL, f"r{number}"))
        clock.advance(days=7)
    assert await newsletter.suppressed() == [(KARIN, None, "bounced")]


async def test_four_in_a_row_within_days_are_not_enough(newsletter: Newsletter, mailbox: Mailbox) -> None:
    for number in range(4):
        token = await newsletter.token(await newsletter.copy(state=SENT), "envelope")
        await mailbox.gets(report(token, "failed", "5.2.2", FULL, f"r{number}"))
    assert await newsletter.suppressed() == []


async def test_a_complaint_counts_at_once(newsletter: Newsletter, mailbox: Mailbox) -> None:
    copy, waiting = await newsletter.copy(state=SENT), await newsletter.copy()
    token = await newsletter.token(copy, "envelope")
    await mailbox.gets(complaint(original=f"{token}@klarruta.example"))
    assert (await newsletter.delivery(copy)).complained_at is not None
    assert await newsletter.suppressed() == [(KARIN, None, "complained")]
    assert (await newsletter.delivery(waiting)).state == "left out"


@pytest.mark.parametrize("detail", ["", "1-1-aaaa", "leave"])
async def test_a_report_that_proves_nothing_changes_nothing(
    newsletter: Newsletter, mailbox: Mailbox, detail: str
) -> None:
    copy = await newsletter.copy(state=SENT)
    token = await newsletter.token(copy, "leave") if detail == "leave" else detail
    await mailbox.gets(report(token, "failed", "5.1.1", UNKNOWN))
    await mailbox.gets(complaint(original=f"{token}@klarruta.example", key="c2@isp.example"))
    row = await newsletter.delivery(copy)
    assert (row.bounced_at, row.complained_at, await newsletter.suppressed()) == (None, None, [])


@pytest.mark.parametrize("to", ["unsubscribe+TOKEN@example.org", "support+TOKEN@example.org"])
async def test_a_letter_with_the_token_unsubscribes_whoever_sent_it(
    newsletter: Newsletter, mailbox: Mailbox, to: str
) -> None:
    copy = await newsletter.copy()
    token = await newsletter.token(copy)
    came = await mailbox.gets(wish(to.replace("TOKEN", token), "somebody@else.example"))
    assert await newsletter.states() == {newsletter.list_id: "withdrawn"}
    assert (await newsletter.delivery(copy)).state == "left out"
    assert came.outcome.became == f"unsubscribed: {KARIN}"


async def test_without_a_token_he_leaves_what_he_gets(newsletter: Newsletter, mailbox: Mailbox) -> None:
    await newsletter.copy(state=SENT)
    await mailbox.gets(wish("support@example.org", KARIN))
    assert await newsletter.states() == {newsletter.list_id: "withdrawn"}


async def test_a_wish_whose_sender_is_forged_or_unknown_changes_nothing(
    newsletter: Newsletter, mailbox: Mailbox
) -> None:
    await newsletter.copy(state=WAITING)
    failed = "mx.example.org; dmarc=fail header.from=nyman.example"
    await mailbox.gets(wish("support@example.org", KARIN, Authentication_Results=failed))
    await mailbox.gets(wish("support@example.org", "nobody@example.net", key="w2"))
    assert await newsletter.states() == {newsletter.list_id: "given"}
    assert await newsletter.suppressed() == []


def wish(to: str, sender: str, key: str = "w1", **headers: str) -> bytes:
    """Write what a mail program sends for a mailto: unsubscribe."""
    return letter(sender, "unsubscribe", "", f"{key}@tenant.example", Delivered_To=to, **headers)


def report(token: str, action: str, status: str, words: str, key: str = "r1") -> bytes:
    """Write a mail server's report (RFC 3464) to the envelope address of a copy."""
    return f"""\
From: MAILER-DAEMON@mx.nyman.example
To: support+{token}@example.org
Subject: Delivery Status Notification
Message-ID: <{key}@mx.nyman.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not go well.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.nyman.example

Final-Recipient: rfc822; karin@nyman.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b--
""".replace("\n", "\r\n").encode()


def complaint(original: str, key: str = "c1@isp.example") -> bytes:
    """Write a complaint (RFC 5965), as providers send it to an address of ours, with the letter's headers."""
    return f"""\
From: fbl@isp.example
To: support@example.org
Subject: complaint
Message-ID: <{key}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: FBL/1.0
Version: 1

--b
Content-Type: text/rfc822-headers

From: news@klarruta.example
Message-ID: <{original}>
Subject: Spring

--b--
""".replace("\n", "\r\n").encode()
