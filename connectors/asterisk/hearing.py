"""What each kind of AMI event means for the calls.

The order of events of different kinds says nothing, and each may come twice or never: every function here leaves
things as they should be now, whatever was heard before. The meanings were seen on Asterisk 16 and 22.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from connectors.asterisk.call import MOST_RANG
from connectors.asterisk.clicks import originate_response
from connectors.asterisk.plan import is_withheld
from connectors.asterisk.transfers import attended_transfer, blind_transfer
from connectors.asterisk.words import ID, NAME, WRITTEN, Message, clean, whole

if TYPE_CHECKING:
    from connectors.asterisk.switchboard import Switchboard


def new_channel(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Begin a leg; only here stands who calls and what he dialled before the dial plan rewrote it."""
    known = message.get("Uniqueid", "")[:ID] in board.legs
    leg = board.leg(message, at, heard)
    if leg is not None and known:
        board.introduce(leg, message)


def new_state(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note that a phone rings, or is picked up: then no other of the call rings any more."""
    leg = board.leg(message, at, heard)
    if leg is None or leg.up:
        return
    state = message.get("ChannelStateDesc")
    if state == "Up":
        leg.up = True
        if leg.is_staff:
            leg.call.stop_ringing(leg.call.legs.values())
    elif state == "Ringing" and leg.is_staff and not leg.ringing and not leg.status:
        leg.call.ring(leg)


def new_caller_id(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Learn whom a phone that rings for a click will call, or the number of a leg that leads outside."""
    leg = board.leg(message, at, heard)
    number = clean(message.get("CallerIDNum", ""), WRITTEN)
    if leg is None or is_withheld(number):
        return
    call = leg.call
    if leg is call.root and leg.is_staff and leg.began_down and not leg.up and not call.asked:
        if number != leg.who.name:
            call.asked = number
            call.placed = call.changed = True
    elif leg.is_trunk and is_withheld(leg.number):
        leg.number = number


def dial_begin(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Call a leg; for one that leads outside the dial string has the number."""
    board.leg(message, at, heard)
    leg = board.leg(message, at, heard, "Dest")
    number = _dialled(message.get("DialString", ""))
    if leg is not None and leg.is_trunk and number and leg.dialled != number:
        leg.dialled = number
        leg.call.changed = leg.call.changed or leg is leg.call.far


def dial_end(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note how calling a leg ended; the event may come after the leg's own hang-up."""
    status = clean(message.get("DialStatus", ""), NAME)
    leg = board.leg(message, at, heard, "Dest")
    if leg is not None:
        leg.status = status
        leg.call.stop_ringing([leg])
    call = leg.call if leg else board.calls.get(message.get("DestLinkedid", "")[:ID])
    who = board.plan.who(message.get("DestChannel", ""))
    if call is None:
        return
    if call.far is not None and call.far.id == message.get("DestUniqueid"):
        call.far.status = status
    if who.kind == "staff" and len(call.statuses) < MOST_RANG:
        call.statuses[who.name] = status


def bridge_enter(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Let a leg meet others."""
    leg = board.leg(message, at, heard)
    if leg is not None:
        if leg.is_staff:
            leg.up = True
            leg.call.stop_ringing(leg.call.legs.values())
        board.meet(leg, message.get("BridgeUniqueid", "")[:ID], at)


def bridge_leave(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Let a leg leave; when it is in another bridge by now, this comes late."""
    leg = board.leg(message, at, heard)
    if leg is not None and leg.bridge == message.get("BridgeUniqueid", "")[:ID]:
        board.meet(leg, "", at)


def bridge_merge(board: Switchboard, message: Message, at: float, _heard: float) -> None:
    """Move everybody from one bridge to another."""
    for leg in board.rooms.inside(message.get("FromBridgeUniqueid", "")[:ID]):
        board.meet(leg, message.get("ToBridgeUniqueid", "")[:ID], at)


def hang_up(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """End a leg; one that was never heard of made no call."""
    leg_id = message.get("Uniqueid", "")[:ID]
    if leg_id in board.legs:
        board.leg(message, at, heard)
        board.hang_up(board.legs[leg_id], whole(message.get("Cause", "")), at)
    elif leg_id:
        board.gone.keep(leg_id, None)


def hang_up_request(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note who hangs up; a phone that declines while others may still answer ends nothing."""
    leg = board.leg(message, at, heard)
    if leg is None or leg.call.hung_up is not None:
        return
    if leg is leg.call.customers_leg:
        leg.call.hung_up = "customer"
    elif leg.talked or (leg.is_staff and leg is leg.call.root):
        leg.call.hung_up = "staff"


def hold(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note that a colleague puts the other one on hold."""
    leg = board.leg(message, at, heard)
    if leg is not None and leg.is_staff and not leg.held:
        leg.held = leg.call.changed = True
        leg.call.holds += 1


def unhold(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note that a colleague is back; transfers say so without a hold before."""
    leg = board.leg(message, at, heard)
    if leg is not None and leg.held:
        leg.held, leg.call.changed = False, True


def queue_join(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note in which queue a caller waits."""
    leg = board.leg(message, at, heard)
    queue = clean(message.get("Queue", ""), NAME)
    if leg is not None and queue != leg.call.queue:
        leg.call.queue, leg.call.changed = queue, True


def mix_monitor_start(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note that the call is recorded; nothing in the event says where to."""
    leg = board.leg(message, at, heard)
    if leg is not None:
        leg.call.recorder = leg.id
    if leg is not None and not leg.call.recorded:
        leg.call.recorded = leg.call.changed = True


def mix_monitor_mute(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note that nothing is heard in the recording from now on, or that it is heard again."""
    leg = board.leg(message, at, heard)
    silenced = message.get("State") == "1"
    if leg is not None and leg.call.silenced != silenced:
        leg.call.silenced, leg.call.changed = silenced, True


def parked_call(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note where a call waits until somebody fetches it."""
    leg = board.leg(message, at, heard, "Parkee")
    place = clean(message.get("ParkingSpace", ""), NAME)
    if leg is not None and leg.call.parked != place:
        leg.call.parked, leg.call.changed = place, True
        leg.call.hung_up = None


def unparked_call(board: Switchboard, message: Message, at: float, heard: float) -> None:
    """Note that a call waits no longer."""
    leg = board.leg(message, at, heard, "Parkee")
    if leg is not None and leg.call.parked:
        leg.call.parked, leg.call.changed = "", True


def _dialled(text: str) -> str:
    """Give the number in "+46…@trunk", "trunk/+46…" or "trunk/sip:+46…@host"; "" if there is none."""
    number = text[:ID].partition("@")[0].rpartition("/")[2].removeprefix("sip:")
    return clean(number, WRITTEN) if any(letter.isdigit() for letter in number) else ""


Hearing = Callable[["Switchboard", Message, float, float], None]

HEARD: Mapping[str, Hearing] = {
    "Newchannel": new_channel,
    "Newstate": new_state,
    "NewCallerid": new_caller_id,
    "DialBegin": dial_begin,
    "DialEnd": dial_end,
    "BridgeEnter": bridge_enter,
    "BridgeLeave": bridge_leave,
    "BridgeMerge": bridge_merge,
    "Hangup": hang_up,
    "HangupRequest": hang_up_request,
    "Hold": hold,
    "Unhold": unhold,
    "QueueCallerJoin": queue_join,
    "MixMonitorStart": mix_monitor_start,
    "MixMonitorMute": mix_monitor_mute,
    "ParkedCall": parked_call,
    "UnParkedCall": unparked_call,
    "ParkedCallTimeOut": unparked_call,
    "ParkedCallGiveUp": unparked_call,
    "BlindTransfer": blind_transfer,
    "AttendedTransfer": attended_transfer,
    "OriginateResponse": originate_response,
}
