"""Copies of a campaign leave over one line; whatever the server does, each is told of as what it is."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest

from connectors.mail import MailConnector, bulk_despatch, smtp_line
from hub.bulk_mail import Copy, Mailing
from hub.connector import AuthFailed, Refused, Unavailable
from hub.letters import Address
from tests.connectors.mail.mailing import MAILING, Told, batch, copy
from tests.connectors.mail.writing import mailbox
from tests.servers import sink as sinks
from tests.servers.ports import free_port
from tests.servers.sink import BODY, Sink

FIVE = [copy(number) for number in range(1, 6)]
SENT = dict.fromkeys(range(1, 6), "sent")


@pytest.fixture(params=["together", "one-by-one"])
async def sink(request: pytest.FixtureRequest) -> AsyncIterator[Sink]:
    """Give a server that keeps what it gets, with and without PIPELINING."""
    async with sinks.sink() as made:
        if request.param == "together":
            made.offers.append("PIPELINING")
        yield made


@pytest.fixture
async def office(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailConnector]:
    """Give a mailbox that sends to it, over one line."""
    monkeypatch.setattr(bulk_despatch, "LINES", 1)
    async with mailbox(sink.port) as made:
        yield made


def read(content: bytes) -> EmailMessage:
    """Read a letter as the one does who got it."""
    return cast("EmailMessage", message_from_bytes(content, policy=default))


async def test_each_gets_his_own_and_each_can_be_told_by_where_it_comes_back_to(
    office: MailConnector, sink: Sink
) -> None:
    told = Told()
    await office.send_many(batch(FIVE), told)
    assert told.ends == SENT
    assert (sink.sessions, len(sink.letters)) == (1, 5)
    second = sink.letters[1]
    assert (second.sender, second.recipients) == (
        "office+7-2-proof@klarruta.example",
        ("kund-2@example.net",),
    )
    letter = read(second.content)
    assert (letter["Subject"], letter["Message-ID"]) == ("Windows for Kund 2", "<7-2-proof@klarruta.example>")
    assert (
        letter["List-Unsubscribe"]
        == "<https://crm.klarruta.example/leave/2>, <mailto:office@klarruta.example>"
    )
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Id"] == "Nyheter <news.klarruta.example>"
    text, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content() == "Hej Kund 2!\r\n.dot\r\n"
    assert html.get_content().strip() == "<p>Hej Kund 2!</p>\r\n<p>Fönster och dörrar.</p>"


async def test_the_same_line_serves_the_next_batch(office: MailConnector, sink: Sink) -> None:
    for _ in range(2):
        await office.send_many(batch(FIVE), Told())
    assert (sink.sessions, len(sink.letters)) == (1, 10)


async def test_a_line_that_ends_with_nothing_on_its_way_is_nobodys_trouble(
    office: MailConnector, sink: Sink
) -> None:
    failed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: failed.append(told))
    told = Told()
    told.withheld = set(SENT)
    await office.send_many(batch(FIVE), told)
    await sink.end()
    await office.close()
    for _ in range(3):
        await asyncio.sleep(0)
        gc.collect()
    assert (told.ends, failed) == ({}, [])


@pytest.mark.parametrize(
    ("answer", "end", "code", "enhanced"),
    [("550 5.1.1 Unknown", "refused", 550, "5.1.1"), ("451 4.7.1 Greylisted", "later", 451, "4.7.1"),
     ("452 Full", "later", 452, "")],
)  # fmt: skip
@pytest.mark.parametrize("third", ["first", "middle", "last"])
async def test_what_is_said_of_one_is_said_of_no_other(
    office: MailConnector, sink: Sink, answer: str, end: str, code: int, enhanced: str, third: str
) -> None:
    number = {"first": 1, "middle": 3, "last": 5}[third]
    sink.says[f"kund-{number}@example.net"] = answer
    told = Told()
    await office.send_many(batch(FIVE), told)
    assert told.ends == SENT | {number: end}
    fate = told.fates[number]
    assert (fate.code, fate.enhanced, fate.words) == (
        code,
        enhanced,
        answer.rpartition(f"{enhanced or code} ")[2],
    )
    assert sink.sessions == 1


async def test_a_server_that_goes_on_after_it_refused_gets_a_letter_of_nothing(
    office: MailConnector, sink: Sink
) -> None:
    sink.says |= {"kund-2@example.net": "550 5.1.1 Unknown", "DATA": "354 Go on"}
    told = Told()
    await office.send_many(batch(FIVE), told)
    assert told.ends == SENT | {2: "refused"}
    assert [each.content for each in sink.letters if not each.recipients] == [b"\r\n"]
    assert 2 not in told.dots


async def test_a_server_that_is_going_refuses_one_and_the_others_go_over_the_next_line(
    office: MailConnector, sink: Sink
) -> None:
    sink.says["kund-3@example.net"] = "421 4.3.2 Too many at once"
    told = Told()
    await office.send_many(batch(FIVE), told)
    assert told.ends == SENT | {3: "later"}
    assert sink.sessions == 2


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        ("550 5.7.1 Spam", "refused"),
        ("451 4.3.0 Not now", "later"),
        ("250", "sent"),
        ("251 2.0.0 Fine", "sent"),
    ],
)
async def test_the_end_of_a_letter_is_answered_for_that_letter(
    office: MailConnector, sink: Sink, answer: str, end: str
) -> None:
    sink.says["."] = answer
    told = Told()
    await office.send_many(batch(FIVE), told)
    assert told.ends == dict.fromkeys(SENT, end)


async def test_a_line_that_is_lost_after_the_dot_leaves_one_unknown(
    office: MailConnector, sink: Sink
) -> None:
    told = Told()
    sink.hangs_up_at = "."
    with pytest.raises(Unavailable):
        await office.send_many(batch(FIVE), told)
    arrived = [int(each.recipients[0].partition("@")[0].removeprefix("kund-")) for each in sink.letters]
    assert told.ends == dict.fromkeys(arrived, "unknown")


@pytest.mark.parametrize("moment", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_line_that_is_lost_before_the_dot_leaves_nothing_unknown(
    office: MailConnector, sink: Sink, moment: str
) -> None:
    sink.hangs_up_at = moment
    told = Told()
    with pytest.raises(Unavailable):
        await office.send_many(batch(FIVE), told)
    assert told.ends == {}


async def test_a_line_that_is_lost_within_a_letter_may_have_taken_it(
    office: MailConnector, sink: Sink
) -> None:
    sink.hangs_up_at = BODY
    told = Told()
    long = [each._replace(text=("A" * 4000,)) for each in FIVE]
    with pytest.raises(Unavailable):
        await office.send_many(batch(long), told)
    assert set(told.ends.values()) == {"unknown"}
    assert len(told.ends) == bulk_despatch.LOST


@pytest.mark.parametrize(("moment", "unknown"), [("MAIL", 0), ("RCPT", 0), ("DATA", 0), (".", 1)])
async def test_a_server_that_falls_silent_is_given_up(
    sink: Sink, monkeypatch: pytest.MonkeyPatch, moment: str, unknown: int
) -> None:
    monkeypatch.setattr(bulk_despatch, "LINES", 1)
    monkeypatch.setattr(bulk_despatch, "LOST", 1)
    monkeypatch.setattr(smtp_line.Line.__init__, "__defaults__", (60.0 if moment == "." else 0.2, 0.2))
    sink.silent_at = moment
    told = Told()
    async with mailbox(sink.port) as office:
        with pytest.raises(Unavailable):
            await office.send_many(batch(FIVE), told)
    assert list(told.ends.values()) == ["unknown"] * unknown


@pytest.mark.parametrize(
    "words", ["Hello there", "99", "999 What", "\x00\xff", "2" * 9000, "250-\r\n" * 200 + "250 x"]
)
@pytest.mark.parametrize("moment", ["MAIL", "."])
async def test_what_cannot_be_understood_is_no_answer(
    office: MailConnector, sink: Sink, moment: str, words: str
) -> None:
    sink.says[moment] = words
    told = Told()
    with pytest.raises(Unavailable):
        await office.send_many(batch(FIVE), told)
    assert told.ends == ({} if moment == "MAIL" else dict.fromkeys(told.dots, "unknown"))


async def test_who_takes_nothing_from_us_is_no_copys_fault(office: MailConnector, sink: Sink) -> None:
    sink.says["MAIL"] = "550 5.7.1 You are blocked"
    told = Told()
    with pytest.raises(Refused, match="You are blocked"):
        await office.send_many(batch(FIVE), told)
    assert told.ends == {}


async def test_who_wants_us_to_log_in_is_no_copys_fault(office: MailConnector, sink: Sink) -> None:
    sink.says["MAIL"] = "530 5.7.0 Authentication required"
    with pytest.raises(AuthFailed):
        await office.send_many(batch(FIVE), Told())


async def test_without_the_encryption_that_is_asked_for_nothing_leaves(sink: Sink) -> None:
    told = Told()
    async with mailbox(sink.port, smtp_tls="starttls") as office:
        with pytest.raises(Unavailable, match="STARTTLS"):
            await office.send_many(batch(FIVE), told)
    assert (told.ends, sink.letters) == ({}, [])


@pytest.mark.parametrize(
    "answer", ["454 4.7.0 TLS not available", "501 Syntax", "220 Go on, and then no TLS"]
)
async def test_where_the_encryption_is_offered_and_refused_nothing_leaves(sink: Sink, answer: str) -> None:
    sink.offers.append("STARTTLS")
    sink.says["STARTTLS"] = answer
    told = Told()
    async with mailbox(sink.port, smtp_tls="starttls") as office:
        with pytest.raises(Unavailable):
            await office.send_many(batch(FIVE), told)
    assert (told.ends, sink.letters) == ({}, [])
    assert not [line for line in sink.heard if line.startswith(("MAIL", "AUTH"))]


async def test_a_server_that_is_not_there_keeps_them_all_waiting() -> None:
    told = Told()
    async with mailbox(free_port()) as office:
        with pytest.raises(Unavailable):
            await office.send_many(batch(FIVE), told)
    assert told.ends == {}


async def test_nothing_more_is_begun_once_it_is_stopped(office: MailConnector) -> None:
    class Stopping(Told):
        def dot(self, copy_id: int) -> None:
            super().dot(copy_id)
            self.is_stopped = copy_id == 2

    told = Stopping()
    await office.send_many(batch(FIVE), told)
    assert told.ends == {1: "sent", 2: "sent"}


async def test_a_copy_that_is_withheld_is_not_begun_and_the_others_leave(office: MailConnector) -> None:
    class Leaving(Told):
        def dot(self, copy_id: int) -> None:
            super().dot(copy_id)
            self.withheld |= {1, 5}  # the first one has begun

    told = Leaving()
    await office.send_many(batch(FIVE), told)
    assert told.ends == dict.fromkeys((1, 2, 3, 4), "sent")


async def test_every_line_ends_as_lines_of_letters_do(office: MailConnector, sink: Sink) -> None:
    """Servers change what does not, or refuse it (RFC 5321, 2.3.8), and no signature holds then."""
    long = "<p>Hej.</p>" * 20
    mailing = Mailing(subject=("x",), text=(long, long), html=(long, long))
    await office.send_many(batch([copy(1)._replace(subject=(), text=(long,), html=(long,))], mailing), Told())
    (taken,) = sink.letters
    assert b"\n" not in taken.content.replace(b"\r\n", b"")
    assert b"\r" not in taken.content.replace(b"\r\n", b"")
    letter = read(taken.content)
    assert [part.get_content().strip() for part in letter.iter_parts()] == [long * 3] * 2  # type: ignore[attr-defined]


HOSTILE = "Anna\r\nBcc: all@example.net\r\n\r\nHi\n.\r\nMAIL FROM:<x@y>"


@pytest.mark.parametrize(
    "hostile",
    [copy(1, name=HOSTILE), copy(1)._replace(subject=(HOSTILE,)), copy(1)._replace(text=(HOSTILE,)),
     copy(1)._replace(html=(HOSTILE,))],
    ids=["name", "subject", "text", "html"],
)  # fmt: skip
async def test_no_value_makes_a_header_or_a_letter_of_its_own(
    office: MailConnector, sink: Sink, hostile: Copy
) -> None:
    told = Told()
    await office.send_many(batch([hostile]), told)
    (taken,) = sink.letters
    assert taken.recipients == ("kund-1@example.net",)
    letter = read(taken.content)
    assert letter["Bcc"] is None
    assert len(letter.defects) == 0
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert max(map(len, taken.content.split(b"\r\n"))) < 120


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nRCPT TO:<x@y>", "a b@c.se", "a@", "<a@b.se>", "a@b.se>", "a\x00@b.se", "å" * 70 + "@b.se"],
)
async def test_an_address_that_is_none_is_refused_and_never_said(
    office: MailConnector, sink: Sink, address: str
) -> None:
    told = Told()
    await office.send_many(batch([copy(1, address), copy(2)]), told)
    assert told.ends == {1: "refused", 2: "sent"}
    assert sum(line.startswith("RCPT") for line in sink.heard) == 1


@pytest.mark.parametrize(
    "mailing",
    [Mailing(subject=("x",), text=("x",), html=("x",), list_id="a\r\nBcc: x@y"),
     Mailing(subject=("x",), text=("x",), html=("x",), feedback_id="a\r\nBcc: x@y")],
    ids=["list", "feedback"],
)  # fmt: skip
async def test_what_cannot_stand_in_a_header_is_refused_at_once(
    office: MailConnector, sink: Sink, mailing: Mailing
) -> None:
    with pytest.raises(ValueError, match="header"):
        await office.send_many(batch([copy(1)], mailing), Told())
    assert sink.letters == []


async def test_a_copy_that_cannot_be_written_is_a_fault_and_what_left_before_it_has_left(
    office: MailConnector, sink: Sink
) -> None:
    told = Told()
    with pytest.raises(ValueError, match="token"):
        await office.send_many(batch([*FIVE[:2], FIVE[2]._replace(token="a\r\nBcc: x@y"), *FIVE[3:]]), told)  # noqa: S106
    assert told.ends == {1: "sent", 2: "sent"}
    assert len(sink.letters) == 2


async def test_names_of_senders_and_lists_are_words(office: MailConnector, sink: Sink) -> None:
    mailing = Mailing(sender=Address("Klar\r\nBcc: x@y", ""), subject=MAILING.subject, text=MAILING.text,
                      html=MAILING.html, list_id="news.example", list_name="News\r\nBcc: x@y")  # fmt: skip
    await office.send_many(batch([copy(1)], mailing), Told())
    assert read(sink.letters[0].content)["Bcc"] is None


async def test_an_address_in_another_script_asks_for_it(office: MailConnector, sink: Sink) -> None:
    told = Told()
    await office.send_many(batch([copy(1, "åsa@exempel.se"), copy(2, "bo@räksmörgås.se")]), told)
    assert told.ends == {1: "sent", 2: "sent"}
    assert sink.letters[1].recipients == ("bo@xn--rksmrgs-5wao1o.se",)
    assert any("SMTPUTF8" in line for line in sink.heard if line.startswith("MAIL"))
