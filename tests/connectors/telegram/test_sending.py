"""What we say reaches the customer, within what Telegram allows, and what becomes of it is told as it is."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path

import pytest
from aiohttp import web

from connectors.telegram import Telegram
from connectors.telegram.pace import Pace
from hub.chats import Button, SendMessage, ShowTyping, Template
from hub.connector import AuthFailed, Blocked, InDoubt, Refused, Unavailable
from hub.letters import Enclosure
from tests.connectors.telegram.bots import bot
from tests.eventually import eventually
from tests.servers.telegram import TOKEN, flood, refusal
from tests.servers.telegram import Telegram as Server

IRA = "71"


def picture(name: str = "fönster.jpg", type_: str = "image/jpeg", content: bytes = b"a picture") -> Enclosure:
    """Give a file that goes along."""
    return Enclosure(name=name, type=type_, blob="", size=len(content), content=content)


def say(text: str = "Ja, det är klart.", **more: object) -> SendMessage:
    """Give a message to Ira."""
    return SendMessage(**({"to": IRA, "text": text, "message_id": "m1"} | more))


async def test_a_message_is_known_by_its_chat_and_number(telegram: Server) -> None:
    assert await bot(telegram).send(say()) == "71/55"
    assert telegram.texts(71) == ["Ja, det är klart."]


@pytest.mark.parametrize(
    ("type_", "method", "field"),
    [
        ("image/jpeg", "sendPhoto", "photo"),
        ("audio/ogg", "sendVoice", "voice"),
        ("audio/mpeg", "sendAudio", "audio"),
        ("video/mp4", "sendVideo", "video"),
        ("image/gif", "sendAnimation", "animation"),
        ("application/pdf", "sendDocument", "document"),
    ],
)
async def test_a_file_is_uploaded_as_what_it_is(
    telegram: Server, type_: str, method: str, field: str
) -> None:
    await bot(telegram).send(say("Så här blir det", file=picture("plån.bin", type_)))
    call = telegram.sent[0]
    assert (call.method, call.given["caption"]) == (method, "Så här blir det")
    assert (call.files[field], call.given[f"{field} name"]) == (b"a picture", "plån.bin")


async def test_a_picture_that_telegram_does_not_show_goes_as_a_file(telegram: Server) -> None:
    await bot(telegram).send(say(file=picture(content=b"odd")))
    assert [each.method for each in telegram.sent] == ["sendDocument"]


async def test_buttons_stand_below_one_another_and_send_their_payload_or_open_an_address(
    telegram: Server,
) -> None:
    buttons = (
        Button(text="Ja", payload="yes"),
        Button(text="Nej"),
        Button(text="Se", url="https://klarruta.example"),
    )
    await bot(telegram).send(say("Passar torsdag?", buttons=buttons))
    keys = json.loads(telegram.sent[0].given["reply_markup"])["inline_keyboard"]
    assert keys == [
        [{"text": "Ja", "callback_data": "yes"}],
        [{"text": "Nej", "callback_data": "Nej"}],
        [{"text": "Se", "url": "https://klarruta.example"}],
    ]


async def test_a_button_that_sends_too_much_is_refused_in_words_before_anything_leaves(
    telegram: Server,
) -> None:
    with pytest.raises(Refused, match="“Ja” sends is longer than 64 bytes"):
        await bot(telegram).send(say(buttons=(Button(text="Ja", payload="å" * 33),)))
    assert not telegram.calls


async def test_an_answer_shows_what_it_answers(telegram: Server) -> None:
    await bot(telegram).send(say(answers="71/54"))
    told = json.loads(telegram.sent[0].given["reply_parameters"])
    assert (told["message_id"], told["allow_sending_without_reply"]) == (54, True)


async def test_a_colleagues_business_chat_and_a_topic_are_answered_where_they_are(telegram: Server) -> None:
    channel = bot(telegram)
    assert await channel.send(say(to="business/BC4/72")) == "business/BC4/72/55"
    await channel.send(say(to="73:5"))
    first, second = (each.given for each in telegram.sent)
    assert (first["chat_id"], first["business_connection_id"]) == ("72", "BC4")
    assert (second["chat_id"], second["message_thread_id"]) == ("73", "5")


async def test_typing_is_shown(telegram: Server) -> None:
    await bot(telegram).send(ShowTyping(to=IRA))
    assert (telegram.calls[0].method, telegram.calls[0].given["action"]) == ("sendChatAction", "typing")


async def test_a_pause_that_telegram_asks_for_is_kept(telegram: Server) -> None:
    channel = bot(telegram)
    telegram.troubles["sendMessage"].append(flood(35))
    with pytest.raises(Unavailable, match="no more for 35 seconds") as error:
        await channel.send(say())
    assert error.value.after == 35
    with pytest.raises(Unavailable) as held:
        await channel.send(say())
    assert held.value.after
    assert held.value.after > 20
    assert len(telegram.calls) == 1


async def test_who_blocked_the_bot_is_told_apart(telegram: Server) -> None:
    telegram.blocked.add(71)
    with pytest.raises(Blocked, match="has blocked the bot"):
        await bot(telegram).send(say())


async def test_what_telegram_refuses_is_refused_in_its_words(telegram: Server) -> None:
    telegram.unknown.add(71)
    with pytest.raises(Refused, match="Telegram refuses it: Chat not found"):
        await bot(telegram).send(say())
    with pytest.raises(Refused, match="Telegram refuses it: Message is too long"):
        await bot(telegram).send(say("å" * 4097, to="72"))
    with pytest.raises(Refused, match="“Ira” is no chat"):
        await bot(telegram).send(say(to="Ira"))
    with pytest.raises(Refused, match="no templates"):
        await bot(telegram).send(say(template=Template(name="a", language="sv", text="Hej")))


async def test_a_file_that_is_too_large_for_telegram_is_refused_in_words(telegram: Server) -> None:
    with pytest.raises(Refused, match="too large for Telegram"):
        await bot(telegram).send(say(file=picture("film.bin", "video/x", bytes(50 * 1024 * 1024 + 1))))


async def test_a_wrong_token_is_told_as_one(telegram: Server) -> None:
    with pytest.raises(AuthFailed, match="no bot of this token"):
        await bot(telegram, token="1:wrong").send(say())  # noqa: S106 - of no bot


async def test_what_may_have_gone_out_is_in_doubt_and_what_surely_did_not_is_not(
    telegram: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.telegram.calls.ANSWERED", 0.2)
    telegram.breaks["sendMessage"] += [1.0, web.Response(status=502, text="Bad Gateway")]
    with pytest.raises(InDoubt):
        await bot(telegram).send(say())
    with pytest.raises(InDoubt):
        await bot(telegram).send(say())
    await eventually(lambda: len(telegram.sent) == 2)
    with pytest.raises(Unavailable, match="does not answer"):
        await bot(telegram, base_url="http://127.0.0.1:9").send(say())


async def test_one_chat_hears_one_message_a_second_and_others_are_not_kept_waiting() -> None:
    pace, left, begun = Pace(per_chat=0.25, in_all=0.001), list[str](), time.monotonic()

    async def leave(name: str, chat: int) -> None:
        await pace.keep(chat)
        left.append(name)

    await asyncio.gather(leave("first", 71), leave("second", 71), leave("other", 72))
    assert left == ["first", "other", "second"]
    assert time.monotonic() - begun >= 0.25


async def test_a_second_message_to_a_chat_waits_in_the_outbox_where_it_does_not_count_as_begun() -> None:
    pace, begun = Pace(per_chat=60), time.monotonic()
    await pace.keep(71)
    for _again in range(2):  # it took no turn, so the next is not later for it
        with pytest.raises(Unavailable) as error:
            await pace.keep(71)
        assert error.value.after
        assert 0 < error.value.after <= 60
    assert time.monotonic() - begun < 30


async def test_no_more_than_thirty_a_second_leave_in_all() -> None:
    pace, begun = Pace(in_all=0.02), time.monotonic()
    await asyncio.gather(*map(pace.keep, range(11)))
    assert time.monotonic() - begun >= 0.2


async def test_what_would_have_to_wait_long_goes_back_to_the_outbox_with_the_pause() -> None:
    pace = Pace(per_chat=15)
    pace.hold(71, 40)
    with pytest.raises(Unavailable) as error:
        await pace.keep(71)
    assert error.value.after
    assert 20 < error.value.after <= 40
    await pace.keep(72)


async def test_a_message_of_a_file_that_somebody_sent_is_brought(telegram: Server, tmp_path: Path) -> None:
    telegram.has("photo1", b"\xff\xd8 a window")
    await bot(telegram).bring("photo1", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"\xff\xd8 a window"


async def test_a_file_that_cannot_be_had_is_told_in_words(telegram: Server, tmp_path: Path) -> None:
    channel: Telegram = bot(telegram)
    telegram.has("film", bytes(20 * 1024 * 1024 + 1))
    with pytest.raises(Refused, match="no file of more than 20 MB"):
        await channel.bring("film", tmp_path / "file")
    telegram.troubles["getFile"].append(refusal(400, "Bad Request: invalid file_id"))
    with pytest.raises(Refused, match="does not give the file: Invalid file_id"):
        await channel.bring("odd", tmp_path / "file")
    with pytest.raises(Unavailable, match="temporarily unavailable"):
        await channel.bring("gone", tmp_path / "file")
    telegram.has("slow", b"x")
    telegram.troubles["file"].append(web.Response(status=500))
    with pytest.raises(Unavailable, match="500"):
        await channel.bring("slow", tmp_path / "file")


async def test_the_token_stands_in_no_log(
    telegram: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    telegram.has("photo1", b"a window")
    with caplog.at_level(logging.DEBUG):
        await bot(telegram).send(say())
        await bot(telegram).bring("photo1", tmp_path / "file")
        telegram.troubles["sendMessage"].append(web.Response(status=500, text="no JSON"))
        with pytest.raises(InDoubt) as error:
            await bot(telegram).send(say())
    assert TOKEN not in caplog.text
    assert TOKEN not in str(error.value)
