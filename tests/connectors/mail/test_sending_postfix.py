"""Letters leave through a real Postfix: encrypted, logged in, filed, and back again where nobody wanted them."""

from __future__ import annotations

import asyncio
import shlex
import socket
import ssl
import sys
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.mail import MailConnector
from connectors.mail.smtp_line import Line, Server
from hub.connector import AuthFailed, Raw, Refused, Unavailable
from hub.letters import Enclosure, FileLetter
from tests.connectors.mail.desk import Desk
from tests.connectors.mail.mailing import Told, batch, copy
from tests.connectors.mail.writing import letter, mailbox
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.sink import Sink


@pytest.fixture
async def outside(postfix: Postfix) -> AsyncIterator[Sink]:
    """Give the world to which Postfix passes letters on."""
    async with sinks.sink(postfix.sink_port) as made:
        yield made


@pytest.fixture
def trusted(postfix: Postfix, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Postfix:
    """Give a Postfix whose certificate this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(desk.server.certificate))
    return postfix


def of(desk: Desk, **others: object) -> dict[str, object]:
    """Give the settings of a user's mailbox."""
    return {
        "user": desk.user, "password": PASSWORD, "address": f"{desk.user}@example.org", "imap_host": "127.0.0.1",
        "imap_port": desk.server.port, "imap_tls": "none", **others,
    }  # fmt: skip


async def received(desk: Desk, folder: str = "INBOX", count: int = 1) -> list[bytes]:
    """Wait for letters in a folder of a user's."""
    box = await desk.logged_in()
    await box.open(folder)

    async def uids() -> list[int]:
        found = await box.uids_above(0)
        return found if len(found) >= count else []

    return [each.raw async for each in box.letters(await eventually(uids, 30))]


async def test_a_letter_reaches_whom_it_is_for(postfix: Postfix, outside: Sink, desk: Desk) -> None:
    async with mailbox(postfix.port, **of(desk)) as office:
        sent = await office.send(letter("anna@berg.se", f"{desk.user}@example.org", text="Hej på dig"))
    assert "queued as" in sent.remote_id
    await eventually(lambda: [each.recipients for each in outside.letters] == [("anna@berg.se",)], 30)
    (own,) = await received(desk)
    (event,) = MailConnector("x", "y", office.settings).read(
        Raw(body=own, headers={}, received_at=letter().written_at)
    )
    assert (event.text, event.message_id) == ("Hej på dig", letter().message_id)


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
async def test_it_goes_encrypted_and_logged_in(trusted: Postfix, outside: Sink, desk: Desk, tls: str) -> None:
    port = trusted.submission_port if tls == "starttls" else trusted.smtps_port
    async with mailbox(port, **of(desk, smtp_tls=tls)) as office:
        await office.send(letter())
    await eventually(lambda: outside.letters, 30)
    assert b"sasl_username" not in outside.letters[0].content
    assert b"ESMTPSA" in outside.letters[0].content


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
async def test_who_is_not_trusted_gets_no_password(postfix: Postfix, desk: Desk, tls: str) -> None:
    port = postfix.submission_port if tls == "starttls" else postfix.smtps_port
    async with mailbox(port, **of(desk, smtp_tls=tls)) as office:
        with pytest.raises(Unavailable, match="is not trusted"):
            await office.send(letter())


async def test_a_wrong_password_is_said_as_such(trusted: Postfix, desk: Desk) -> None:
    wrong = of(desk, smtp_tls="starttls", smtp_password="another")  # noqa: S106 - a wrong one
    async with mailbox(trusted.submission_port, **wrong) as office:
        with pytest.raises(AuthFailed, match="authentication failed"):
            await office.send(letter())


async def test_a_server_that_never_says_goodbye_in_tls_is_let_go_at_once(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        heard = asyncio.create_task(asyncio.to_thread(_after_its_quit, listening, desk.server))
        line = Line(Server("127.0.0.1", listening.getsockname()[1], "smtps", desk.server.trust))
        await line.connect()
        await line.quit()
        assert (await heard)[-1:] == [b""]  # the end, whatever came before it


def _after_its_quit(listening: socket.socket, dovecot: Dovecot) -> list[bytes]:
    """Serve one line until its QUIT, and say nothing any more; give what comes then until the line's end."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(dovecot.certificate, dovecot.folder / "server.key")
    taken, _whose = listening.accept()
    with trust.wrap_socket(taken, server_side=True) as line:
        line.sendall(b"220 here\r\n")
        while not (heard := line.recv(1000)).startswith(b"QUIT"):
            line.sendall(b"250 as you say\r\n")
        assert heard
        line.sendall(b"221 bye\r\n")
        with socket.socket(fileno=line.detach()) as bare:
            bare.settimeout(5)
            return [*iter(lambda: _piece(bare), b""), b""]


def _piece(bare: socket.socket) -> bytes:
    try:
        return bare.recv(1000)
    except ConnectionError:
        return b""


async def test_a_token_of_a_command_lets_us_in(trusted: Postfix, outside: Sink, desk: Desk) -> None:
    prints = shlex.join([sys.executable, "-c", f"print({desk.server.token(desk.user)!r})"])
    given = of(desk, smtp_tls="starttls", password="", token_command=prints, sent_folder="Sent")
    async with mailbox(trusted.submission_port, **given) as office:
        await office.send(letter())
        await office.send(FileLetter(letter=letter()))
    await eventually(lambda: outside.letters, 30)
    assert len(await received(desk, "Sent")) == 1


async def test_a_token_of_an_address_lets_us_in_and_another_is_asked_for_when_it_is_refused(
    trusted: Postfix, outside: Sink, desk: Desk
) -> None:
    asked = []
    tokens = [desk.server.token("somebody-else"), desk.server.token(desk.user)]

    async def give(request: web.Request) -> web.Response:
        asked.append(dict(await request.post()))
        return web.json_response({"access_token": tokens[len(asked) - 1], "expires_in": "3600"})

    app = web.Application()
    app.router.add_post("/token", give)
    async with TestServer(app) as server:
        given = of(desk, smtp_tls="starttls", password="", token_url=str(server.make_url("/token")), client_id="hub",
                   client_secret="quiet", refresh_token="once")  # fmt: skip  # noqa: S106 - made up
        async with mailbox(trusted.submission_port, **given) as office:
            with pytest.raises(AuthFailed):
                await office.send(letter())
            await office.send(letter())
            await office.close()
            await office.send(letter())
    assert len(asked) == 2
    assert asked[0] == {
        "grant_type": "refresh_token", "client_id": "hub", "client_secret": "quiet", "refresh_token": "once",
    }  # fmt: skip
    await eventually(lambda: len(outside.letters) == 2, 30)


async def test_a_copy_of_what_left_is_filed_as_it_left(postfix: Postfix, outside: Sink, desk: Desk) -> None:
    async with mailbox(postfix.port, **of(desk, sent_folder="Sent")) as office:
        await office.send(letter(text="Hej på dig"))
        await office.send(FileLetter(letter=letter(text="Hej på dig")))
        await office.send(FileLetter(letter=letter(text="Hej på dig"), again=True))
    (copy,) = await received(desk, "Sent")
    await eventually(lambda: outside.letters, 30)
    assert outside.letters[0].content.endswith(copy)


async def test_a_folder_that_is_not_there_is_said(postfix: Postfix, desk: Desk) -> None:
    async with mailbox(postfix.port, **of(desk, sent_folder="Nowhere")) as office:
        with pytest.raises(Refused, match="Nowhere"):
            await office.send(FileLetter(letter=letter()))


@pytest.mark.parametrize(
    ("recipient", "words", "raised"),
    [
        ("refused@example.org", "We do not want this", Refused),
        ("later@example.org", "Try again later", Unavailable),
    ],
    ids=["refused", "later"],
)
async def test_what_postfix_says_of_a_recipient_is_told(
    postfix: Postfix, desk: Desk, recipient: str, words: str, raised: type[Exception]
) -> None:
    async with mailbox(postfix.port, **of(desk)) as office:
        with pytest.raises(raised, match=words):
            await office.send(letter(recipient))


async def test_a_letter_that_is_too_large_is_refused_before_it_goes(postfix: Postfix, desk: Desk) -> None:
    film = Enclosure(name="film.mp4", type="video/mp4", blob="", size=30_000_000, content=bytes(30_000_000))
    async with mailbox(postfix.port, **of(desk)) as office:
        with pytest.raises(Refused, match=r"(?i)message size"):
            await office.send(letter(files=(film,)))


async def test_twenty_megabytes_arrive_as_they_were(postfix: Postfix, desk: Desk) -> None:
    content = bytes(range(256)) * 80_000
    film = Enclosure(name="film.mp4", type="video/mp4", blob="", size=len(content), content=content)
    async with mailbox(postfix.port, **of(desk)) as office:
        await office.send(letter(f"{desk.user}@example.org", files=(film,)))
        (raw,) = await received(desk)
        (event,) = office.read(Raw(body=raw, headers={}, received_at=letter().written_at))
    assert event.files[0].content == content


async def test_a_bounce_that_postfix_made_names_our_letter(
    postfix: Postfix, outside: Sink, desk: Desk
) -> None:
    outside.says["nobody@berg.se"] = "550 5.1.1 No such user"
    async with mailbox(postfix.port, **of(desk)) as office:
        await office.send(letter("nobody@berg.se"))
        (raw,) = await received(desk)
        (event,) = office.read(Raw(body=raw, headers={}, received_at=letter().written_at))
    (bounce,) = event.bounces
    assert (event.kind, bounce.recipient, bounce.status) == ("bounce", "nobody@berg.se", "5.1.1")
    assert (bounce.hard, bounce.original_message_id) == (True, letter().message_id)


@pytest.mark.parametrize("encrypted", ["none", "starttls", "smtps"])
async def test_copies_of_a_campaign_leave_over_any_line(
    trusted: Postfix, outside: Sink, desk: Desk, encrypted: str
) -> None:
    ports = {"none": trusted.port, "starttls": trusted.submission_port, "smtps": trusted.smtps_port}
    told = Told()
    async with mailbox(ports[encrypted], **of(desk, smtp_tls=encrypted)) as office:
        await office.send_many(batch([copy(number) for number in range(1, 41)]), told)
    assert told.ends == dict.fromkeys(range(1, 41), "sent")
    await eventually(lambda: len(outside.letters) == 40, 30)
    assert len({each.recipients for each in outside.letters}) == 40
    assert all(each.sender.startswith(f"{desk.user}+7-") for each in outside.letters)
