"""Updates of each kind, as Telegram writes them, with invented people: what becomes of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from connectors.telegram import Telegram, TelegramSettings
from hub.chats import ChatChanged, Chatter, Media, MessageEdited, MessageReacted, MessageReceived, Spot
from hub.clock import now
from hub.connector import Raw
from hub.events import Event
from hub.forms import Field

WIRE = Path(__file__).parents[2] / "wire" / "telegram"
IRA = Chatter(id="71", name="Ira Petrova", username="ira_p", language="sv")
AT = datetime(2025, 12, 29, 9, 20, tzinfo=UTC)


def says(**more: object) -> MessageReceived:
    """Give a message of Ira's."""
    return MessageReceived(**({"key": "71/55", "chat": "71", "sender": IRA, "at": AT} | more))


def edits(seconds: int, text: str) -> MessageEdited:
    """Give a change of it."""
    return MessageEdited(key="71/55", chat="71", at=AT + timedelta(seconds=seconds), text=text)


def sends(ref: str, kind: str, **more: object) -> MessageReceived:
    """Give a message that is a file."""
    return says(media=(Media(**({"ref": ref, "kind": kind} | more)),))


def changes(what: str, seconds: int = 100, start: str = "") -> ChatChanged:
    """Give what became of the chat with her."""
    return ChatChanged(chat="71", sender=IRA, what=what, at=AT + timedelta(seconds=seconds), start=start)


def reacts(*emoji: str) -> MessageReacted:
    """Give what she shows of a message."""
    return MessageReacted(message="71/56", chat="71", sender=IRA, emoji=emoji, at=AT + timedelta(seconds=90))


def odd(kind: str) -> MessageReceived:
    """Give a message of which we know nothing but its kind."""
    return says(remarks=(f"Something was sent that is not understood: {kind}.",))


BIG = "Telegram gives a bot no file of more than 20 MB, and this one has 74 MB. Ask for it another way."
PHOTO = Media(ref="AgACy", kind="photo", type="image/jpeg", size=121_000)
SPOT = Spot(latitude=59.334591, longitude=18.06324)
OWN = structs.replace(IRA, phone="+46701740605")
BUSINESS = {"key": "business/BC4/71/55", "chat": "business/BC4/71"}
EVENTS: dict[str, Event | tuple[Event, ...]] = {
    "text": says(text="Behöver mått 🪟 på balkongen, se ritningen (https://klarruta.example/r/7)"),
    "photo": says(text="Glaset är spräckt", media=(PHOTO,)),
    "album": structs.replace(sends("AgAC1", "photo", type="image/jpeg", size=90_000), album="13579246801357"),
    "voice": sends("AwACv", "voice", type="audio/ogg", size=23_000, seconds=7.0),
    "video": structs.replace(
        sends("BAACv", "video", name="IMG_0042.MP4", type="video/mp4", size=2_300_000, seconds=12.0),
        text="Så rinner det in",
    ),
    "video-note": sends("DQAC", "video", type="video/mp4", size=800_000, seconds=9.0),
    "audio": sends(
        "CQAC", "audio", name="Ira - Drag i karmen", type="audio/mpeg", size=3_000_000, seconds=180.0
    ),
    "document": structs.replace(
        sends("BQAC", "file", name="ritning.pdf", type="application/pdf", size=410_000), text="Ritning"
    ),
    "document-too-large": sends(
        "BQACbig", "file", name="hus.dwg", type="image/vnd.dwg", size=73_400_320, lost=BIG
    ),
    "sticker": structs.replace(sends("CAAC", "sticker", type="image/webp", size=19_000), text="👍"),
    "animation": sends("CgAC", "animation", name="vind.mp4", type="video/mp4", size=90_000, seconds=3.0),
    "location": says(spot=SPOT),
    "venue": says(spot=structs.replace(SPOT, name="Bygghandeln", address="Götgatan 3")),
    "contact-own": says(sender=OWN, cards=(Field("name", "Ira Petrova"), Field("phone", "+46701740605"))),
    "contact-other": says(cards=(Field("name", "Bo"), Field("phone", "+46 8 465 004 11"))),
    "contact-without-account": says(cards=(Field("name", "Vaktmästaren"), Field("phone", "08-465 004 12"))),
    "edited": edits(60, "Behöver mått på torsdag"),
    "edited-caption": edits(70, "Glaset är krossat"),
    "edited-live-location": (),
    "reaction": reacts("👍", "⭐"),
    "reaction-taken-back": reacts(),
    "blocked": changes("blocked"),
    "unblocked": changes("unblocked"),
    "added-to-group": (),
    "start": changes("began", 0),
    "start-payload": changes("began", 0, "visit_8fK2-x"),
    "pressed": says(
        key="71/pressed/4382bfdwdsb323b2d9", at=None, text="Ja, gärna", pressed="yes", answers="71/57"
    ),
    "pressed-long-ago": says(
        key="71/pressed/4382bfdwdsb323b2da", at=None, text="yes", pressed="yes", answers="71/3"
    ),
    "reply": says(text="Den passar", answers="71/54"),
    "forwarded": says(text="Fönstret kostar 4 900 kr", remarks=("Passed on; it is from Bo Ek.",)),
    "forwarded-hidden": says(text="Fönstret kostar 4 900 kr", remarks=("Passed on; it is from Bosse.",)),
    "forwarded-channel": says(text="Rea på fönster", remarks=("Passed on; it is from Fönsternytt.",)),
    "topic": says(text="Om leveransen", chat="71:4"),
    "business": says(text="Hej Elin!", **BUSINESS),
    "business-own": (),
    "business-edited": structs.replace(edits(120, "Hej, Elin!"), **BUSINESS),
    "business-deleted": tuple(
        MessageEdited(key=f"business/BC4/71/{number}", chat="business/BC4/71", withdrawn=True)
        for number in (55, 56)
    ),
    "group": (),
    "channel-post": (),
    "poll": odd("poll"),
    "dice": odd("dice"),
    "story": odd("story"),
    "pinned": (),
}


