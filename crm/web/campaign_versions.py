"""The versions of what a campaign says, as its page lists them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_newer
from crm.campaign_contents import Written
from crm.campaign_trials import LETTERS
from crm.campaigns import Campaign, CampaignContent
from hub.languages import _
from hub.users import User


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version in the list of them."""

    number: int
    who: str
    at: object
    current: bool


def versions_of(
    session: Session, campaign: Campaign, asked: int, letter: str = LETTERS[0]
) -> list[VersionRow]:
    """Give the versions of what it says, of which one is shown."""
    rows: Sequence[CampaignContent] = campaign_contents.versions(session, campaign.id, letter)
    people = set(filter(None, (each.changed_by for each in rows)))
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
    current = asked or (rows[0].version if rows else 0)
    return [VersionRow(number=each.version, who=names.get(each.changed_by or 0, ""), at=each.changed_at,
                       current=each.version == current) for each in rows]  # fmt: skip


def newer_row(session: Session, campaign_id: int, began: int, letter: str) -> VersionRow | None:
    """Give the newest version, where it says something else than the one with which somebody began."""
    found = campaign_newer.newer(session, campaign_id, began, letter)
    who = session.get(User, found.changed_by) if found is not None and found.changed_by else None
    return VersionRow(number=found.version, who=who.name if who else _("Somebody"), at=found.changed_at,
                      current=True) if found is not None else None  # fmt: skip


def is_saved(session: Session, campaign: Campaign, written: Written, since: int, letter: str) -> bool:
    """Tell whether a version says just this, of those from one on."""
    rows = campaign_contents.versions(session, campaign.id, letter)
    return any(each.version >= since and campaign_contents.written_of(each) == written for each in rows)
