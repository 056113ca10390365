"""A place that somebody sent in a chat, with a map of it."""

from __future__ import annotations

import msgspec

from crm.chats import ChatMessage


class Spot(msgspec.Struct, frozen=True):
    """A place: what it is called, and a map of it."""

    words: str
    href: str


def spot_of(message: ChatMessage) -> Spot | None:
    """Show the place of a message, by its name and address where it has any."""
    spot = message.spot
    if not spot:
        return None
    latitude, longitude = float(str(spot.get("latitude", 0))), float(str(spot.get("longitude", 0)))
    named = ", ".join(str(spot[each]) for each in ("name", "address") if spot.get(each))
    where = f"{latitude:.5f}, {longitude:.5f}"
    at = f"mlat={latitude:.6f}&mlon={longitude:.6f}#map=17/{latitude:.6f}/{longitude:.6f}"
    return Spot(named or where, f"https://www.openstreetmap.org/?{at}")
