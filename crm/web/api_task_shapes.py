"""Tasks as programs ask for and send them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from crm.web.api_shapes import Id, Line, Name
from hub.web.decoding import Body
from hub.web.paging import Paging

Whose = Annotated[str, Meta(pattern="^(me|none|[1-9][0-9]{0,17})$")]


class TaskQuery(Paging, frozen=True, kw_only=True):
    """Which tasks."""

    contact: Annotated[Id | None, Meta(description="Only those about the contact of this id")] = None
    deal: Annotated[
        Id | None, Meta(description="Only those of processes and visits for the deal of this id")
    ] = None
    assignee: Annotated[
        Whose | None, Meta(description="A user's id; me; or none, for what waits in a queue")
    ] = None
    overdue: Annotated[
        bool | None, Meta(description="Only those with a deadline that is late now, or without")
    ] = None
    open: Annotated[bool | None, Meta(description="Only those that are still to do, or that are done")] = None


class TaskIn(Body, frozen=True, kw_only=True):
    """A new task. Without `assignee` the department's rule decides whose it is."""

    title: Name
    contact: Id | None = None
    department: Line | None = None
    assignee: Id | None = None
    why: Line = ""


class Handover(Body, frozen=True, kw_only=True):
    """Who is to have it: a person's id, or a department's name."""

    assignee: Id | None = None
    department: Line | None = None
    why: Line = ""


class Pause(Body, frozen=True, kw_only=True):
    """Whom or what we wait for."""

    why: Name
