"""Calls that are handed on: the customer's goes on, a question that was joined to it is part of it from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.asterisk.call import Call
from connectors.asterisk.legs import OUTSIDE, Leg
from connectors.asterisk.plan import Who, is_withheld
from connectors.asterisk.words import ID, WRITTEN, Message, clean
from hub.events import Transfer

if TYPE_CHECKING:
    from connectors.asterisk.switchboard import Switchboard


def blind_transfer(board: Switchboard, message: Message, _at: float, _heard: float) -> None:
    """Note that a colleague hands the customer on without asking."""
    call = _call(board, message, "Transferee", "Transferer")
    if call is not None and message.get("Result", "Success") == "Success":
        by = board.plan.who(message.get("TransfererChannel", ""))
        call.hand_on(Transfer("blind", _speaker(by), clean(message.get("Extension", ""), WRITTEN)))


def attended_transfer(board: Switchboard, message: Message, _at: float, _heard: float) -> None:
    """Note that a colleague joins two; his question outside is part of the customer's call from now on."""
    first, second = (
        _call(board, message, "Transferee", "OrigTransferer"),
        _call(board, message, "SecondTransferer"),
    )
    if message.get("Result", "Success") != "Success":
        return
    if first is not None and second is not None and first.direction == "internal" != second.direction:
        first, second = second, first
    by = _speaker(board.plan.who(message.get("OrigTransfererChannel", "")))
    if first is not None:
        first.hand_on(Transfer("attended", by, _target(board, message)))
    if second is not None and second is not first and second.direction == "outbound":
        second.hand_on(Transfer("attended", by, clean(first.written if first else "", WRITTEN)))


def _call(board: Switchboard, message: Message, *sides: str) -> Call | None:
    """Give the call of the first of these sides that is in one, by its leg or else by what the event says."""
    for side in sides:
        leg: Leg | None = board.legs.get(message.get(f"{side}Uniqueid", "")[:ID])
        key = leg.call.key if leg else message.get(f"{side}Linkedid", "")[:ID]
        if key in board.calls:
            board.touched[key] = board.calls[key]
            return board.calls[key]
    return None


def _target(board: Switchboard, message: Message) -> str:
    channel = message.get("TransferTargetChannel", "")
    who = board.plan.who(channel)
    if channel and who.kind == "staff":
        return who.name
    number = (
        message.get("TransferTargetCallerIDNum", "") if channel else message.get("SecondTransfererExten", "")
    )
    return "" if is_withheld(number) else clean(number, WRITTEN)


def _speaker(who: Who) -> str:
    return who.name if who.kind == "staff" else OUTSIDE
