"""What a visitor writes is read whole, bounded, and as nobody else's."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.webchat import ChatSettings, WebChat
from connectors.webchat.passes import issue
from hub.chats import MessageReceived, SendMessage, ShowTyping
from hub.connector import Raw, Refused
from hub.events import HangUp
from hub.forms import Field
from tests.connectors.webchat.conftest import NINE, SECRET, Make, Sends


def one(chat: WebChat, raw: Raw) -> MessageReceived:
    (event,) = chat.read(raw)
    assert isinstance(event, MessageReceived)
    return event


def test_a_message_is_its_visitors_under_a_key_of_his_own(chat: Make, sends: Sends, carried: str) -> None:
    read, visitor = one(chat(), sends(lang="sv")), carried.partition(".")[0]
    assert (read.text, read.chat, read.sender.id, read.sender.language) == (
        "Do you have oak?",
        visitor,
        visitor,
        "sv",
    )
    assert read.key == chat().key(sends()) == f"{visitor}.0a1b2c3d4e5f"
    assert chat().stream(sends()) == visitor


def test_a_file_comes_behind_the_line_byte_for_byte(chat: Make, sends: Sends) -> None:
    content = b"\x89PNG\n\x00\n"
    read = one(chat(), sends(content, text="", file={"name": "../window.png", "type": "image/png"}))
    assert [(file.name, file.type, file.content) for file in read.files] == [
        (".._window.png", "image/png", content)
    ]


def test_the_page_its_marks_and_the_path_that_led_there_come_along(chat: Make, sends: Sends) -> None:
    page = {"url": "https://klarruta.example/oak?utm_source=letter&x=1", "title": "Oak\x07 windows",
            "referrer": "javascript:alert(1)", "path": ["https://klarruta.example/"]}  # fmt: skip
    assert one(chat(), sends(page=page)).origin == (
        Field("page_url", "https://klarruta.example/oak?utm_source=letter&x=1"),
        Field("page_title", "Oak windows"),
        Field("utm_source", "letter"),
        Field("path", "https://klarruta.example/"),
    )


def test_an_answer_means_what_the_settings_say_and_consent_stands_beside_it(chat: Make, sends: Sends) -> None:
    asking = chat(questions=("Your name* = name", "What about? = topic"), consent="I agree to be answered")
    read = one(asking, sends(answers=["Karin Ekdahl", "", "too many"], consent=True))
    assert read.answered == (
        Field("Your name", "Karin Ekdahl", "name"),
        Field("I agree to be answered", "Agreed"),
    )
    assert read.sender.name == "Karin Ekdahl"


@pytest.mark.parametrize(("reach", "means"), [("karin@ekdahl.example", "email"), ("070-174 06 12", "phone")])
def test_who_writes_while_nobody_is_there_says_how_to_reach_him(
    chat: Make, sends: Sends, reach: str, means: str
) -> None:
    assert one(chat(), sends(reach=reach)).answered == (Field("Phone or email", reach, means),)


def test_a_text_is_cut_with_a_remark_and_loses_what_is_no_text(chat: Make, sends: Sends) -> None:
    read = one(chat(), sends(text="a\x00\x1b[31m\r\n" + "b" * 5000))
    assert read.text.startswith("a[31m\nbbb")
    assert len(read.text) == 4096
    assert len(read.remarks) == 1
    assert one(chat(), sends(text="short")).remarks == ()


def test_a_trial_becomes_nothing(chat: Make) -> None:
    trying = chat()
    trial = trying.trial()
    assert trying.refuse(trial) is None
    assert trying.read(trial) == ()


@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b'{"id":"short"}', b'{"text":"x"}', b"[" * 100_000, b'{"id":"' + b"a" * 70_000 + b'"}',
    b'{"v":"0123456789abcdef0123.forged","id":"0a1b2c3d4e5f","text":"x"}',
])  # fmt: skip
def test_junk_raises_value_error(chat: Make, body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        chat().read(Raw(body=body, headers={}, received_at=NINE))


CHAT = WebChat("chat", "sesame", ChatSettings(secret=SECRET, questions=("Name = name",)))
PASS = issue(SECRET)


@given(
    st.binary(max_size=400) | st.dictionaries(st.sampled_from(["text", "file", "page", "answers"]), st.text())
)
def test_nothing_else_is_ever_raised(said: bytes | dict[str, str]) -> None:
    body = said if isinstance(said, bytes) else msgspec.json.encode({"v": PASS, "id": "0a1b2c3d4e5f", **said})
    with suppress(ValueError):
        CHAT.read(Raw(body=body, headers={}, received_at=NINE))


async def test_what_we_write_has_left_once_it_stands_in_the_chat(chat: Make) -> None:
    assert await chat().send(SendMessage(to="somebody", text="Yes", message_id="m7")) == "m7"
    assert await chat().send(ShowTyping(to="somebody")) == ""
    with pytest.raises(Refused):
        await chat().send(HangUp(call="1", by="21"))
