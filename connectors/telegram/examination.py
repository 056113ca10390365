"""Whether a bot works, for the admin who sets it up: who it is, how its messages come, who may add it to groups."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from telegram import User, WebhookInfo

from connectors.telegram.calls import Calls
from hub.clock import now
from hub.connector import AuthFailed, Refused, Unavailable
from hub.errors import describe
from hub.examination import Finding

RECENT = timedelta(hours=1)


async def examine(calls: Calls, mode: str) -> AsyncIterator[Finding]:
    """Look at one thing after the other."""
    try:
        async with calls.at_hand() as api:
            bot = await api.bot.get_me()
            yield Finding("The bot", "good", f"{bot.first_name}, https://t.me/{bot.username}")
            yield _groups(bot)
            yield _messages(await api.bot.get_webhook_info(), mode)
    except (Unavailable, AuthFailed, Refused) as error:
        yield Finding("Telegram", "bad", describe(error))


def _groups(bot: User) -> Finding:
    if bot.can_join_groups:
        return Finding("Groups", "unknown", "anybody may add the bot to a group, where it never answers; "
                       "forbid it: /setjoingroups at BotFather")  # fmt: skip
    return Finding("Groups", "good", "the bot can be added to none")


def _messages(found: WebhookInfo, mode: str) -> Finding:
    waiting = f"{found.pending_update_count} wait" if found.pending_update_count else "none waits"
    if mode == "polling":
        elsewhere = f"; they are brought to {found.url} until the hub fetches them" if found.url else ""
        return Finding(
            "Messages", "unknown" if found.url else "good", f"the hub fetches them, {waiting}{elsewhere}"
        )
    if not found.url:
        return Finding("Messages", "bad", f"are to be brought, and Telegram knows no address yet; {waiting}")
    if found.last_error_date and now() - found.last_error_date < RECENT:
        return Finding("Messages", "bad", f"{found.url}: {found.last_error_message}; {waiting}")
    return Finding("Messages", "good", f"are brought to {found.url}, {waiting}")
