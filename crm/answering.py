"""Who answers: in and out of queues, and pauses with a reason. For oneself, and by who leads for whom he leads."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import exchanges, telephone_orders, wallboard
from crm.desk import Refusal
from crm.queue_figures import Place
from crm.setup import setup
from hub import audit, boards
from hub.events import Command, EnterQueue, LeaveQueue, Pause
from hub.languages import N_, _
from hub.said import Said, said
from hub.users import Department, User, Viewer

LONGEST = 40  # letters of a reason
MOST = 12  # reasons of a department
SUGGESTED = (N_("Lunch"), N_("Break"), N_("Meeting"), N_("Paperwork"), N_("Training"))


class Offered(msgspec.Struct, frozen=True):
    """A queue that somebody can answer, and whether he does; `pbx` names where it is, where there are several."""

    place: Place
    is_in: bool
    pbx: str = ""


def reasons_of(place: Department | None) -> list[str]:
    """Give the reasons for which one pauses in a department: its own words, else those that are usual."""
    return list(place.pause_reasons) if place and place.pause_reasons else [_(each) for each in SUGGESTED]


def queues_for(session: Session, viewer: Viewer, user: User) -> list[Offered]:
    """Give the queues of his PBX that are heard and that the viewer sees, and those in which the user is."""
    agent, found = wallboard.agent(session, user), boards.seen(session)
    near = exchanges.near(session, user.id)
    everywhere = [(each, queue) for each in found if wallboard.is_heard(each) for queue in each.board.queues]
    offered = []
    for seen, queue in everywhere:
        place, pbx = Place(seen.channel_id, queue.name), seen.title if len(found) > 1 else ""
        if place in agent.queues:
            offered.append(Offered(place, is_in=True, pbx=pbx))
        elif seen.channel_id in near and wallboard.sees_queue(session, viewer, queue):
            offered.append(Offered(place, is_in=False, pbx=pbx))
    return offered


def enter(session: Session, viewer: Viewer, user: User, place: Place) -> None:
    """Have somebody's telephone be rung for a queue."""
    _require(session, viewer, user, place)
    command = EnterQueue(queue=place.queue, extension=user.extension, name=user.name)
    _ask(
        session,
        viewer,
        user,
        place.channel_id,
        command,
        said("logged in to queue %(queue)s", queue=place.queue),
    )


def leave(session: Session, viewer: Viewer, user: User, place: Place) -> None:
    """Have it be rung for a queue no more."""
    _require(session, viewer, user, place)
    command = LeaveQueue(queue=place.queue, extension=user.extension)
    _ask(
        session,
        viewer,
        user,
        place.channel_id,
        command,
        said("logged out of queue %(queue)s", queue=place.queue),
    )


def pause(session: Session, viewer: Viewer, user: User, reason: str) -> None:
    """Have it be rung for none of its queues, for one of the department's reasons."""
    place = setup(session).departments.get(user.department_id or 0)
    if reason not in reasons_of(place):
        raise Refusal(_("Choose one of the reasons."))
    for channel_id in _channels(session, user):
        command = Pause(extension=user.extension, reason=reason)
        _ask(session, viewer, user, channel_id, command, said("paused: %(why)s", why=reason))


def go_on(session: Session, viewer: Viewer, user: User) -> None:
    """End a pause."""
    for channel_id in _channels(session, user):
        command = Pause(extension=user.extension, ends=True)
        _ask(session, viewer, user, channel_id, command, said("back from the pause"))


def _channels(session: Session, user: User) -> Sequence[int]:
    """Give the PBXs in whose queues somebody is; Refusal where he is in none."""
    _require_telephone(user)
    found = list(dict.fromkeys(place.channel_id for place in wallboard.agent(session, user).queues))
    if not found:
        raise Refusal(_("%(name)s is in no queue, or the PBX is not heard.", name=user.name))
    return found


def _require(session: Session, viewer: Viewer, user: User, place: Place) -> None:
    _require_telephone(user)
    if place not in [each.place for each in queues_for(session, viewer, user)]:
        raise Refusal(_("There is no such queue, or the PBX is not heard."))


def _require_telephone(user: User) -> None:
    if not user.extension or user.disabled_at is not None:
        raise Refusal(_("No telephone is known of %(name)s.", name=user.name))


def _ask(
    session: Session, viewer: Viewer, user: User, channel_id: int, command: Command, words: Said
) -> None:
    told = said("%(name)s: %(what)s", name=user.name, what=words)
    telephone_orders.put(session, viewer, channel_id, command, told)
    audit.record(session, viewer, audit.CHANGED, "user", user.id, words=words)
