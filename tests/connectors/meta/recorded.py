"""What Meta posted, as recorded in tests/wire, and the channels to which it was posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from connectors.instagram import Instagram, InstagramSettings
from connectors.messenger import Messenger, MessengerSettings
from connectors.meta.hooks import MetaConnector
from connectors.whatsapp import WhatsApp, WhatsAppSettings
from hub.connector import Raw
from hub.events import Event
from tests.servers.graph import APP_SECRET, INSTAGRAM, NUMBER, PAGE, signed

WIRE = Path(__file__).parents[2] / "wire"
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WHATSAPP = WhatsApp("wa", "sesame", WhatsAppSettings(phone_number_id=NUMBER, app_secret=APP_SECRET))
MESSENGER = Messenger("fb", "sesame", MessengerSettings(page_id=PAGE, app_secret=APP_SECRET))
INSTAGRAMS = Instagram("ig", "sesame", InstagramSettings(account_id=INSTAGRAM, app_secret=APP_SECRET))
CHANNELS: Sequence[MetaConnector] = (WHATSAPP, MESSENGER, INSTAGRAMS)


def names(kind: str) -> list[str]:
    """Give the names of what was recorded of a kind."""
    return sorted(file.stem for file in (WIRE / kind).glob("*.json"))


def post(kind: str, name: str) -> Raw:
    """Give a post as it came, signed."""
    body = (WIRE / kind / f"{name}.json").read_bytes()
    headers = {key.lower(): value for key, value in signed(body).items()} | {":method": "POST", ":query": ""}
    return Raw(body=body, headers=headers, received_at=NINE)


def meant(channel: MetaConnector, name: str) -> Sequence[Event]:
    """Give what a recorded post means."""
    return channel.read(post(channel.kind, name))
