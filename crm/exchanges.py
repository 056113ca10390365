"""The PBXs: which of them has somebody's telephone. By that one he calls, answers queues and listens.

It is the one whose settings allow such a telephone; where several do, the one at which it was seen. Whoever has two of
one extension uses the one that is connected. It is never guessed: a call by the wrong PBX would ring a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.desk import Refusal
from hub import boards
from hub.board import State
from hub.channels import Channel, kinds_that_carry, settings_of
from hub.events import HangUp, PlaceCall
from hub.languages import _
from hub.users import User

# Put together once: every ring asks it.
_KIND = select(Channel.__table__.c.kind).where(Channel.__table__.c.id == bindparam("channel"))

UNSURE = ("off", "unknown")


def every(session: Session) -> Sequence[Channel]:
    """Give all PBXs, the oldest first."""
    kinds = kinds_that_carry(PlaceCall)
    return session.scalars(select(Channel).where(Channel.kind.in_(kinds)).order_by(Channel.id)).all()


def obeys(session: Session, channel_id: int) -> bool:
    """Tell whether a PBX does what is asked of it in the middle of a call; another one only tells of its calls."""
    return session.connection().scalar(_KIND, {"channel": channel_id}) in kinds_that_carry(HangUp)


def exchange_for(session: Session, extension: str) -> Channel:
    """Give the PBX by which this telephone calls; Refusal says why there is none."""
    if not every(session):
        raise Refusal(_("No PBX is connected: an admin adds one under Settings, Channels."))
    found = places_of(session, extension)
    if not found:
        raise Refusal(_("No PBX has extension %(extension)s: an admin looks at “Staff's telephones” in its settings.",
                        extension=extension))  # fmt: skip
    if len(found) > 1 and not _seen(session, found, extension):
        titles = ", ".join(each.title for each in found)
        raise Refusal(_("Nobody knows which PBX has extension %(extension)s (%(titles)s): an admin says it there by "
                        "“Staff's telephones”.", extension=extension, titles=titles))  # fmt: skip
    if found[0].paused_at is not None:
        raise Refusal(
            _("%(title)s is paused: nobody is called by it until it goes on.", title=found[0].title)
        )
    if found[0].up_at is None:
        raise Refusal(
            _("%(title)s does not answer. Your telephone itself may still work.", title=found[0].title)
        )
    return found[0]


def places_of(session: Session, extension: str) -> Sequence[Channel]:
    """Give the PBXs that have this telephone, the one to use first; where nobody knows, all that may have it.

    Where it is connected at some of them, the others do not count.
    """
    possible = [each for each in every(session) if settings_of(each).rings(extension)]
    states = _seen(session, possible, extension) if len(possible) > 1 else {}
    if not states:
        return possible
    connected = {each for each, state in states.items() if state not in UNSURE}
    there = [each for each in possible if each.id in (connected or states)]
    return sorted(there, key=lambda each: (each.up_at is None or each.paused_at is not None, each.id))


def near(session: Session, user_id: int) -> Sequence[int]:
    """Give the channels of the PBXs that have somebody's telephone; of whom none is known, of all."""
    user = session.get(User, user_id)
    found = places_of(session, user.extension) if user and user.extension else every(session)
    return [each.id for each in found]


def _seen(session: Session, channels: Sequence[Channel], extension: str) -> Mapping[int, State]:
    """Give how a telephone was when these PBXs showed it last, by channel."""
    wanted = {each.id for each in channels}
    return {
        seen.channel_id: telephone.state
        for seen in boards.seen(session) if seen.channel_id in wanted
        for telephone in seen.board.telephones if telephone.extension == extension
    }  # fmt: skip
