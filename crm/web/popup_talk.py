"""What a popup offers to who talks, and who talked: his note, the script, the next task, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import call_guides, call_results, call_sheets, dial_lists
from crm.call_guides import Section
from crm.call_sheets import CallSheet
from crm.calls import Call
from crm.setup import setup
from crm.web.zones import zone_of
from hub.clock import now
from hub.users import Viewer, active_users


class Result(msgspec.Struct, frozen=True):
    """Something that can come of the call; `follows` says that a task follows. `chosen`: it did come of it."""

    id: int
    words: str
    key: str
    follows: bool
    chosen: bool


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to somebody's part in a call. `must`: it cannot be put away before a result is chosen.

    `people` and `departments` are to whom a task can be given, as pairs of value and name.
    """

    note: str
    script: Sequence[Section]
    results: Sequence[Result]
    must: bool
    people: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]
    plan_min: str


def talk(session: Session, viewer: Viewer, call: Call, sheet: CallSheet) -> Talk:
    """Show somebody's part in a call."""
    department_id = call_sheets.department_of(session, call, sheet.user_id)
    guide, listed = call_guides.guide_of(session, department_id), dial_lists.list_of(session, call)
    script = (listed.script if listed else "") or (guide.script if guide else "")
    others = [user for user in active_users(session) if user.id != viewer.user_id]
    return Talk(
        note=sheet.note, script=call_guides.sections(script),
        results=results(session, call, department_id), must=call_sheets.must(session, call, sheet.user_id),
        people=[(f"user:{each.id}", each.name) for each in others],
        departments=[(f"department:{each.id}", each.name) for each in setup(session).departments.values()],
        plan_min=f"{now().astimezone(zone_of(session)):%Y-%m-%dT%H:%M}",
    )  # fmt: skip


def results(session: Session, call: Call, department_id: int | None) -> list[Result]:
    """Give what can come of a call."""
    return [
        Result(each.id, each.words, each.key, bool(each.follow_in), each.id == call.result_id)
        for each in call_results.results_of(session, department_id)
    ]
