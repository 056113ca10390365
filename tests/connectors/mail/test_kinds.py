"""What kind a letter is: nobody's words are taken for a machine's, and no machine is answered."""

from __future__ import annotations

import pytest

from connectors.mail import Letter, read_letter

WHO = "From: Anna Holm <anna@example.com>\nTo: support@example.org\n"


RECEIPT = """Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

It was read.
--b
Content-Type: message/disposition-notification

Disposition: manual-action/MDN-sent-manually; displayed
--b--"""


def kind(head: str, body: str = "Hello") -> tuple[str, bool]:
    letter = read(head, body)
    return letter.kind, letter.automatic


def read(head: str, body: str = "Hello") -> Letter:
    who = "" if "From:" in head else WHO
    return read_letter(f"{who}{head}\n\n{body}".encode())


@pytest.mark.parametrize(
    "head",
    [
        "Subject: Hello",
        "Subject: Re: Automatic reply: away\nIn-Reply-To: <1@example.org>",
        "Subject: Automatic doors",
        "Auto-Submitted: no",
        "Auto-Submitted: NO (really)",
        "X-Auto-Response-Suppress: All",
        "Precedence: first-class",
        "Return-Path: <anna@example.com>",
        "From: Postmaster <postmaster@example.com>",
        "Subject: I want to unsubscribe from nothing, but to buy",
    ],
)
def test_a_person_is_a_person(head: str) -> None:
    assert kind(head) == ("person", False)


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied (vacation); owner-email=anna@example.com",
        "Auto-Submitted: auto-generated\nIn-Reply-To: <1@example.org>",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Subject: Automatiskt svar: Din order",
        "Subject: =?utf-8?q?Fr=C3=A5nvarande:_semester?=",
        "Subject: Out of Office: back on Monday",
        "From: Mail Delivery <mailer-daemon@example.net>\nSubject: hm",
        "Return-Path: <>",
        RECEIPT,
    ],
)
def test_what_answers_by_itself_is_an_automatic_reply(head: str) -> None:
    assert kind(head) == ("autoreply", True)


def test_what_a_program_sends_unasked_is_read_by_people_and_answered_by_none() -> None:
    assert kind("Auto-Submitted: auto-generated\nSubject: Order 5") == ("person", True)


@pytest.mark.parametrize(
    "head", ["List-Id: <news.example.net>", "List-Unsubscribe: <https://example.net/u>", "Precedence: bulk"]
)
def test_what_goes_to_many_is_of_a_list(head: str) -> None:
    assert kind(head) == ("list", False)


@pytest.mark.parametrize(
    ("head", "token"),
    [
        ("To: unsub+t0ken@example.org", "t0ken"),
        ("Delivered-To: unsubscribe+t0ken@example.org", "t0ken"),
        ("Subject: UNSUBSCRIBE", ""),
        ("Subject: Avregistrera.", ""),
    ],
)
def test_a_wish_for_no_more_newsletters_is_understood(head: str, token: str) -> None:
    letter = read(head, "")
    assert (letter.kind, letter.token, letter.automatic) == ("unsubscribe", token, False)


def test_an_absent_person_wishes_nothing() -> None:
    assert kind("To: unsub+t0ken@example.org\nAuto-Submitted: auto-replied") == ("autoreply", True)


FORM = "Name: Sara Blom\nEmail: sara@example.com\nMessage: Two lamps\nplease"


def test_a_form_mailed_by_a_website_is_the_visitors() -> None:
    letter = read("Reply-To: sara@example.com\nAuto-Submitted: auto-generated", FORM)
    assert letter.kind == "form"
    assert [(field.label, field.value) for field in letter.fields] == [
        ("Name", "Sara Blom"), ("Email", "sara@example.com"), ("Message", "Two lamps\nplease"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Reply-To: anna@example.com", FORM.replace("sara", "anna")),
        ("Reply-To: other@example.com", FORM),
        ("Subject: no address to reply to", FORM),
        ("Reply-To: sara@example.com", "Email: sara@example.com\nNote: see https://example.com"),
    ],
    ids=["own-address", "another-address", "no-address", "two-answers"],
)
def test_labels_alone_make_no_form(head: str, body: str) -> None:
    assert kind(head, body) == ("person", False)
    assert read(head, body).fields == ()
