"""What a letter or a message of ours answered: kept with it, so that it can be taken back where it never left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import Document


class Answer:
    """What of ours may answer is one, beside its interaction.

    `answered_at` is since when it counts as an answer, None: not yet, or not any more; `closed` are the tasks that were
    done by it, `met` others whose promises it kept, `before` is how its conversation stood. `told_id` is the task by
    which its author was told of trouble.
    """

    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), primary_key=True)
    answered_at: Mapped[datetime | None]
    closed: Mapped[list[int]] = mapped_column(Document, default=list)
    before: Mapped[dict[str, object] | None] = mapped_column(Document)
    met: Mapped[list[int]] = mapped_column(Document, default=list)
    told_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
