"""Calls that somebody asked for by a click: first the own phone rings, then the customer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.asterisk.call import Call
from connectors.asterisk.outcome import of_reason
from connectors.asterisk.plan import device
from connectors.asterisk.telephones import LISTENS
from connectors.asterisk.words import ID, SHORT, WRITTEN, Message, clean

if TYPE_CHECKING:
    from connectors.asterisk.switchboard import Switchboard

SOON = 5.0
"""Seconds within which an Originate's answer follows the hang-up that it tells of."""


def originate_response(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note that a click failed: the answer has no id then, and perhaps there was no channel at all."""
    if message.get("Response") != "Failure" or message.get("ActionID", "").startswith(LISTENS):
        return
    action, phone = message.get("ActionID", "")[:ID], message.get("Channel", "")[:ID]
    number = clean(message.get("Exten", ""), WRITTEN)
    asked_for = action in board.calls or action in board.expected
    call = board.calls.get(action) if asked_for else _called(board, phone)
    vain_at = None if asked_for else board.in_vain.get(phone)
    if call is not None:
        board.touched[call.key] = call
        call.asked, call.placed = call.asked or number, True
    elif vain_at is not None and heard - vain_at < SOON:
        return
    elif (vain := board.call(action, at)) is not None:
        vain.asked, vain.placed = vain.asked or number, True
        board.end(vain, of_reason(message.get("Reason", "")[:SHORT]), at)


def _called(board: Switchboard, phone: str) -> Call | None:
    """Find the call for which this phone rings because of a click."""
    waiting = (call.root for call in board.calls.values() if call.root is not None)
    roots = (root for root in waiting if root.is_staff and root.began_down and not root.up)
    return next((root.call for root in roots if device(root.channel) == phone), None)
