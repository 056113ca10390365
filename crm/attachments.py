"""Files that came with a touch, or went."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.blobs import digest
from hub.db import Base
from hub.forms import File
from hub.rows import insert_many


class Attachment(Base):
    """A file that came or went with an interaction; its content lies in the blob folder.

    `inline` says that the letter it came with shows it within its text, as cid: and its `content_id`.
    """

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    blob: Mapped[str]
    inline: Mapped[bool] = mapped_column(default=False)
    content_id: Mapped[str] = mapped_column(default="")


def add_files(session: Session, interaction_id: int, files: Sequence[File]) -> None:
    """Name the files that came with an interaction; their content lies in the blob folder already."""
    insert_many(session, Attachment, [
        {"interaction_id": interaction_id, "name": file.name, "type": file.type, "size": len(file.content),
         "blob": digest(file.content), "inline": file.inline, "content_id": file.content_id}
        for file in files
    ])  # fmt: skip


def attachments_of(session: Session, interaction_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """Give the files of several interactions."""
    found: dict[int, list[Attachment]] = {each: [] for each in interaction_ids}
    rows = select(Attachment).where(Attachment.interaction_id.in_(interaction_ids)).order_by(Attachment.id)
    for row in session.scalars(rows) if found else ():
        found[row.interaction_id].append(row)
    return found
