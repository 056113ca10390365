"""Who wrote, to whom, and who only says so."""

from __future__ import annotations

import pytest

from connectors.mail import Address, Flag, Verdicts, read_letter
from connectors.mail.addresses import read_addresses

MX = "mx.example.org"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("anna@example.com", [("", "anna@example.com")]),
        ("Anna Holm <anna@example.com>", [("Anna Holm", "anna@example.com")]),
        ('"Holm, Anna" <anna@example.com>, b@x.example', [("Holm, Anna", "anna@example.com"), ("", "b@x.example")]),
        ("anna@example.com (Anna Holm)", [("Anna Holm", "anna@example.com")]),
        (r'"Anna \"A\" Holm" <anna@example.com>', [('Anna "A" Holm', "anna@example.com")]),
        ("=?utf-8?q?=C3=85sa=2C_chef?= <asa@example.com>", [("Åsa, chef", "asa@example.com")]),
        ("Åsa <åsa@exämple.example>", [("Åsa", "åsa@exämple.example")]),
        ('"anna holm"@example.com', [("", '"anna holm"@example.com')]),
        ("undisclosed-recipients:;", []),
        ("Team: a@x.example, B <b@x.example>;", [("", "a@x.example"), ("B", "b@x.example")]),
        ("<@relay.example:anna@example.com>", [("", "anna@example.com")]),
        ("a@x.example; b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("a@x.example, A <A@X.example>", [("", "a@x.example")]),
        ("MAILER-DAEMON", [("", "MAILER-DAEMON")]),
        ("Anna <anna@example.com", [("Anna", "anna@example.com")]),
        ("Anna anna@example.com", [("", "anna@example.com")]),
        ("", []),
        (",,;<>", []),
    ],
)  # fmt: skip
def test_addresses_are_read_as_they_are_written(written: str, found: list[tuple[str, str]]) -> None:
    assert read_addresses([written]) == (tuple(Address(*each) for each in found), False)


@pytest.mark.parametrize(
    ("sender", "flags"),
    [
        ('"boss@example.org" <eve@example.net>', (Flag.SPOOFED,)),
        ("=?utf-8?q?boss=40example.org?= <eve@example.net>", (Flag.SPOOFED,)),
        ("Boss (boss@example.org) <eve@example.net>", ()),
        ('"Anna@Example.com" <anna@example.com>', ()),
        ("Anna <anna@example.com>", ()),
        ("a@x.example, b@x.example", (Flag.SENDERS,)),
        ("", (Flag.NO_SENDER,)),
    ],
)
def test_a_sender_who_looks_like_another_is_told(sender: str, flags: tuple[Flag, ...]) -> None:
    assert read_letter(f"From: {sender}\n\nPay now.".encode()).flags == flags


def test_without_a_from_the_sender_is_who_sent_it() -> None:
    assert read_letter(b"Sender: anna@example.com\n\nHi").sender == Address("", "anna@example.com")


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([f"{MX}; spf=pass smtp.mailfrom=x; dkim=fail (bad); dmarc=none"], ("pass", "fail", "none")),
        ([f"{MX} 1; dkim=fail; dkim=pass header.d=x; SPF = softfail"], ("softfail", "pass", "")),
        ([f"{MX}; none"], ("", "", "")),
        (["evil.example; spf=pass", f"{MX}; spf=fail"], ("fail", "", "")),
        ([f"{MX}; spf=fail", f"{MX}; spf=pass; dkim=pass"], ("fail", "", "")),
        (["evil.example; spf=pass; dkim=pass; dmarc=pass"], ("", "", "")),
        ([f"{MX}.evil.example; spf=pass"], ("", "", "")),
        ([f"({MX}) evil.example; spf=pass"], ("", "", "")),
        ([f"{MX}; x=y (; spf=pass)"], ("", "", "")),
    ],
)
def test_only_our_own_server_is_believed(headers: list[str], found: tuple[str, str, str]) -> None:
    raw = "".join(f"Authentication-Results: {each}\n" for each in headers)
    assert read_letter(f"{raw}\nHi".encode(), MX).verdicts == Verdicts(*found)


def test_without_a_server_of_our_own_nobody_is_believed() -> None:
    assert read_letter(b"Authentication-Results: ; spf=pass\n\nHi").verdicts == Verdicts()
