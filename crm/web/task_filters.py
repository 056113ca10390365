"""Which tasks a list shows and in which order, as it stands in the address of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Select, false, select

from crm.deadlines import Deadline
from crm.rights import sees_task
from crm.standing import BY_DEADLINE, HOUR, breaks_within, broken, is_late, kept, put_off, tasks_with
from crm.tasks import Task
from hub.clock import now
from hub.languages import N_
from hub.users import Viewer
from hub.web import moments

ID_DIGITS = 18
PAGES = 200
STATES = {
    "open": N_("Open"),
    "planned": N_("Planned ahead"),
    "paused": N_("Paused"),
    "done": N_("Done"),
    "all": N_("All"),
}
DUE = {"": N_("Whenever due"), "late": N_("Late"), "hour": N_("Within the hour"), "today": N_("Due today"),
       "week": N_("Due this week"), "none": N_("No deadline")}  # fmt: skip
PROMISES = {"": N_("Any promise"), "kept": N_("Kept"), "broken": N_("Broken")}
SINCE = {"": N_("Any time"), "today": N_("Since this morning"), "week": N_("Since Monday")}
KINDS = {"": N_("All kinds"), "form": N_("Forms"), "order": N_("Orders"), "call": N_("Calls"), "mail": N_("Mail"),
         "chat": N_("Chats"), "note": N_("Notes"), "signature": N_("Signatures")}  # fmt: skip
SORTS = {"due": N_("By deadline"), "newest": N_("Newest first"), "oldest": N_("Oldest first")}
EARLIEST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was chosen; a word that we do not know counts as not chosen."""

    whose: str = ""
    department: str = ""
    kind: str = ""
    state: str = "open"
    due: str = ""
    promise: str = ""
    since: str = ""
    sort: str = "due"
    page: int = 1

    def address(self, **changes: object) -> str:
        """Give the address of the list with these, and with some of them otherwise."""
        return _address(msgspec.structs.replace(self, **changes) if changes else self)


@lru_cache(maxsize=4096)  # a day has dozens, the same for everybody
def _address(filters: Filters) -> str:
    chosen = msgspec.to_builtins(filters)
    return f"/tasks?{urlencode(chosen)}" if chosen else "/tasks"


def read_filters(query: Mapping[str, str]) -> Filters:
    """Read them out of an address."""
    known = {"kind": KINDS, "state": STATES, "due": DUE, "promise": PROMISES, "since": SINCE, "sort": SORTS}
    chosen = {name: query[name] for name, words in known.items() if query.get(name) in words}
    whose = query.get("whose", "")
    if whose in {"mine", "queue"} or _is_id(whose):
        chosen["whose"] = whose
    if _is_id(query.get("department", "")):
        chosen["department"] = query["department"]
    page = query.get("page", "")
    number = min(int(page), PAGES) if _is_id(page) else 1
    return Filters(**chosen, page=max(1, number))


def tasks_of(viewer: Viewer, filters: Filters, zone: ZoneInfo, *, many: bool = False) -> Select[Task]:
    """Give the tasks that this viewer sees and asks for, in the order that he asks for.

    Of `many` a page is met soon by walking along that order; else his are found first.
    """
    wanted = select(Task).where(sees_task(viewer, first=not many), *_conditions(viewer, filters, zone))
    if filters.sort == "due" and filters.state in {"open", "planned", "paused"}:
        return wanted.order_by(*BY_DEADLINE)
    if filters.state == "done" and filters.sort == "due":
        return wanted.order_by(Task.done_at.desc(), Task.id.desc())
    return wanted.order_by(Task.id if filters.sort == "oldest" else Task.id.desc())


def _conditions(viewer: Viewer, filters: Filters, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    found = [*_state(filters.state), *_due(filters.due, zone)]
    if filters.whose:
        found.append(_whose(viewer, filters.whose))
    if filters.department:
        found.append(Task.department_id == int(filters.department))
    if filters.kind:
        found.append(Task.kind == filters.kind)
    since = start_of(filters.since, zone)
    if filters.promise:
        found.append(tasks_with(kept(since) if filters.promise == "kept" else broken(since)))
    elif filters.since:
        found.append(Task.done_at >= since if filters.state == "done" else Task.created_at >= since)
    return found


def start_of(since: str, zone: ZoneInfo) -> datetime:
    """Give when the day or the week began."""
    if since == "today":
        return moments.midnight(zone)
    if since == "week":
        return moments.midnight(zone, -now().astimezone(zone).weekday())
    return EARLIEST


def _whose(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    if whose == "queue":
        return Task.assignee_id.is_(None)
    user_id = viewer.user_id if whose == "mine" else int(whose)
    return Task.assignee_id == user_id if user_id is not None else false()


def _state(state: str) -> list[ColumnElement[bool]]:
    still_open = Task.done_at.is_(None)
    if state == "done":
        return [Task.done_at.is_not(None)]
    if state == "planned":
        return [still_open, put_off()]
    if state == "paused":
        held = Deadline.met_at.is_(None) & Deadline.paused_at.is_not(None)
        return [still_open, tasks_with(held)]
    return [still_open] if state == "open" else []


def _due(due: str, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    until = {
        "today": moments.midnight(zone, 1),
        "week": moments.midnight(zone, 7 - now().astimezone(zone).weekday()),
    }.get(due)
    if due == "late":
        return [is_late()]
    if due == "hour":
        return [tasks_with(breaks_within(HOUR))]
    if until is not None:
        return [tasks_with(Deadline.met_at.is_(None) & (Deadline.due_at < until))]
    return [Task.id.not_in(select(Deadline.task_id))] if due == "none" else []


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= ID_DIGITS
