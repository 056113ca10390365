"""A letter of ours says what was meant, in bytes that every server and reader takes."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from connectors.mail.composing import Composed, compose
from connectors.mail.reader import read_letter
from hub.connector import Refused
from hub.letters import Address, Calendar, Enclosure, SendLetter
from tests.connectors.mail.writing import OFFICE, letter

PLAN = Enclosure(
    name="Ritning över köket.pdf", type="application/pdf", blob="", size=9, content=b"%PDF\r\n\0.\r"
)
LOGO = Enclosure(
    name="logo.png", type="image/png", blob="", size=4, content=b"\x89PNG", inline=True, content_id="logo"
)


def read(composed: Composed) -> EmailMessage:
    """Read it as another program does."""
    return cast("EmailMessage", email.message_from_bytes(composed.content, policy=default))


def test_it_is_the_same_letter_at_each_try() -> None:
    written = letter(html="<p>Ready", files=(PLAN,))
    assert compose(written, OFFICE) == compose(written, OFFICE)


def test_all_that_a_reader_needs_stands_in_it() -> None:
    written = letter(
        "anna@berg.se", sender=Address("Åsa Öberg, Klar Ruta", ""), cc=(Address("Bo “B” Ek", "bo@ek.se"),),
        blind=(Address("", "boss@klarruta.example"),), reply_to=(Address("", "case@klarruta.example"),),
        subject="Fönstren är klara, se bilagan", text="Hej Anna!\n\n.\nDet är klart.\n", in_reply_to="q@berg.se",
        references=("p@berg.se", "q@berg.se"), automatic=True,
    )  # fmt: skip
    composed = compose(written, OFFICE)
    got = read_letter(composed.content)
    assert got.sender == Address("Åsa Öberg, Klar Ruta", OFFICE)
    assert (got.to, got.cc) == (written.to, written.cc)
    assert (got.reply_to, got.subject, got.text) == (written.reply_to, written.subject, written.text.strip())
    assert (got.message_id, got.in_reply_to) == (written.message_id, "q@berg.se")
    assert (got.references, got.sent_at, got.automatic) == (written.references, written.written_at, True)
    assert composed.recipients == ("anna@berg.se", "bo@ek.se", "boss@klarruta.example")
    assert b"boss" not in composed.content
    assert read(composed)["auto-submitted"] == "auto-replied"


def test_who_answers_the_first_letter_refers_to_it() -> None:
    assert read(compose(letter(in_reply_to="q@berg.se"), OFFICE))["references"] == "<q@berg.se>"


def test_html_shows_its_pictures_and_the_files_come_along() -> None:
    composed = compose(letter(html='<img src="cid:logo">', files=(PLAN, LOGO)), OFFICE)
    kinds = [part.get_content_type() for part in read(composed).walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    files = {file.name: file for file in read_letter(composed.content).attachments}
    assert {name: file.content for name, file in files.items()} == {
        PLAN.name: PLAN.content,
        LOGO.name: LOGO.content,
    }
    assert (files[LOGO.name].inline, files[LOGO.name].content_id) == (True, "logo")


def test_a_date_stands_beside_the_text_as_a_part_that_mail_programs_act_on() -> None:
    content = "BEGIN:VCALENDAR\r\nSUMMARY:Mätning, kök\r\nEND:VCALENDAR\r\n"
    got = read(compose(letter(calendar=Calendar("REQUEST", content), files=(PLAN,)), OFFICE))
    assert [part.get_content_type() for part in got.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/calendar", "application/pdf",
    ]  # fmt: skip
    part = next(each for each in got.walk() if each.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    assert part.get_payload(decode=True) == content.encode()
    odd = read(compose(letter(calendar=Calendar('X"\r\nEvil: 1', content)), OFFICE))
    assert "Evil" not in odd.as_string()


@pytest.mark.parametrize(
    "name", ['a "b" \\c.txt', "å" * 200, "long name " * 18, "привет.pdf", "..", "x\r\nBcc: y.txt"]
)
def test_a_file_keeps_its_name(name: str) -> None:
    composed = compose(letter(files=(structs.replace(PLAN, name=name),)), OFFICE)
    part = list(read(composed).walk())[-1]
    assert part.get_filename() == name.replace("\r\n", " ").strip()


def test_a_letter_to_blind_recipients_alone_names_nobody() -> None:
    composed = compose(structs.replace(letter(), to=(), blind=(Address("", "anna@berg.se"),)), OFFICE)
    assert (composed.recipients, b"anna" in composed.content) == (("anna@berg.se",), False)


def test_a_domain_of_any_script_is_written_in_ascii() -> None:
    composed = compose(letter("info@bücher.example"), OFFICE)
    assert (composed.recipients, composed.international) == (("info@xn--bcher-kva.example",), False)


def test_a_name_of_any_script_before_the_at_is_said_to_be_one() -> None:
    composed = compose(letter("åsa@exempel.se"), OFFICE)
    assert composed.international
    assert "To: åsa@exempel.se\r\n".encode() in composed.content


@pytest.mark.parametrize(
    "address",
    ["", "anna", "anna@", "@berg.se", "anna berg@berg.se", "anna@berg.se>\r\nRCPT TO:<bo@ek.se", "a@b@c d",
     "anna@be rg.se", "<anna@berg.se>", "anna@berg.se\n", "anna@-", "a\ud800@b.se"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="no mail address"):
        compose(structs.replace(letter(), to=(Address("", address.replace("\n", "\n.")),)), OFFICE)


def test_a_letter_to_nobody_is_refused() -> None:
    with pytest.raises(Refused, match="to nobody"):
        compose(structs.replace(letter(), to=()), OFFICE)


TEXTS = st.text(st.characters(codec=None), max_size=300) | st.just("\r\nBcc: eve@evil.example\r\n\r\n")


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_whatever_is_written_makes_one_letter_with_its_own_headers(
    subject: str, name: str, identity: str, text: str
) -> None:
    written = SendLetter(
        message_id=identity, written_at=letter().written_at, sender=Address(name, ""), to=letter().to,
        subject=subject, text=text, in_reply_to=identity, references=(identity, identity + "x"),
    )  # fmt: skip
    composed = compose(written, OFFICE)
    lines = composed.content.split(b"\r\n")
    assert b"\r" not in b"".join(lines)
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 998
    head = composed.content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    names = [name.lower() for name in email.message_from_bytes(composed.content).keys()]  # noqa: SIM118 - it is no dict
    assert len(names) == len(set(names))
    assert "bcc" not in names
    assert names[:4] == ["date", "from", "to", "subject"]
