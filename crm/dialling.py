"""Calls that somebody here places: first the own telephone rings, then the customer's.

A call has its row before it exists, known by an id of ours, so that what the PBX tells of it finds who pressed and
whom he called. It is placed at most once: pressed twice it is one call, and what the PBX does not take within seconds
is dropped.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import call_intake, contacts, dial_turns, exchanges, numbers, rescues
from crm.calls import Call
from crm.desk import Refusal
from crm.doubts import Dialled, doubts
from crm.setup import setup
from hub import audit, outbox
from hub.channels import Channel
from hub.clock import now
from hub.events import CALLING, Command, PlaceCall
from hub.languages import _
from hub.outbox import Outgoing
from hub.said import Said, said
from hub.shapes import convert
from hub.users import Department, User, Viewer

LIFETIME = timedelta(seconds=10)


class Doubtful(Exception):
    """It can be done, but something speaks against it: whoever still wants to says so."""

    def __init__(self, number: str, words: Sequence[Said]) -> None:
        """Keep the number, as E.164, and what speaks against it."""
        super().__init__(" ".join(words))
        self.number = number
        self.words = words


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody pressed: a number as written; `knowing` what speaks against it; `nonce` makes it known again.

    `say` is played to the caller before: names of sounds of the PBX, with & between.
    """

    number: str
    knowing: bool = False
    nonce: str = ""
    say: str = ""


def place(session: Session, viewer: Viewer, caller_id: int, wanted: Wanted) -> Call:
    """Have the caller's telephone ring and then the number's; the same again gives the same call.

    Refusal says why it cannot be, Doubtful what should be known before.
    """
    # Locked, so that of two presses at once the second finds what the first did.
    caller = session.get_one(User, caller_id, with_for_update=True)
    dialled = whom(session, wanted.number)
    own = _own(caller, wanted.nonce)
    if (before := _pressed_before(session, caller, dialled.number, own)) is not None:
        return before
    require_telephone(caller)
    channel = exchanges.exchange_for(session, caller.extension)
    if not wanted.knowing and (against := doubts(session, dialled)):
        raise Doubtful(dialled.number, against)
    call = _begin(session, channel, caller, dialled, own, wanted.say)
    audit.record(session, viewer, audit.MADE, "call", call.id,
                 words=said("%(name)s calls %(number)s", name=caller.name, number=dialled.number))  # fmt: skip
    call_intake.tell(session, call)
    return call


def whom(session: Session, written: str) -> Dialled:
    """Read a number, and give whose it is; Refusal for what is none, or may not be called by a click."""
    country = setup(session).company.country
    if numbers.is_emergency(written, country):
        raise Refusal(_("An emergency number is dialled on the telephone itself, never by a click."))
    number = numbers.read(written, country)
    if number is None:
        raise Refusal(_("This is no telephone number."))
    if numbers.is_premium(number.e164):
        raise Refusal(_("Numbers that cost extra are not called from here."))
    likely = call_intake.owners_of(session, number.e164)
    owner = contacts.find(session, contacts.PHONE, numbers.handle(number))
    return Dialled(number.e164, owner or (likely[0] if len(likely) == 1 else None))


def require_telephone(caller: User) -> None:
    """Refuse for whom no telephone is known."""
    if not caller.extension:
        raise Refusal(
            _(
                "No telephone is known of %(name)s: an admin enters the extension under People.",
                name=caller.name,
            )
        )


def settle(session: Session, row: Outgoing) -> None:
    """Take note of what became of a command about a call: what went wrong is said in the call's popup."""
    command = convert(row.command, Command)
    if not isinstance(command, CALLING):
        return
    key = command.own if isinstance(command, PlaceCall) else command.call
    call = session.scalar(
        select(Call).where(Call.channel_id == row.channel_id, Call.key == key).with_for_update()
    )
    if call is None:
        return
    call.trouble = fate(row)
    call.told_at = None
    unheard = call.number == 0 and call.ended_at is None
    if isinstance(command, PlaceCall) and call.trouble and unheard:
        call.outcome = "unknown" if row.unknown_at else "failed"
        call.ended_at = now()
        dial_turns.call_ended(session, call)
        rescues.call_ended(session, call)
    call_intake.tell(session, call)


def fate(row: Outgoing) -> str:
    """Say why a command was not carried out, "" where it was."""
    if row.done_at is not None:
        return ""
    if row.expired_at is not None:
        return said("It took too long to reach the PBX, so nothing was done.")
    if row.unknown_at is not None:
        return said("We lost sight of the PBX: whether it was done nobody knows.")
    return row.error or said("The PBX did not do it.")


def _own(caller: User, nonce: str) -> str:
    """Give the id by which a call will be known: one for each nonce of each caller."""
    if not nonce:
        return f"ringback-{secrets.token_hex(12)}"
    return f"ringback-{sha256(f'{caller.id} {nonce}'.encode()).hexdigest()[:24]}"


def _pressed_before(session: Session, caller: User, number: str, own: str) -> Call | None:
    """Find the call that the same press made, or one to the same number that is still under way."""
    again = (Call.key == own) | ((Call.customer == number) & Call.ended_at.is_(None))
    return session.scalar(
        select(Call).where(Call.placed_by == caller.id, again).order_by(Call.id.desc()).limit(1)
    )


def _begin(
    session: Session, channel: Channel, caller: User, dialled: Dialled, own: str, say: str
) -> Call:  # fmt: skip
    place = session.get(Department, caller.department_id) if caller.department_id else None
    command = PlaceCall(device=caller.extension, number=dialled.number, own=own,
                        department=place.name if place else "", say=say)  # fmt: skip
    row = outbox.put(session, channel.id, command, lifetime=LIFETIME, at_most_once=True)
    call = Call(
        channel_id=channel.id, key=own, own=own, number=0, command_id=row.id, placed_by=caller.id,
        contact_id=dialled.contact_id, department_id=caller.department_id, direction="outbound",
        customer=dialled.number, written=dialled.number, dialled=dialled.number, name="", withheld=False, queue="",
        rang=[], ringing=[], talking=[], talks=[], transfers=[], on_hold=False, holds=0, recorded=False, recording="",
        started_at=now(), gap=0.0,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call
