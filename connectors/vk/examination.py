"""Whether a community works, for the admin who sets it up: its access key, and what VK wants to hear of the address."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.vk.api import Api
from hub.connector import AuthFailed, Refused, Unavailable
from hub.errors import describe
from hub.examination import Finding


async def examine(api: Api, confirmation: str) -> AsyncIterator[Finding]:
    """Look at one thing after the other."""
    try:
        group = await api.group()
        yield Finding("Access key", "good", f"it is let in, for {group.word('name')}")
    except (Unavailable, AuthFailed, Refused) as error:
        yield Finding("Access key", "bad", describe(error))
        return
    try:
        wanted = await api.confirmation()
    except (Unavailable, AuthFailed, Refused) as error:
        yield Finding("Confirmation", "unknown", f"the access key may not ask for it: {describe(error)}")
        return
    if wanted == confirmation:
        yield Finding("Confirmation", "good", "VK wants to hear what is set here")
    else:
        yield Finding("Confirmation", "bad", f"VK wants to hear {wanted}: set confirmation={wanted}")
