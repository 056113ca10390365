"""Hand-over: everything of one person to others, in one deed, with a list that is kept and can be taken back.

Taking back returns only what is still where it was put; what somebody has done, moved or taken since is left
alone, and the list says why.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm import inbox, quiet_conversations
from crm.appointment_times import Unfit
from crm.desk import WHY, Refusal
from crm.handover_items import Handover, Item, items_of
from crm.handover_moves import BACK, Target, item_of, move
from crm.holdings import belongings
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import again, nsaid
from hub.users import Department, User, Viewer

ID_DIGITS = 18
LISTED = 4  # visits that are named in a refusal


def hand_over(session: Session, viewer: Viewer, user: User, wanted: Mapping[Item, str], why: str) -> Handover:
    """Give each item to `user:3`, or to `department:2`'s queue; what is no longer his is left out."""
    if not wanted:
        raise Refusal(_("Choose what is to be handed over."))
    why = " ".join(why.split())[:WHY]
    deed = Handover(user_id=user.id, by=viewer.user_id, why=why)
    session.add(deed)
    session.flush()
    targets = {to: _target(session, user, to) for to in set(wanted.values())}
    went = _went(session, viewer, deed, user, {item: (to, targets[to]) for item, to in wanted.items()})
    moved = sum(item.kind != "conversation" for item in went)
    count = moved + _take_along(session, viewer, deed, user, went)
    if not count:
        raise Refusal(_("None of it is his any more: open the list again."))
    words = nsaid("%(num)s record of %(name)s handed over", "%(num)s records of %(name)s handed over", count,
                  name=user.name)  # fmt: skip
    audit.record(session, viewer, audit.MADE, "handover", deed.id, words=words,
                 changes={"user_id": (user.id, None)})  # fmt: skip
    return deed


def take_back(session: Session, viewer: Viewer, deed: Handover) -> tuple[int, int]:
    """Return what is still where it was put, and say how much was returned and how much was left alone."""
    if deed.undone_at is not None:
        raise Refusal(_("It was taken back already."))
    user = session.get_one(User, deed.user_id)
    if user.disabled_at is not None:
        raise Refusal(_("%(name)s has left: let him in again first.", name=user.name))
    deed.undone_at, deed.undone_by = now(), viewer.user_id
    items = items_of(session, deed.id)
    for item in items:
        item.left_why = BACK[item.kind](session, viewer, user, item)
        item.returned_at = None if item.left_why else now()
    returned = sum(item.returned_at is not None for item in items)
    words = nsaid("%(num)s record went back to %(name)s", "%(num)s records went back to %(name)s", returned,
                  name=user.name)  # fmt: skip
    audit.record(session, viewer, audit.CHANGED, "handover", deed.id, words=words)
    return returned, len(items) - returned


def _went(
    session: Session, viewer: Viewer, deed: Handover, giver: User, wanted: Mapping[Item, tuple[str, Target]]
) -> Mapping[Item, str]:
    """Give each, or refuse all, with every visit that cannot be made by whom it was given to."""
    went, unfit = {}, []
    for item, (to, target) in wanted.items():
        try:
            if item.kind == "conversation" or move(session, viewer, deed, giver, item, target):
                went[item] = to
        except Unfit as error:
            unfit.append(again(error.words))
    if unfit:
        words = " ".join(map(str, unfit[:LISTED]))
        more = len(unfit) - LISTED
        raise Refusal(words if more <= 0 else _("%(words)s And %(num)s more.", words=words, num=more))
    return went


def _target(session: Session, giver: User, to: str) -> Target:
    kind, _sep, number = to.partition(":")
    target = int(number) if number.isascii() and number.isdigit() and len(number) <= ID_DIGITS else 0
    if (
        kind == "user"
        and target != giver.id
        and (user := session.get(User, target))
        and user.disabled_at is None
    ):
        return Target(user, None)
    if kind == "department" and (place := session.get(Department, target)) and place.retired_at is None:
        return Target(None, place.id)
    raise Refusal(_("Choose a colleague or a department that is still here"))


def _take_along(
    session: Session, viewer: Viewer, deed: Handover, giver: User, went: Mapping[Item, str]
) -> int:
    """Give the conversations in which nothing is to do after what went, and say how many they were."""
    session.flush()
    has = belongings(session, giver.id, 1)
    everything = giver.disabled_at is not None or not has.is_anything
    chosen, contacts = (
        {item.id: to for item, to in went.items() if item.kind == kind}
        for kind in ("conversation", "contact")
    )
    along = quiet_conversations.goals(
        has.conversations, chosen, contacts, list(went.values()), everything=everything
    )
    for each, to in along:
        before = each.department_id
        inbox.assign(session, viewer, each, to, deed.why)
        holder = session.get(User, each.assignee_id) if each.assignee_id else None
        item = item_of("conversation", each.id, before, holder, each.department_id)
        item.handover_id = deed.id
        session.add(item)
    return len(along)
