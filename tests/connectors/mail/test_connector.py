"""The connector makes of a letter's bytes what the business needs, and refuses what could never work."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.mail import MailConnector, MailSettings
from hub.clock import now
from hub.connector import Raw, WrongSetting
from hub.letters import Address, LetterReceived, Verdicts

LETTERS = Path(__file__).parent / "letters"
NAMES = sorted(path.name for path in LETTERS.glob("*.eml"))


def read(body: bytes, **settings: object) -> LetterReceived:
    """Read a letter that came to a mailbox with these settings."""
    box = MailConnector("support", "sesame", MailSettings(**settings))  # type: ignore[arg-type]
    (event,) = box.read(Raw(body=body, headers={}, received_at=now()))
    return event


def recorded(name: str) -> bytes:
    """Give a recorded letter."""
    return next(LETTERS.glob(f"{name}*.eml")).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_has_one_key_whichever_way_it_came(name: str) -> None:
    body = (LETTERS / name).read_bytes()
    on_the_way = b"Delivered-To: sales@example.org\r\nX-Seen: yes\r\n" + body
    assert read(body).key == read(on_the_way).key != ""


def test_a_letter_says_what_the_business_needs() -> None:
    event = read(recorded("18_reply"), department="Service")
    assert (event.key, event.kind, event.automatic) == ("olsv-18@tenant.example", "person", False)
    assert event.sender == Address("Karin Nyman", "karin@tenant.example")
    assert event.in_reply_to == "case-4711.2@example.org"
    assert "ska vi skicka" in event.text
    assert "ska vi skicka" not in event.reply
    assert (event.department, event.form, event.forwarded) == ("Service", None, False)


@pytest.mark.parametrize(
    ("subject", "forwarded"),
    [("Fwd: Re: A window", True), ("VB: A window", True), ("[Fwd: A window]", True), ("WG: Fenster", True),
     ("Re: Fwd: A window", False), ("SV: VB: A window", False), ("A window", False), ("Forward window", False)],
)  # fmt: skip
def test_what_is_passed_on_is_told_from_what_is_answered(subject: str, *, forwarded: bool) -> None:
    assert read(f"Subject: {subject}\r\n\r\nx".encode()).forwarded is forwarded


def test_a_form_that_a_website_mails_is_the_visitors() -> None:
    form = read(recorded("31_webform")).form
    assert form is not None
    assert (form.name, form.email, form.phone) == ("Sara Blom", "sara.blom@example.com", "070-174 06 05")
    assert form.message.startswith("Hej, jag vill ha en offert på 12 stolar.")
    assert [field.label for field in form.fields][:2] == ["Namn", "E-post"]


def test_only_the_server_that_we_name_is_believed_about_senders() -> None:
    checked = b"Authentication-Results: mx.example.org; spf=pass; dkim=fail\r\nFrom: a@b.example\r\n\r\nx"
    assert read(checked).verdicts == Verdicts()
    assert read(checked, trusted_server="mx.example.org").verdicts == Verdicts(spf="pass", dkim="fail")


@pytest.mark.parametrize("junk", [b"", b" \r\n\r\n"])
def test_nothing_at_all_is_no_letter(junk: bytes) -> None:
    with pytest.raises(ValueError, match="empty"):
        read(junk)


@pytest.mark.parametrize("junk", [b"\0" * 100, b"x", b"\xff\xfe\r\n" * 50, b":\r\n:\r\n\r\n:"])
def test_junk_is_a_letter_all_the_same(junk: bytes) -> None:
    assert read(junk).key.startswith("sha256:")


@pytest.mark.parametrize(
    ("settings", "which"),
    [
        ({"password": "a", "password_file": "/b"}, "password_file"),
        ({"folders": ()}, "folders"),
        ({"address": "not an address"}, "address"),
        ({"address": "support@klarruta.example, sales@klarruta.example"}, "address"),
        ({"read_from": "last week"}, "read_from"),
    ],
)
def test_what_could_never_work_is_refused(settings: dict[str, object], which: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        MailSettings(**settings)  # type: ignore[arg-type]
    assert refused.value.setting == which


def test_the_password_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("sesame\n")
    assert MailSettings(password_file=str(tmp_path / "word")).secret == "sesame"  # noqa: S105 - it opens nothing
    assert MailSettings(password="open").secret == "open"  # noqa: S105, S106 - nor does this
