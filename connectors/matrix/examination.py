"""Whether an application service works, for the admin who sets it up, and what the homeserver has to read if not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from connectors.matrix.api import Api
from connectors.matrix.settings import MatrixSettings, service_id
from hub.connector import AuthFailed, Refused, Unavailable
from hub.errors import describe
from hub.examination import Finding


async def examine(api: Api, settings: MatrixSettings, channel: str, address: str) -> AsyncIterator[Finding]:
    """Look at one thing after the other."""
    try:
        user = await api.who_are_we()
    except (Unavailable, AuthFailed, Refused) as error:
        yield Finding("Homeserver", "bad", describe(error))
        yield Finding("Registration", "unknown", f"it reads\n{registration(settings, channel, address)}")
        return
    yield Finding("User", "good" if user == settings.user else "bad", f"the homeserver knows us as {user}")
    try:
        await api.ping()
        yield Finding("Address", "good", "the homeserver reaches us")
    except (Unavailable, AuthFailed, Refused) as error:
        yield Finding("Address", "bad", describe(error))


def registration(settings: MatrixSettings, channel: str, address: str) -> str:
    """Write what the homeserver has to read (Application Service API, Registration); the tokens are left out."""
    user = re.sub(r"([.+*\[\]()^$|?\\])", r"\\\1", settings.user)
    return "\n".join((
        f"id: {service_id(channel)}", f"url: {address or '…'}", "as_token: …", "hs_token: …",
        f"sender_localpart: {settings.local_name}", "rate_limited: false", "receive_ephemeral: true",
        "de.sorunome.msc2409.push_ephemeral: true", "namespaces:", "  users:", "    - exclusive: true",
        f"      regex: '{user}'", "  rooms: []", "  aliases: []",
    ))  # fmt: skip
