"""What Messenger and Instagram post, each kind of it as recorded, with invented people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from connectors.meta.hooks import MetaConnector
from hub.chats import (
    ChatChanged,
    Chatter,
    Media,
    MessageEdited,
    MessageFate,
    MessageReacted,
    MessageReceived,
    Spot,
)
from hub.events import Event
from hub.forms import Field
from tests.connectors.meta.recorded import INSTAGRAMS, MESSENGER, meant, names
from tests.servers.graph import INSTAGRAM, PAGE

AT = datetime(2025, 12, 29, 9, 20, 0, 123_000, tzinfo=UTC)
CDN = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id="
STICKER = (Media(ref="https://scontent.xx.fbcdn.net/like.png", kind="sticker"),)
NOT_HANDED = "Meta does not hand over messages of this kind; ask what was in it."


class Writer:
    """Somebody who writes to a page or an account."""

    def __init__(self, own: str, who: str) -> None:
        """Be known by the two ids together."""
        self.chat = who
        self.chatter = Chatter(id=f"{own}:{who}")

    def wrote(self, key: str, text: str = "", **more: object) -> MessageReceived:
        """Give a message of theirs."""
        return MessageReceived(
            key=f"m_{key}",
            chat=self.chat,
            sender=self.chatter,
            at=AT,
            text=text,
            **more,  # type: ignore[arg-type]
        )

    def reacted(self, *emoji: str) -> MessageReacted:
        """Give what they show of a message of ours."""
        return MessageReacted(message="m_OURS", chat=self.chat, sender=self.chatter, emoji=emoji, at=AT)

    def both(self) -> Mapping[str, Event | None]:
        """Give what the posts mean that both know."""
        jpg = "https://scontent.xx.fbcdn.net/v/t1.15752-9/1.jpg?stp=dst&oh=03_Q7cD"
        files = (
            Media(ref="https://scontent.xx.fbcdn.net/1.jpg", kind="photo"),
            Media(ref="https://video.xx.fbcdn.net/2.mp4", kind="video"),
            Media(ref="https://cdn.fbsbx.com/3.mp4", kind="audio"),
            Media(ref="https://cdn.fbsbx.com/ritning.pdf", kind="file"),
        )
        ad = (Field("page_title", "Nya fönster"), Field("ad", "120226305854810726"), Field("source", "ADS"))
        return {
            "text": self.wrote("TEXT", "Hej! När kan ni mäta? 🪟"),
            "text-answering": self.wrote("ANSWER", "Ja", answers="m_OURS"),
            "quick-reply": self.wrote("QUICK", "Tisdag", pressed="tuesday"),
            "image": self.wrote("IMAGE", media=(Media(ref=jpg, kind="photo"),)),
            "several-files": self.wrote("SEVERAL", media=files),
            "postback": self.wrote(
                "POST", "Get Started", pressed="GET_STARTED", start="letter-17", origin=(Field("source", "SHORTLINK"),)
            ),
            "referral": ChatChanged(
                chat=self.chat, sender=self.chatter, what="began", at=AT, start="window-page", origin=ad
            ),
            "reaction": self.reacted("❤️"),
            "reaction-taken-back": self.reacted(),
            "edited": MessageEdited(key="m_TEXT", chat=self.chat, at=AT, text="Hej! När kan ni komma?"),
            "echo": None,
        }  # fmt: skip


IRA, KARIN = Writer(PAGE, "6392737804183417"), Writer(INSTAGRAM, "1084512039871234")
AT_MESSENGER: Mapping[str, Event | None] = {
    **IRA.both(),
    "sticker": IRA.wrote("STICKER", media=STICKER),
    "sticker-of-old": IRA.wrote("OLDSTICKER", media=STICKER),
    "link-shared": IRA.wrote("LINK", "Den här\nFönster https://klarruta.example/fonster"),
    "fallback-without-anything": IRA.wrote(
        "NOTHING", remarks=("Meta does not hand over what hangs on it (fallback); ask what it was.",)
    ),
    "location": IRA.wrote("PLACE", spot=Spot(latitude=59.3326, longitude=18.0649, name="Hemma")),
    "product": IRA.wrote("PRODUCT", "Fönster 4 950 kr FONSTER-2"),
    "optin": ChatChanged(chat=IRA.chat, sender=IRA.chatter, what="began", at=AT, start="checkbox-3"),
    "delivered": MessageFate(fate="delivered", chat=IRA.chat, messages=("m_OURS", "m_OURS2"), at=AT),
    "delivered-up-to": MessageFate(fate="delivered", chat=IRA.chat, up_to=AT, at=AT),
    "read": MessageFate(fate="read", chat=IRA.chat, up_to=AT, at=AT),
    "standby": IRA.wrote(
        "STANDBY", "Hallå?",
        remarks=("At Meta another app has this conversation: an answer from here may be refused.",),
    ),
    "thread-passed": None,
    "of-the-page-itself": None,
}  # fmt: skip
AT_INSTAGRAM: Mapping[str, Event | None] = {
    **KARIN.both(),
    "deleted": MessageEdited(key="m_TEXT", chat=KARIN.chat, at=AT, withdrawn=True),
    "unsupported": KARIN.wrote("UNSUPPORTED", remarks=(NOT_HANDED,)),
    "answer-to-a-story": KARIN.wrote("STORY", "Så fint!", remarks=("An answer to our story.",)),
    "mention-in-a-story": KARIN.wrote(
        "MENTION", media=(Media(ref=f"{CDN}2", kind="photo"),), remarks=("Mentions us in a story.",)
    ),
    "reel-shared": KARIN.wrote(
        "REEL", f"Montage {CDN}3", remarks=("Shares something that was posted.",)
    ),
    "about-a-product": KARIN.wrote("SHOP", "Finns den?", origin=(Field("product", "5552"),)),
    "seen": MessageFate(fate="read", chat=KARIN.chat, messages=("m_OURS",), at=AT),
    "text-among-the-changes": KARIN.wrote("CHANGE", "Hej"),
    "comment": None,
}  # fmt: skip
CASES = [
    (channel, name, events)
    for channel, events in ((MESSENGER, AT_MESSENGER), (INSTAGRAMS, AT_INSTAGRAM))
    for name in names(channel.kind) if name != "batch-of-100"
]  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "name", "events"), CASES, ids=[f"{each.kind}-{name}" for each, name, _ in CASES]
)
def test_each_kind_of_post_means_what_its_writer_meant(
    channel: MetaConnector, name: str, events: Mapping[str, Event | None]
) -> None:
    told = events[name]
    assert list(meant(channel, name)) == ([told] if told else [])
