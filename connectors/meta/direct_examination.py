"""Whether a page at Messenger, or an account at Instagram, works."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.meta.examination import app_secret, asked, subscribed, to_paste
from connectors.meta.hooks import MetaConnector
from connectors.meta.told import identity, line
from hub.examination import Finding


async def examine(
    of: MetaConnector, own: str, sends_as: str, fields: frozenset[str]
) -> AsyncIterator[Finding]:
    """Look at one thing after the other; `fields` are what Meta is to tell of."""
    if not own:
        yield Finding("Account", "bad", "its ID is not set up")
    else:
        told = await asked("Account", of.graph.get(own, {"fields": "id,name"}))
        if isinstance(told, Finding):
            yield told
        else:
            yield Finding("Account", "good", f"“{line(told, 'name')}”, {identity(told, 'id')}")
            yield await app_secret(of, own)
            yield await subscribed(of, sends_as, fields)
    for finding in to_paste(of):
        yield finding
