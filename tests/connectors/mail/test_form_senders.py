"""Letters of a website are forms where somebody said so, and their answers mean what was said about them."""

from __future__ import annotations

import pytest

from connectors.mail import MailConnector, MailSettings
from hub.clock import now
from hub.connector import Raw, WrongSetting
from hub.forms import Field, FormSubmitted

SITE = "wordpress@klarruta.example"
ANSWERS = "Kund: Karin Ekdahl\r\nDitt nr: 070-174 06 05\r\nVad: Tre fönster\r\nsom ska bytas\r\n"


def raw(sender: str = f"Site <{SITE}>", reply_to: str = "", text: str = ANSWERS) -> Raw:
    """Give a letter of the website."""
    head = f"From: {sender}\r\nSubject: Offert\r\n" + (f"Reply-To: {reply_to}\r\n" if reply_to else "")
    return Raw(body=f"{head}\r\n{text}".encode(), headers={}, received_at=now())


def connector(*lines: str) -> MailConnector:
    """Give a mailbox at which these are said to be forms."""
    return MailConnector("post", "", MailSettings(forms=lines))


def form(made: MailConnector, letter: Raw) -> FormSubmitted:
    """Read a letter that is a form."""
    [event] = made.read(letter)
    assert event.kind == "form"
    assert event.form is not None
    return event.form


def test_a_letter_of_a_website_without_an_address_to_reply_to_is_one_of_a_person() -> None:
    [event] = connector().read(raw())
    assert (event.kind, event.form) == ("person", None)


def test_a_known_websites_letters_are_forms_with_their_answers() -> None:
    found = form(connector(SITE.upper()), raw())
    assert found.fields[1:] == (Field("Ditt nr", "070-174 06 05"), Field("Vad", "Tre fönster\nsom ska bytas"))
    assert (found.phone, found.email, found.subject) == ("070-174 06 05", "", "Offert")


def test_what_an_answer_means_is_said_by_sender_and_wins_over_guesses() -> None:
    made = connector(
        f"{SITE}: Kund = name", f"{SITE}: vad = message", "other@site.example: Ditt nr = nothing"
    )
    found = form(made, raw())
    assert (found.name, found.message, found.phone) == (
        "Karin Ekdahl",
        "Tre fönster\nsom ska bytas",
        "070-174 06 05",
    )
    assert form(connector(f"{SITE}: Ditt nr = nothing"), raw()).phone == ""


def test_whom_one_replies_to_is_the_visitor_unless_it_is_the_website_itself() -> None:
    made = connector(SITE)
    assert form(made, raw(reply_to="Karin <karin@example.net>")).email == "karin@example.net"
    assert form(made, raw(reply_to=SITE)).email == ""


def test_the_journal_says_what_each_answer_was_taken_for() -> None:
    taken = {
        each.label: (each.meaning, each.rule) for each in connector(f"{SITE}: Kund = name").explain(raw())
    }
    assert taken["Kund"] == ("name", "the field map")
    assert taken["Ditt nr"][0] == "phone"
    assert connector().explain(raw()) == ()


@pytest.mark.parametrize(("line", "words"), [
    ("klarruta.example", "does not begin with a mail address"),
    (f"{SITE}: Kund", "does not end with = and one of these: name, first name"),
    (f"{SITE}: Kund = telephone", "does not end with = and one of these"),
    (f"{SITE}: = name", "does not end with ="),
])  # fmt: skip
def test_a_line_that_says_nothing_is_refused_in_words(line: str, words: str) -> None:
    with pytest.raises(WrongSetting, match=words):
        MailSettings(forms=(line,))
