"""Open deals of somebody, which go to others when his work is handed over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import deal_changes
from crm.deals import Deal, is_open
from hub.said import said
from hub.users import User, Viewer


def open_deals(session: Session, user_id: int, limit: int) -> Sequence[Deal]:
    """Give the open deals that somebody is responsible for, the oldest first."""
    his = select(Deal).where(Deal.responsible_id == user_id, is_open())
    return session.scalars(his.order_by(Deal.id).limit(limit)).all()


def count(session: Session, user_id: int) -> int:
    """Give how many they are."""
    his = select(func.count()).select_from(Deal).where(Deal.responsible_id == user_id, is_open())
    return session.scalar(his) or 0


def pass_on(
    session: Session, viewer: Viewer, giver: User, deal_id: int, user: User | None, department_id: int | None
) -> Deal | None:
    """Give one to somebody, or to a department; None where it is no longer his, or has ended."""
    deal = session.get(Deal, deal_id, with_for_update=True)
    if deal is None or deal.responsible_id != giver.id or not deal.is_open:
        return None
    place = department_id or deal.department_id or (user.department_id if user else None)
    deal_changes.give(session, viewer, deal, user, place, said("by a hand-over"))
    return deal


def bring_back(
    session: Session, viewer: Viewer, giver: User, deal_id: int, went: tuple[int | None, int | None], place: int | None
) -> str:  # fmt: skip
    """Give one back that is still where it `went`, into the department that it was in; else say why it stays."""
    deal = session.get(Deal, deal_id, with_for_update=True)
    if deal is None or not deal.is_open:
        return said("is done")
    if (deal.responsible_id, deal.department_id) != went:
        return said("went on to somebody else")
    deal_changes.give(session, viewer, deal, giver, place, said("a hand-over was taken back"))
    return ""
