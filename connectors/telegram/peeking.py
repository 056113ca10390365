"""What must be known of an update before it is kept. One that cannot be read is kept as well, for a person to see."""

from __future__ import annotations

import msgspec

from connectors.telegram.wire import Update, decoded
from hub.connector import Unavailable
from hub.said import said


class _Numbered(msgspec.Struct):
    update_id: int


_NUMBER = msgspec.json.Decoder(_Numbered)


def number_in(body: bytes) -> int | None:
    """Give its number; None where it has none."""
    try:
        return _NUMBER.decode(body).update_id
    except (ValueError, RecursionError):
        return None


def number_of(body: bytes) -> int:
    """Give its number; Unavailable for what is no update, for nothing could be asked for behind it."""
    number = number_in(body)
    if number is None:
        raise Unavailable(said("What Telegram answers cannot be read."))
    return number


def stream_in(body: bytes) -> str:
    """Give the chat that it is of, "" where it is of none: those of one chat stay in order."""
    update = _update(body)
    if update is None:
        return ""
    pressed, message = update.callback_query, update.said or update.edited
    places = [message, pressed.message if pressed else None, update.message_reaction, update.my_chat_member,
              update.deleted_business_messages]  # fmt: skip
    return next((str(each.chat.id) for each in places if each), "")


def query_in(body: bytes) -> str:
    """Give the question of a button that was pressed, whose presser waits for an answer; "" for anything else."""
    update = _update(body)
    return update.callback_query.id if update and update.callback_query else ""


def _update(body: bytes) -> Update | None:
    try:
        return decoded(body)
    except ValueError:
        return None
