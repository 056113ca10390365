"""Whether a bot works, for the admin who sets it up: who it is, and where Viber tells what happens to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.viber.sending import Api
from hub.connector import AuthFailed, Refused, Unavailable
from hub.errors import describe
from hub.examination import Finding

ADDRESS = 2_000


async def examine(api: Api, address: str, *, tell: bool) -> AsyncIterator[Finding]:
    """Look at one thing after the other; `tell` tells Viber our address before."""
    try:
        account = await api.account()
        yield Finding("The bot", "good", account.word("name"))
        if tell and address.startswith("https://"):
            await api.tell_address(address)
            account = await api.account()
    except (Unavailable, AuthFailed, Refused) as error:
        yield Finding("Viber", "bad", describe(error))
        return
    yield _told_to(account.word("webhook", ADDRESS), address)


def _told_to(webhook: str, address: str) -> Finding:
    if not address.startswith("https://"):
        known = (
            f"Viber tells {webhook or 'nobody'}; say with --url under which https address the hub is reached"
        )
        return Finding("Address", "unknown", known)
    if webhook == address:
        return Finding("Address", "good", f"Viber tells {webhook}")
    return Finding("Address", "bad", f"Viber tells {webhook or 'nobody'}; tell it ours with --send")
