"""What is said of an element in the console: one field, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.pipelines import Pipeline, Stage
from crm.setup import setup
from hub.languages import _
from hub.users import ROLE_NAMES, active_users

Options = Sequence[tuple[str, str]]


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is said: `kind` is line, lines, choice or tick (`on` or `off`); `body`: between the tags."""

    name: str = ""
    words: str
    kind: str = "line"
    options: Options = ()
    hint: str = ""
    usual: str = ""
    on: str = ""
    off: str = ""
    body: bool = False


def whom(session: Session) -> Options:
    """Give who can be named in a step."""
    return [
        ("responsible", _("Responsible for the deal")), ("head", _("Head of the department")),
        *((f"department:{each.name}", each.name) for each in setup(session).departments.values()),
        *((f"role:{role}", _("Role: %(role)s", role=_(name))) for role, name in ROLE_NAMES.items()),
        *((f"user:{each.email}", each.name) for each in active_users(session)),
    ]  # fmt: skip


def stages(session: Session) -> Options:
    """Give the stages of all pipelines by their names, each once."""
    rows = session.scalars(
        select(Stage.name).join(Pipeline, Pipeline.id == Stage.pipeline_id)
        .where(Stage.retired_at.is_(None), Pipeline.retired_at.is_(None)).order_by(Pipeline.position, Stage.position)
    )  # fmt: skip
    return [("", _("Choose …")), *((name, name) for name in dict.fromkeys(rows))]


def chosen_from(names: Iterable[str]) -> Options:
    """Give these names to choose from, behind the invitation to."""
    return [("", _("Choose …")), *((name, name) for name in names)]
