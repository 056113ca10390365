"""A letter either left, or surely did not, or nobody knows: each is said, and none is taken for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from connectors.mail import MailConnector, despatch, smtp_line
from hub.connector import AuthFailed, InDoubt, Refused, Sent, Unavailable
from hub.letters import Enclosure, FileLetter
from tests.connectors.mail.writing import OFFICE, letter, mailbox
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.ports import free_port
from tests.servers.sink import Sink

LARGE = Enclosure(name="film.mp4", type="video/mp4", blob="", size=4_000_000, content=bytes(4_000_000))


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """Give a server that keeps what it gets."""
    async with sinks.sink() as made:
        yield made


@pytest.fixture
async def office(sink: Sink) -> AsyncIterator[MailConnector]:
    """Give a mailbox that sends to it."""
    async with mailbox(sink.port) as made:
        yield made


async def test_what_is_written_arrives_and_its_number_there_is_known(
    office: MailConnector, sink: Sink
) -> None:
    sent = await office.send(letter(text="One\n.\n..two\n"))
    assert sent == Sent("2.0.0 Ok: queued as 1", "")
    (taken,) = sink.letters
    assert (taken.sender, taken.recipients) == (OFFICE, ("anna@berg.se",))
    assert taken.content.endswith(b"One\r\n..\r\n...two\r\n")


async def test_letters_one_after_the_other_share_a_line(office: MailConnector, sink: Sink) -> None:
    for _ in range(3):
        await office.send(letter())
    assert (len(sink.letters), sink.sessions) == (3, 1)


async def test_a_line_that_nobody_needs_is_let_go(
    office: MailConnector, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(despatch.Despatch.__init__, "__defaults__", (0.01,))
    await office.send(letter())
    await eventually(lambda: sink.heard[-1] == "QUIT")


@pytest.mark.parametrize("ends", ["EOF", "421 4.4.2 Idle for too long", "451 4.3.0 Too many letters"])
async def test_a_kept_line_that_is_lost_keeps_no_letter_waiting(
    office: MailConnector, sink: Sink, ends: str
) -> None:
    await office.send(letter())
    if ends == "EOF":
        sink.hang_up()
    else:
        sink.says["MAIL"] = ends
    sending = asyncio.create_task(office.send(letter()))
    await eventually(lambda: sink.sessions == 2 or ends == "EOF")
    sink.says.clear()
    try:
        await sending
    except Unavailable:  # it had heard the same on the new line before that was mended
        await office.send(letter())
    assert len(sink.letters) == 2


@pytest.mark.parametrize("moment", ["greeting", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", ["451 4.3.0 Try again later", "421 4.3.2 Going down"])
async def test_a_letter_that_cannot_be_taken_now_did_not_leave(
    office: MailConnector, sink: Sink, moment: str, answer: str
) -> None:
    sink.says[moment] = answer
    with pytest.raises(Unavailable) as raised:
        await office.send(letter())
    assert answer[:3] in str(raised.value) or "lost" in str(raised.value)
    sink.says.clear()
    await office.send(letter())
    assert len(sink.letters) == 1


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", "."])
async def test_a_letter_that_is_refused_says_why(office: MailConnector, sink: Sink, moment: str) -> None:
    sink.says[moment] = "550 5.7.1 We do not like you"
    with pytest.raises(Refused, match=r"550 5\.7\.1 We do not like you"):
        await office.send(letter())
    assert sink.letters == []


async def test_it_goes_to_those_who_are_not_refused_and_says_who_is(
    office: MailConnector, sink: Sink
) -> None:
    sink.says["bo@ek.se"] = "550 5.1.1 No such user"
    sent = await office.send(letter("anna@berg.se", "bo@ek.se"))
    assert sink.letters[0].recipients == ("anna@berg.se",)
    assert sent.remark == "It was not sent to bo@ek.se (550 5.1.1 No such user)."


async def test_who_is_not_taken_now_is_written_to_later_and_alone(office: MailConnector, sink: Sink) -> None:
    sink.says |= {"bo@ek.se": "451 4.7.1 Greylisted", "eva@ek.se": "550 5.1.1 No such user"}
    sent = await office.send(letter("anna@berg.se", "bo@ek.se", "eva@ek.se"))
    assert sent.remark == "It was not sent to eva@ek.se (550 5.1.1 No such user)."
    (rest,) = sent.rests
    assert rest.why == "The mail server cannot do that now: 451 4.7.1 Greylisted"
    del sink.says["bo@ek.se"]
    assert (await office.send(rest.command)).rests == ()
    first, second = sink.letters
    assert (first.recipients, second.recipients) == (("anna@berg.se",), ("bo@ek.se",))
    assert first.content == second.content


async def test_a_copy_is_filed_once_however_often_the_letter_leaves(sink: Sink) -> None:
    sink.says["bo@ek.se"] = "451 4.7.1 Greylisted"
    async with mailbox(sink.port, sent_folder="Sent") as office:
        rest, copy = (await office.send(letter("anna@berg.se", "bo@ek.se"))).rests
        assert copy.command == FileLetter(letter=letter("anna@berg.se", "bo@ek.se"))
        del sink.says["bo@ek.se"]
        assert (await office.send(rest.command)).rests == ()


async def test_where_one_is_refused_and_the_other_not_taken_now_it_is_tried_again(
    office: MailConnector, sink: Sink
) -> None:
    sink.says |= {"anna@berg.se": "451 4.7.1 Greylisted", "bo@ek.se": "550 5.1.1 No such user"}
    with pytest.raises(Unavailable, match="Greylisted"):
        await office.send(letter("bo@ek.se", "anna@berg.se"))


@pytest.mark.parametrize("moment", ["EHLO", "MAIL", "RCPT", "DATA", sinks.BODY])
async def test_a_line_lost_before_the_final_dot_means_that_it_did_not_leave(
    office: MailConnector, sink: Sink, moment: str
) -> None:
    sink.hangs_up_at = moment
    with pytest.raises(Unavailable):
        await office.send(letter(files=(LARGE,)))
    sink.hangs_up_at = ""
    await office.send(letter(files=(LARGE,)))
    assert len(sink.letters) == 1


async def test_a_line_lost_after_the_final_dot_leaves_it_in_doubt(office: MailConnector, sink: Sink) -> None:
    sink.hangs_up_at = "."
    with pytest.raises(InDoubt):
        await office.send(letter())
    assert len(sink.letters) == 1


async def test_an_answer_after_the_final_dot_that_is_none_leaves_it_in_doubt(
    office: MailConnector, sink: Sink
) -> None:
    sink.says["."] = "whatever"
    with pytest.raises(InDoubt):
        await office.send(letter())


@pytest.fixture
def hasty(office: MailConnector, monkeypatch: pytest.MonkeyPatch) -> MailConnector:
    """Give a mailbox that does not wait long for its server."""
    monkeypatch.setattr(smtp_line.Line.__init__, "__defaults__", (0.3, 0.3))
    return office


@pytest.mark.parametrize("moment", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", sinks.BODY])
async def test_a_server_that_falls_silent_before_the_end_did_not_get_it(
    hasty: MailConnector, sink: Sink, moment: str
) -> None:
    sink.silent_at = moment
    with pytest.raises(Unavailable):
        await hasty.send(letter(files=(LARGE,)))
    assert sink.letters == []


async def test_after_a_silence_the_line_is_not_used_again(
    office: MailConnector, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_line.Line.__init__, "__defaults__", (60.0, 1.0))  # it is the dot that waits
    await office.send(letter())
    sink.silent_at = "."
    with pytest.raises(InDoubt):
        await office.send(letter())
    sink.silent_at = ""
    sink.goes_on.set()  # the late answer would be taken for that to the next command
    sink.says["RCPT"] = "550 5.1.1 No such user"
    with pytest.raises(Refused, match="No such user"):
        await office.send(letter())
    assert sink.sessions == 2


async def test_after_a_cancel_the_line_is_not_used_again(office: MailConnector, sink: Sink) -> None:
    await office.send(letter())
    sink.silent_at = "RCPT"
    sending = asyncio.create_task(office.send(letter()))
    await eventually(lambda: sink.heard[-1].startswith("RCPT") and sink.heard.count(sink.heard[-1]) == 2)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    sink.silent_at = ""
    sink.goes_on.set()
    await office.send(letter())
    assert (len(sink.letters), sink.sessions) == (2, 2)


async def test_a_server_that_is_not_there_is_said_as_such() -> None:
    async with mailbox(free_port()) as office:
        with pytest.raises(Unavailable, match="does not answer"):
            await office.send(letter())


async def test_a_mailbox_without_a_server_for_sending_refuses() -> None:
    async with mailbox(25, smtp_host="") as office:
        with pytest.raises(Refused, match="No server for sending"):
            await office.send(letter())


async def test_an_address_of_any_script_goes_where_the_server_takes_it(
    office: MailConnector, sink: Sink
) -> None:
    await office.send(letter("åsa@exempel.se"))
    assert sink.letters[0].recipients == ("åsa@exempel.se",)
    assert any(line.startswith("MAIL") and "SMTPUTF8" in line for line in sink.heard)


async def test_an_address_of_any_script_is_refused_where_the_server_does_not(
    office: MailConnector, sink: Sink
) -> None:
    sink.offers.remove("SMTPUTF8")
    with pytest.raises(Refused, match="before the @"):
        await office.send(letter("åsa@exempel.se"))


async def test_a_server_that_wants_a_log_in_first_is_no_reason_to_give_up(
    office: MailConnector, sink: Sink
) -> None:
    sink.says["MAIL"] = "530 5.7.0 Authentication required"
    with pytest.raises(AuthFailed, match="Authentication required"):
        await office.send(letter())


@pytest.mark.parametrize(
    ("answer", "raised"),
    [("535 5.7.8 Bad password", AuthFailed), ("454 4.7.0 Not now", Unavailable)],
    ids=["refused", "not-now"],
)
async def test_a_log_in_that_is_refused_is_told_from_one_that_cannot_be_had_now(
    office: MailConnector, sink: Sink, answer: str, raised: type[Exception]
) -> None:
    sink.offers.append("AUTH PLAIN")
    sink.says["AUTH"] = answer
    with pytest.raises(raised):
        await office.send(letter())


async def test_no_line_of_a_letter_can_be_taken_for_a_command(office: MailConnector, sink: Sink) -> None:
    hostile: Callable[[str], str] = "Hello\r\n.\r\nMAIL FROM:<{0}>\r\n".format
    await office.send(letter(text=hostile("eve@evil.example"), subject=hostile("eve@evil.example")))
    assert len(sink.letters) == 1
    assert not any("evil" in line for line in sink.heard)


async def test_a_host_whose_name_is_none_has_surely_nothing_leave() -> None:
    async with mailbox(25, smtp_host="smtp..example.com", smtp_tls="starttls") as made:
        with pytest.raises(Unavailable):
            await made.send(letter())
