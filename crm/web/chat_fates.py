"""What a timeline says of a message of ours in a chat: how far it is, why, and what can be done about it."""

from __future__ import annotations

from crm.chats import ChatMessage
from crm.conversations import Interaction
from crm.web.letter_fates import LATE, OFF, OK, SOON, Act, Fate
from hub.clock import now
from hub.languages import _
from hub.outbox import Outgoing
from hub.said import again


def chat_fate(touch: Interaction, message: ChatMessage, row: Outgoing | None) -> Fate:
    """Give how far it is: what is known for sure and went furthest counts."""
    if message.read_at:
        return Fate(mark=OK, words=_("Read"), at=message.read_at)
    if message.delivered_at:
        return Fate(mark=OK, words=_("Delivered"), at=message.delivered_at)
    here = f"/chat-messages/{touch.id}"
    if message.failed_at:
        acts = (Act(_("Try again"), f"{here}/again"),)
        return Fate(mark=LATE, words=_("Failed"), at=message.failed_at, why=_why(message, row), acts=acts)
    if message.left_at:
        return Fate(mark=OK, words=_("Sent"), at=message.left_at, why=again(row.remark or "") if row else "")
    return _waits(touch, message, row, here)


def _waits(touch: Interaction, message: ChatMessage, row: Outgoing | None, here: str) -> Fate:
    """Say how far one is of which its messenger told nothing yet."""
    if row is None:
        return Fate(mark=OFF, words=_("Written elsewhere"), at=touch.at)
    if row.unknown_at:
        acts = (Act(_("It left"), f"{here}/arrival"), Act(_("Send again"), f"{here}/again"))
        return Fate(mark=LATE, words=_("Unknown"), at=row.unknown_at, why=_why(message, row), acts=acts)
    if ended := row.failed_at or row.expired_at:
        words, again_act = (
            _("Failed") if row.failed_at else _("Not sent"),
            Act(_("Try again"), f"{here}/again"),
        )
        return Fate(mark=LATE, words=words, at=ended, why=_why(message, row), acts=(again_act,))
    if row.done_at:
        return Fate(mark=OK, words=_("Sent"), at=row.done_at, why=again(row.remark or ""))
    if row.error and row.begun_at is None:
        return Fate(mark=SOON, words=_("Not yet, again"), at=row.due_at or now(), why=again(row.error))
    return Fate(mark=OFF, words=_("Waits"), at=row.due_at or row.made_at)


def _why(message: ChatMessage, row: Outgoing | None) -> str:
    return again(message.error or (row.error if row else "") or "")
