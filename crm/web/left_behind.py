"""Something is called otherwise, or is gone: which processes still name it as it was is told to whoever did that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from crm import processes
from hub.languages import _
from hub.said import again

T = TypeVar("T")


def after(session: Session, change: Callable[[], T]) -> tuple[T, str]:
    """Change something, and say what processes name since then that there is not; "" where that is nothing."""
    before = {str(each) for each in processes.lacking(session)}
    done = change()
    session.flush()
    left = [again(each) for each in processes.lacking(session) if str(each) not in before]
    if not left:
        return done, ""
    return done, ". " + _(
        "Processes still name what there is not any more, draw them anew: %(what)s", what="; ".join(left)
    )
