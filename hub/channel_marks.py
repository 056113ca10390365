"""How far the other side of a channel was read, such as the last letter of a folder: kept by whoever listens.

A mark may be older than what was accepted, never newer: then what is known already is given once more, and changes
nothing.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.channels import Channel
from hub.db import Base


class ChannelMark(Base):
    """A mark of a channel under a name of the connector's own, such as that of a folder; `value` is its own too."""

    __tablename__ = "channel_marks"

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


def put(session: Session, channel_id: int, name: str, value: str) -> None:
    """Keep a mark in place of the one before."""
    session.merge(ChannelMark(channel_id=channel_id, name=name, value=value))


def find(session: Session, channel_id: int, name: str) -> str:
    """Give a mark, "" where there is none."""
    row = session.get(ChannelMark, (channel_id, name))
    return row.value if row else ""
