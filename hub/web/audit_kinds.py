"""What the audit calls records and their fields.

A module with pages says it of its own kinds as it is loaded:

    add_kind(Kind("contact", N_("Contact"), "/contacts/{id}", names_of, may_see))

A kind that nobody told of is shown by its own name. `names` gives what several records are called, `sees` whether
somebody may read a record's history, `labels` what its fields are called, `hidden` those whose values are not for
this viewer, and `show` writes a value for the eye. From a record one click leads to its history by the macro
`{{ ui.history("contact", contact.id) }}`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.channels import Channel
from hub.languages import N_, _
from hub.tokens import ApiToken
from hub.users import Department, User, Viewer

Names = Callable[[Session, Collection[int]], Mapping[int, str]]


def _no_names(_session: Session, _ids: Collection[int]) -> Mapping[int, str]:
    return {}


def _overseer(_session: Session, viewer: Viewer, _record_id: int) -> bool:
    return viewer.sees_all


def _nothing(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {}


def _as_it_is(_field: str, _value: object) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. `hidden` are the fields whose values this viewer may not see."""

    key: str
    name: str
    href: str = ""
    names: Names = _no_names
    sees: Callable[[Session, Viewer, int], bool] = _overseer
    labels: Callable[[Session, Viewer], Mapping[str, str]] = _nothing
    hidden: Callable[[Session, Viewer], Collection[str]] = lambda _session, _viewer: ()
    show: Callable[[str, object], str | None] = _as_it_is


KINDS: dict[str, Kind] = {}

# Fields whose values are ids of other records, by kind.
REFERENCES = {
    "assignee_id": "user", "responsible_id": "user", "head_id": "user", "deputy_id": "user", "user_id": "user",
    "substitute_id": "user", "assignee": "user", "responsible": "user", "department_id": "department",
    "department": "department", "organisation_id": "organisation", "organisation": "organisation",
    "contact_id": "contact", "merged_into_id": "contact", "task_id": "task",
    "stage_id": "stage", "pipeline_id": "pipeline", "lost_reason_id": "lost_reason",
}  # fmt: skip


def add_kind(kind: Kind) -> None:
    """Tell of a kind of record."""
    KINDS[kind.key] = kind


def kind_of(key: str) -> Kind:
    """Give a kind; one that nobody told of has its own name."""
    return KINDS.get(key) or Kind(key, key.replace("_", " ").replace("-", " ").capitalize())


def named(table: type[User | Department | Channel | ApiToken]) -> Names:
    """Give what finds the names of a table's rows."""

    def find(session: Session, ids: Collection[int]) -> Mapping[int, str]:
        return dict(session.execute(select(table.id, table.name).where(table.id.in_(ids))).all())

    return find


add_kind(Kind("user", N_("Person"), "/people/{id}", named(User)))
add_kind(Kind("department", N_("Department"), "/departments/{id}", named(Department)))
add_kind(Kind("token", N_("Token"), "", named(ApiToken)))
add_kind(Kind("sign-in", N_("Sign-in")))
add_kind(
    Kind(
        "journal",
        N_("Journal item"),
        "/journal/{id}",
        lambda _s, ids: {i: _("No. %(id)s", id=i) for i in ids},
    )
)
add_kind(Kind("audit", N_("Audit"), "/audit"))

# What fields are called that several kinds share.
LABELS = {
    "name": N_("Name"), "email": N_("Mail"), "role": N_("Role"), "department_id": N_("Department"),
    "extension": N_("Extension"), "assignee_id": N_("Whose"), "assignee": N_("Whose"),
    "responsible_id": N_("Responsible"),
    "head_id": N_("Head"), "deputy_id": N_("Deputy"), "distribution": N_("Distribution"),
    "since": N_("From"), "until": N_("Until"), "why": N_("Why"), "substitute_id": N_("Substitute"),
    "done_at": N_("Done"), "planned_for": N_("Planned for"), "paused": N_("Clock held"), "title": N_("Title"),
    "contact_id": N_("Contact"), "organisation_id": N_("Organisation"), "organisation": N_("Organisation"),
    "department": N_("Department"), "responsible": N_("Responsible"), "handles": N_("Reached by"),
    "reads": N_("Reading is written down"), "disabled_at": N_("Left"), "retired_at": N_("Retired"),
    "scopes": N_("Scopes"), "settings": N_("Settings"), "paused_at": N_("Paused"), "kind": N_("Kind"),
    "minutes": N_("Minutes"), "seconds": N_("Seconds"), "steps": N_("Steps"), "hours": N_("Working hours"),
    "position": N_("Position"), "label": N_("Label"), "choices": N_("Choices"), "tags": N_("Tags"),
    "merged_into_id": N_("Merged into"), "user_id": N_("Person"), "answered_at": N_("Answered"),
    "list": N_("List"), "priority": N_("Priority"),
    "text": N_("Text"), "password": N_("Password"), "preferences": N_("Preferences"),
}  # fmt: skip
