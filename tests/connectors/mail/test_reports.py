"""Bounces and complaints: whom they are about, and whether he is to be written to again."""

from __future__ import annotations

import pytest

from connectors.mail import Letter, read_letter

REPORT = """From: MAILER-DAEMON@example.net
To: news+c42.u7@example.org
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: text/plain

Words for people.
--b
Content-Type: message/{kind}

{fields}
--b
Content-Type: text/rfc822-headers

Message-ID: <c42.7@example.org>
--b--
"""


def report(kind: str, fields: str) -> Letter:
    return read_letter(REPORT.format(kind=kind, fields=fields).encode())


def delivery(status: str, action: str = "failed", recipient: str = "rfc822; u7@example.com") -> Letter:
    return report(
        "delivery-status",
        f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: {recipient}\nAction: {action}\nStatus: {status}",
    )


@pytest.mark.parametrize(
    ("status", "hard", "policy"),
    [
        ("5.1.1", True, False),
        ("5.1.10 (no such user)", True, False),
        ("5.2.1", True, False),
        ("5.4.4", True, False),
        ("5.2.2", False, False),
        ("5.0.0", False, False),
        ("5.3.4", False, False),
        ("5.7.1", False, True),
        ("5.7.26", False, True),
        ("5.1.8", False, True),
        ("4.4.1", False, False),
        ("nonsense", False, False),
    ],
)
def test_only_a_mailbox_that_is_not_there_is_given_up(status: str, hard: bool, policy: bool) -> None:  # noqa: FBT001
    letter = delivery(status)
    assert letter.bounce
    assert (letter.kind, letter.bounce.hard, letter.bounce.policy) == ("bounce", hard, policy)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", "bounce"),
        ("FAILED (at last)", "bounce"),
        ("delayed", "delay"),
        ("delivered", "delivered"),
        ("relayed", "delivered"),
        ("expanded", "delivered"),
    ],
)
def test_what_became_of_a_letter_is_its_kind(action: str, kind: str) -> None:
    assert (delivery("5.1.1", action).kind, delivery("5.1.1", action).automatic) == (kind, True)


def test_a_delay_is_never_hard() -> None:
    assert delivery("5.1.1", "delayed").bounces[0].hard is False


def test_a_report_on_several_recipients_tells_of_each() -> None:
    group = "\n\nFinal-Recipient: rfc822; {}@example.com\nAction: {}\nStatus: {}"
    letter = report(
        "delivery-status",
        "Reporting-MTA: dns; x"
        + group.format("a", "delayed", "4.2.0")
        + group.format("b", "failed", "5.1.1"),
    )
    assert [(each.recipient, each.hard) for each in letter.bounces] == [
        ("a@example.com", False),
        ("b@example.com", True),
    ]
    assert letter.kind == "bounce"


def test_whom_we_wrote_to_counts_and_not_where_his_mail_goes_on_to() -> None:
    letter = delivery(
        "5.1.1", recipient="rfc822; box17@inside.example\nOriginal-Recipient: rfc822;u7@example.com"
    )
    assert letter.bounces[0].recipient == "u7@example.com"


def test_a_bounce_says_which_letter_came_back() -> None:
    bounce = delivery("5.1.1").bounces[0]
    assert (bounce.original_message_id, bounce.detail) == ("c42.7@example.org", "c42.u7")


def test_a_complaint_says_who_complains_of_what() -> None:
    letter = report("feedback-report", "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <u7@example.com>")
    assert (letter.kind, letter.automatic) == ("complaint", True)
    assert letter.bounce
    assert (letter.bounce.recipient, letter.bounce.action) == ("u7@example.com", "abuse")
    assert (letter.bounce.original_message_id, letter.bounce.hard) == ("c42.7@example.org", False)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    assert report("feedback-report", f"Feedback-Type: {kind}").kind == "autoreply"


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  u7@example.com
    550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------
"""
QMAIL = """Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver.

<u7@example.com>:
Sorry, it did not work on 192.0.2.1

--- Below this line is a copy of the message.

X-Status: 5.1.1
"""


@pytest.mark.parametrize(("text", "status"), [(EXIM, "5.1.1"), (QMAIL, "")], ids=["exim", "qmail"])
def test_a_bounce_written_for_people_is_understood(text: str, status: str) -> None:
    letter = read_letter(f"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\n\n{text}".encode())
    (bounce,) = letter.bounces
    assert letter.kind == "bounce"
    assert (bounce.recipient, bounce.status, bounce.hard) == ("u7@example.com", status, bool(status))


def test_a_person_who_quotes_a_bounce_is_a_person() -> None:
    text = "Hi. This is the qmail-send program at x.\n\n<u7@example.com>:\nSorry, no mailbox here. (#5.1.1)"
    assert read_letter(f"From: anna@example.com\n\nWhat is this?\n\n{text}".encode()).kind == "person"