def read(body: bytes) -> tuple[Event, ...]:
    """Read an update."""
    channel = Telegram("telegram", "sesame", TelegramSettings())
    return channel.read(Raw(body=body, headers={}, received_at=now()))


@pytest.mark.parametrize("name", sorted(path.stem for path in WIRE.glob("*.json")))
def test_a_recorded_update_becomes_what_it_means(name: str) -> None:
    expected = EVENTS[name]
    assert read((WIRE / f"{name}.json").read_bytes()) == (
        expected if isinstance(expected, tuple) else (expected,)
    )


def test_whose_task_a_message_is_stands_in_the_settings() -> None:
    channel = Telegram("telegram", "sesame", TelegramSettings(department="Service"))
    (event,) = channel.read(Raw(body=(WIRE / "text.json").read_bytes(), headers={}, received_at=now()))
    assert isinstance(event, MessageReceived)
    assert event.department == "Service"


def test_what_no_screen_should_obey_is_left_out() -> None:
    body = (
        (WIRE / "text.json").read_bytes().replace("Behöver".encode(), "Be\\u202ehö\\u0000ver\\n\\t".encode())
    )
    (event,) = read(body)
    assert isinstance(event, MessageReceived)
    assert event.text.startswith("Behöver\n\t mått")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"update_id":"x"}', b"\xff", b'{"update_id":1,"message":7}']
)
def test_what_is_no_update_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(body)


@pytest.mark.parametrize(
    ("user", "written", "number"),
    [
        (71, "46701740605", "+46701740605"),
        (71, "+46701740605", "+46701740605"),
        (72, "79215550102", "+79215550102"),
        (None, "89215550102", "89215550102"),
    ],
)
def test_a_number_is_made_whole_where_telegram_wrote_it_and_trusted_where_it_is_his_own(
    user: int | None, written: str, number: str
) -> None:
    body = (WIRE / "contact-own.json").read_bytes()
    told = "" if user is None else f',"user_id":{user}'
    body = body.replace(b',"user_id":71', told.encode()).replace(b"46701740605", written.encode())
    (event,) = read(body)
    assert isinstance(event, MessageReceived)
    assert event.cards[-1] == Field("phone", number)
    assert event.sender.phone == (number if user == 71 else "")
