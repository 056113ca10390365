"""Pictures of campaigns: uploaded once, shown to whoever has their address, which nobody can guess."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub import audit
from hub.clock import now
from hub.db import Base
from hub.image_kinds import kind_of
from hub.image_sizes import size_of
from hub.said import said
from hub.users import Viewer

LARGEST = 5 * 1024 * 1024  # bytes: more keeps telephones waiting
WIDEST = 6_000  # pixels of a side
PATH = "/pictures"
KIND = "campaign_picture"
NAME = 200


class CampaignPicture(Base):
    """A picture. `key` is its public address and how blocks name it, `blob` its name in the blob folder."""

    __tablename__ = "campaign_pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    blob: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


def check(head: bytes) -> tuple[str, int, int]:
    """Give kind, width and height of a picture by its first bytes; ValueError says why it is not taken."""
    kind, (width, height) = kind_of(head), size_of(head)
    if not kind or not width or not height:
        raise ValueError(said("This is no picture that mail programs show: take PNG, JPEG, GIF or WebP."))
    if max(width, height) > WIDEST:
        raise ValueError(
            said("This picture has %(width)s by %(height)s pixels; take one of at most %(most)s.",
                 width=width, height=height, most=WIDEST)
        )  # fmt: skip
    return kind, width, height


def add(
    session: Session, viewer: Viewer, blob: str, name: str, size: int, looks: tuple[str, int, int]
) -> CampaignPicture:
    """Keep a picture that was checked."""
    kind, width, height = looks
    row = CampaignPicture(key=secrets.token_urlsafe(12), blob=blob, name=name[:NAME], type=kind, size=size, width=width,
                          height=height, made_by=viewer.user_id)  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, row.id, changes=audit.differences({}, {"name": row.name}))
    return row


def picture(session: Session, key: str) -> CampaignPicture | None:
    """Give the picture of a key."""
    return session.scalar(select(CampaignPicture).where(CampaignPicture.key == key))


def pictures(session: Session, keys: Collection[str]) -> Mapping[str, CampaignPicture]:
    """Give pictures by their keys."""
    rows = session.scalars(select(CampaignPicture).where(CampaignPicture.key.in_(keys)))
    return {row.key: row for row in rows}


def latest(session: Session, most: int) -> list[CampaignPicture]:
    """Give those that came last, the newest first."""
    return list(session.scalars(select(CampaignPicture).order_by(CampaignPicture.id.desc()).limit(most)))
