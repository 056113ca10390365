"""Two who write what one campaign says at once: nobody saves over words of which he was not told."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.campaigns import CampaignContent
from crm.desk import Refusal
from hub.languages import _
from hub.users import User


class Newer(Refusal):
    """Somebody else saved it since."""


def newer(session: Session, campaign_id: int, began: int, variant: str = "A") -> CampaignContent | None:
    """Give the newest version, where it says something else than the one with which somebody began (0: never mind)."""
    of = (CampaignContent.campaign_id == campaign_id, CampaignContent.variant == variant)
    since = select(CampaignContent).where(*of, CampaignContent.version >= began)
    rows = session.scalars(since.order_by(CampaignContent.version)).all() if began else []
    return rows[-1] if rows and _says(rows[-1]) != _says(rows[0]) else None


def refuse_newer(session: Session, campaign_id: int, began: int, variant: str = "A") -> None:
    """Refuse to save where there is a newer one."""
    found = newer(session, campaign_id, began, variant)
    if found is not None:
        raise Newer(words(session, found))


def words(session: Session, content: CampaignContent) -> str:
    """Say who saved which version."""
    who = session.get(User, content.changed_by) if content.changed_by else None
    return _("%(who)s saved version %(number)s meanwhile.", who=who.name if who else _("Somebody"),
             number=content.version)  # fmt: skip


def _says(content: CampaignContent) -> tuple[object, ...]:
    return content.subject, content.preheader, content.blocks, content.message
