"""What WhatsApp posts, each kind of it as recorded, with invented people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

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
from tests.connectors.meta.recorded import WHATSAPP, meant, names

CHAT = "46701740612"
KARIN = Chatter(id=CHAT, name="Karin Ekdahl", phone="+46701740612")
AT, LATER = datetime(2025, 12, 29, 9, 20, tzinfo=UTC), datetime(2025, 12, 29, 9, 21, 40, tzinfo=UTC)
ASK = "WhatsApp does not hand over messages of this kind (poll_creation); ask what was in it."


def wrote(key: str, text: str = "", **more: object) -> MessageReceived:
    """Give a message of Karin's."""
    return MessageReceived(key=f"wamid.{key}", chat=CHAT, sender=KARIN, at=AT, text=text, **more)  # type: ignore[arg-type]


def file(ref: str, kind: str, **more: str) -> tuple[Media, ...]:
    return (Media(ref=ref, kind=kind, **more),)  # type: ignore[arg-type]


def became(fate: str, why: str = "") -> MessageFate:
    return MessageFate(fate=fate, messages=("wamid.OURS",), at=LATER, why=why)  # type: ignore[arg-type]


MEANT: Mapping[str, Event | None] = {
    "text": wrote("TEXT", "Hej! När kan ni mäta våra fönster? 🪟"),
    "text-answering-ours": wrote("ANSWER", "Ja, gärna", answers="wamid.OURS"),
    "text-passed-on": wrote("PASSED", "Klarruta, 08-465 004 00", remarks=("Passed on from somebody else.",)),
    "text-from-an-advertisement": wrote(
        "AD", "Kan jag få veta mer?", start="120226305854810726",
        origin=(
            Field("page_url", "https://fb.me/3cr4Wqqkv"), Field("page_title", "Klarruta"),
            Field("ad", "120226305854810726"),
            Field("ctwa_clid", "Aff-n8ZTODiE79d22KtAwQKj9e_mIEOOj27vDVwFjN80dp4_0NiNhEgpGo0AHemvuSoifXaytfTzcchptiErTK"
                               "CqTrJ5nW1h7IHYeYymGb5K5J5iTROpBhWAGaIAeUzHL50"),
        ),
    ),
    "text-about-a-product": wrote(
        "PRODUCT", "Finns den i vitt?", answers="wamid.OURS",
        origin=(Field("product", "FONSTER-2"), Field("catalog", "194836987003835")),
    ),
    "text-of-a-hidden-number": MessageReceived(
        key="wamid.HIDDEN", chat="SE.98237498237498", at=AT, text="Hej",
        sender=Chatter(id="SE.98237498237498", name="Nils", username="nils.p"),
    ),
    "text-in-a-group": wrote(
        "GROUP", "Vem tar detta?", remarks=("Written in a group; an answer goes to the writer alone.",)
    ),
    "image": wrote("IMAGE", "Så här ser det ut", media=file("1003383421387256", "photo", type="image/jpeg")),
    "video": wrote("VIDEO", media=file("1166846181421424", "video", type="video/mp4")),
    "voice": wrote("VOICE", media=file("1908647269898587", "voice", type="audio/ogg")),
    "audio": wrote("AUDIO", media=file("1908647269898588", "audio", type="audio/mpeg")),
    "document": wrote(
        "DOCUMENT", "Ritningen", media=file("1376223850470843", "file", name="Köket.pdf", type="application/pdf")
    ),
    "sticker": wrote("STICKER", media=file("798882015472548", "sticker", type="image/webp")),
    "sticker-that-moves": wrote("MOVING", media=file("798882015472549", "animation", type="image/webp")),
    "location": wrote(
        "PLACE", "https://klarruta.example/",
        spot=Spot(latitude=59.3326, longitude=18.0649, name="Hemma", address="Drottninggatan 12, Stockholm"),
    ),
    "contacts": wrote(
        "CARDS",
        cards=(
            Field("name", "Nils Palm", "name"), Field("phone", "+46 70 174 06 13", "phone"),
            Field("email", "nils@palm.example", "email"), Field("company", "Palm Bygg", "company"),
            Field("address", "Drottninggatan 12, 111 51, Stockholm, Sverige"),
        ),
    ),
    "button-of-a-template": wrote("BUTTON", "Det passar", pressed="CONFIRM-17", answers="wamid.TEMPLATE"),
    "button-of-ours": wrote("PRESSED", "Tisdag", pressed="tuesday", answers="wamid.OURS"),
    "line-of-a-list": wrote("CHOSEN", "Mätning", pressed="measure", answers="wamid.OURS"),
    "form-filled-in": wrote("FLOW", "Sent\nrooms: 3\nwhen: våren"),
    "reaction": MessageReacted(message="wamid.OURS", chat=CHAT, sender=KARIN, emoji=("❤️",), at=AT),
    "reaction-taken-back": MessageReacted(message="wamid.OURS", chat=CHAT, sender=KARIN, at=AT),
    "order": wrote(
        "ORDER", "Leverans i mars\n2 \N{MULTIPLICATION SIGN} FONSTER-2, 4950.5 SEK\n1 \N{MULTIPLICATION SIGN} LIST-1, "
        "120 SEK", remarks=("An order from the catalogue 194836987003835.",),
    ),
    "system-of-a-new-number": wrote(
        "SYSTEM", "User Karin changed from 46701740612 to 46701740699",
        remarks=("WhatsApp says this, not the customer.", "The new number is +46701740699."),
    ),
    "unsupported": wrote("UNSUPPORTED", remarks=(ASK, "This kind of message is not supported.")),
    "edit": MessageEdited(key="wamid.TEXT", chat=CHAT, at=AT, text="Hej! När kan ni mäta våra dörrar?"),
    "revoke": MessageEdited(key="wamid.TEXT", chat=CHAT, at=AT, withdrawn=True),
    "first-sight": ChatChanged(chat=CHAT, sender=KARIN, what="began", at=AT),
    "status-sent": became("sent"),
    "status-delivered": became("delivered"),
    "status-read": became("read"),
    "status-played": became("read"),
    "status-failed": became(
        "failed", "More than 24 hours have passed since the customer wrote last: only a template may be sent now."
    ),
    "status-failed-unknown": became("failed", "Meta says: Something new (139999)"),
    "echo-of-the-app": None,
    "history": None,
    "template-approved": None,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in names("whatsapp") if name != "batch-of-100"])
def test_each_kind_of_post_means_what_its_writer_meant(name: str) -> None:
    told = MEANT[name]
    assert list(meant(WHATSAPP, name)) == ([told] if told else [])
