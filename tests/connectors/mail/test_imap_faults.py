"""What aioimaplib 2.0.3 does wrong by itself, each against a real server; what is lost stands in test_imap_lost."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
import tracemalloc

import pytest

from connectors.mail.imap import Mailbox
from connectors.mail.imap_link import Address
from hub.connector import AuthFailed, Refused, Unavailable
from tests.connectors.mail.desk import Desk, letter
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.relay import Relay

MANY = 5_000


async def test_5000_letters_that_wait_are_all_read(desk: Desk) -> None:
    desk.server.fill(desk.user, (letter(f"Number {number}") for number in range(MANY)))
    box = await desk.inbox()
    uids = await box.uids_above(0)
    subjects = {each.raw.split(b"\r\n")[1] async for each in box.letters(uids)}
    assert len(subjects) == len(uids) == MANY


async def test_the_flags_of_5000_letters_are_told_in_no_time(desk: Desk) -> None:
    desk.server.fill(desk.user, (letter(f"Number {number}") for number in range(MANY)))
    box = await desk.inbox()
    began = time.process_time()
    answer = await box._tell("FETCH", "1:*", "(UID FLAGS)", by_uid=True)  # without our windows
    assert len(answer.responses) == MANY
    assert time.process_time() - began < 1
    assert len(await box.flags(range(1, MANY + 1))) == MANY


async def test_a_letter_of_20_mb_is_held_once(desk: Desk) -> None:
    sent = letter("Large", size=20_000_000)
    desk.deliver(sent)
    box = await desk.inbox()
    tracemalloc.start()
    async for each in box.letters([1]):
        assert each.raw.endswith(sent)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * len(sent)


async def test_large_letters_come_one_at_a_time(desk: Desk, line: Relay) -> None:
    desk.deliver(*(letter("Large", size=6_000_000) for _ in range(3)))
    box = await desk.inbox(line.port)
    asked = [line.heard.copy() async for _ in box.letters([1, 2, 3])]
    assert [sum(b"BODY.PEEK[]" in each for each in heard) for heard in asked] == [1, 2, 3]


async def test_a_star_in_a_subject_stays_there(desk: Desk) -> None:
    desk.deliver(letter("2 * 3 = 6 (* 1 EXISTS"))
    box = await desk.inbox()
    told = await box._tell("FETCH", "1", "(ENVELOPE)", by_uid=True)
    assert b'"2 * 3 = 6 (* 1 EXISTS"' in told.responses[0][0]


async def test_words_that_look_like_a_response_stay_as_they_are(desk: Desk) -> None:
    desk.deliver(b'Subject: ) (* 1 FETCH "x" {5}\r\n\r\n* 1 EXISTS\r\nA1 OK done {3}\r\n)\r\n')
    box = await desk.inbox()
    (only,) = [each async for each in box.letters([1])]
    assert only.raw.endswith(b"\r\n\r\n* 1 EXISTS\r\nA1 OK done {3}\r\n)\r\n")


async def test_a_letter_that_comes_in_mid_fetch_ends_the_next_wait_at_once(desk: Desk) -> None:
    desk.deliver(letter("One"))
    box = await desk.inbox()
    await box.uids_above(0)
    desk.deliver(letter("Two"))
    await box._tell("FETCH", "1", "(UID FLAGS)", by_uid=True)  # the server says EXISTS beside it
    await box._tell("NOOP")
    assert await asyncio.wait_for(box.news_above(1, 60), 30) == [2]


async def test_a_wrong_password_is_an_error(desk: Desk) -> None:
    box = desk.mailbox()
    await box.connect()
    with pytest.raises(AuthFailed, match=f"refuses user “{desk.user}”.*Authentication failed"):
        await box.log_in(desk.user, "wrong")
    await box.log_in(desk.user, PASSWORD)  # the line still stands


async def test_a_server_that_cannot_tell_for_now_does_not_say_that_a_password_is_wrong(
    desk: Desk, line: Relay
) -> None:
    line.change = lambda said: said.replace(b"[AUTHENTICATIONFAILED]", b"[UNAVAILABLE]")
    box = desk.mailbox(line.port)
    await box.connect()
    with pytest.raises(Unavailable, match="cannot do that now"):
        await box.log_in(desk.user, "wrong")


@pytest.mark.parametrize("hidden", [b" SASL-IR", b" AUTH=PLAIN", b""], ids=["two steps", "LOGIN", "one step"])
async def test_any_password_of_any_user_is_taken(desk: Desk, line: Relay, hidden: bytes) -> None:
    line.change = lambda said: said.replace(hidden, b"")
    desk.user = f"{desk.user} o'neil"
    box = await desk.logged_in(line.port)
    assert (await box.open("INBOX")).uidvalidity


@pytest.mark.parametrize("hidden", [b" SASL-IR", b""], ids=["two steps", "one step"])
async def test_a_token_lets_us_in(desk: Desk, line: Relay, hidden: bytes) -> None:
    line.change = lambda said: said.replace(hidden, b"")
    box = desk.mailbox(line.port)
    await box.connect()
    await box.log_in(desk.user, desk.server.token(desk.user), by_token=True)
    assert await box.folders()


@pytest.mark.parametrize("token", ["expired", "foreign", "none at all"])
async def test_a_refused_token_is_known_at_once(desk: Desk, token: str) -> None:
    tokens = {"expired": desk.server.token(desk.user, -60), "foreign": desk.server.token("galina")}
    box = desk.mailbox()
    await box.connect()
    with pytest.raises(AuthFailed):
        await asyncio.wait_for(box.log_in(desk.user, tokens.get(token, "x"), by_token=True), 30)
    await box.log_in(desk.user, desk.server.token(desk.user), by_token=True)  # the line still stands


async def test_no_secret_and_no_letter_is_written_into_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.deliver(letter("Private"))
    token = desk.server.token(desk.user)
    box = desk.mailbox()
    await box.connect()
    await box.log_in(desk.user, token, by_token=True)
    await box.open("INBOX")
    assert [each.uid async for each in box.letters([1])] == [1]
    assert not [record for record in caplog.records if record.name.startswith("aioimaplib")]


@pytest.mark.parametrize("tls", ["imaps", "starttls"])
async def test_the_line_is_secured(dovecot: Dovecot, tls: str) -> None:
    box = _secured(dovecot, tls, dovecot.trust)
    await box.connect()
    await box.log_in("anna", PASSWORD)
    assert await box.folders()
    assert box._wire.transport.get_extra_info("ssl_object") is not None
    await box.log_out()


@pytest.mark.parametrize("tls", ["imaps", "starttls"])
async def test_a_certificate_that_nobody_trusts_is_told(dovecot: Dovecot, tls: str) -> None:
    with pytest.raises(Unavailable, match=r"certificate .* is not trusted"):
        await _secured(dovecot, tls, ssl.create_default_context()).connect()


async def test_a_port_without_tls_is_told(dovecot: Dovecot) -> None:
    box = Mailbox(Address("127.0.0.1", dovecot.port, "imaps", dovecot.trust))
    with pytest.raises(Unavailable, match="does not speak TLS"):
        await box.connect()


async def test_no_password_is_said_where_starttls_was_taken_away(dovecot: Dovecot, line: Relay) -> None:
    line.change = lambda said: said.replace(b" STARTTLS", b"")
    with pytest.raises(Unavailable, match="has no STARTTLS"):
        await Mailbox(Address("127.0.0.1", line.port, "starttls", dovecot.trust)).connect()


async def test_what_a_stranger_adds_in_plain_text_ends_the_line(dovecot: Dovecot, line: Relay) -> None:
    line.change = lambda said: said + b"* CAPABILITY AUTH=EVIL\r\n" if b"Begin TLS" in said else said
    with pytest.raises(Unavailable, match="cannot be understood"):
        await Mailbox(Address("127.0.0.1", line.port, "starttls", dovecot.trust)).connect()


async def test_a_flag_of_two_lines_is_no_second_command(desk: Desk) -> None:
    box = await desk.inbox()
    with pytest.raises(Refused):
        await box.mark([1], "\\Seen)\r\nA1 DELETE Sent")


def _secured(dovecot: Dovecot, tls: str, trust: ssl.SSLContext) -> Mailbox:
    if tls == "imaps":
        return Mailbox(Address("127.0.0.1", dovecot.tls_port, "imaps", trust))
    return Mailbox(Address("127.0.0.1", dovecot.port, "starttls", trust))
