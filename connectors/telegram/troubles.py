"""What goes wrong at Telegram, as the hub tells it apart, and in words for people.

https://core.telegram.org/bots/api#making-requests, and td/telegram-bot-api for the words of its errors.
"""

from __future__ import annotations

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from connectors.telegram.text import line
from hub.connector import AuthFailed, Blocked, InDoubt, Refused, Unavailable
from hub.said import said

# Before the first byte was written.
_UNSENT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError,
    httpx.InvalidURL,
)  # fmt: skip


def told(error: TelegramError, *, changes: bool = False) -> Exception:
    """Give what the hub makes of a failure; `changes`: it is in doubt where it may have been carried out all the same.

    A server that breaks (5xx) may have done before what it was asked for, and one that answers nothing as well.
    """
    if isinstance(error, RetryAfter):
        seconds = _seconds(error.retry_after)
        words = said(
            "Telegram wants no more for %(seconds)s seconds: too much was sent.", seconds=round(seconds)
        )
        return Unavailable(words, after=seconds)
    answered = _answered(error)
    if answered:
        return answered
    if changes and not isinstance(error.__cause__, _UNSENT):
        return InDoubt(said("Telegram broke off before it said whether the message went out."))
    return Unavailable(said("Telegram does not answer."))


def _answered(error: TelegramError) -> Exception | None:
    """Give what a refusal means; None where nothing was answered, or the server broke."""
    if isinstance(error, InvalidToken):
        return AuthFailed(
            said("Telegram knows no bot of this token: it is mistyped, or was revoked at BotFather.")
        )
    if isinstance(error, Forbidden):
        return Blocked(_why_forbidden(error.message))
    if isinstance(error, Conflict):
        return Unavailable(
            said(
                "Another program reads the messages of this bot as well: end it, or give it a bot of its own."
            )
        )
    if isinstance(error, BadRequest | ChatMigrated):
        return Refused(said("Telegram refuses it: %(why)s", why=line(error.message)))
    if "TOO LARGE" in error.message.upper():
        return Refused(said("The file is too large for Telegram."))
    return None


def _why_forbidden(message: str) -> str:
    if "deactivated" in message:
        return said("This person's account at Telegram is closed.")
    if "initiate" in message:
        return said("A bot may write only to who wrote to it before.")
    return said("The customer has blocked the bot.")


def _seconds(pause: float | timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
