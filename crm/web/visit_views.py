"""A visit as its form shows it, empty or with what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from crm import appointments
from crm.appointment_rights import appointment_for
from crm.appointment_times import Unfit, in_words, quarter
from crm.appointments import Appointment, Wish
from crm.contacts import Contact
from crm.deals import Deal
from crm.desk import ID_DIGITS
from crm.rights import contact_for, deal_for, task_for
from crm.tasks import Task
from crm.web.new_task import Fits, chosen_contact
from crm.web.visit_words import names_of
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import N_, _
from hub.said import again
from hub.users import Viewer, active_users
from hub.web.problems import Problem

REMINDED = (
    ("", N_("Where the customer wrote last, else by mail")), ("mail", N_("By mail")), ("chat", N_("In the messenger")),
    ("none", N_("Not at all")),
)  # fmt: skip


Values = Mapping[str, str]


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _visit_form_fields.html; `id` is 0 for a new visit. `free` are times to take instead."""

    id: int
    values: Values
    people: Sequence[tuple[int, str]]
    reminded: Sequence[tuple[str, str]]
    zone: str
    fixed: str = ""
    errors: Values = {}
    free: Sequence[tuple[str, str]] = ()
    fitting: Sequence[Fits] = ()


def empty(session: Session, viewer: Viewer, said: Values, error: Unfit | None = None) -> Offered:
    """Fill the form by what is known: a task that needs a time, a deal, a contact."""
    manner, zone, values = appointments.manner(session), zone_of(session), dict(said)
    values.setdefault("remind_by", "")
    task, wish = waiting_task(session, viewer, said)
    deal = deal_for(session, viewer, number(said.get("deal", ""))) if said.get("deal") else None
    contact_id = wish.contact_id if wish else deal.contact_id if deal else number(said.get("contact_id", ""))
    contact = contact_for(session, viewer, contact_id) if contact_id else None
    if contact is not None:
        values["contact_id"] = str(contact.id)
        values["contact"] = said.get("contact") or names_of(session, {contact.id})[contact.id]
    usual = {
        "minutes": str(wish.minutes if wish else manner.minutes), "travel": str(manner.travel),
        "address": _address(wish, deal, contact), "at": _soon(zone),
        "purpose": str(task.title).partition(":")[0] if task else "",
        "person": str((task.assignee_id if task else None) or viewer.user_id or ""),
    }  # fmt: skip
    if error is None:  # what somebody emptied stays empty
        values |= {name: value for name, value in usual.items() if not values.get(name)}
        values["invites"] = "on" if manner.invites else ""
    return _offered(session, 0, values, error, fixed=str(task.title) if task else "",
                    fitting=_fits(session, viewer, said, error))  # fmt: skip


def _address(wish: Wish | None, deal: Deal | None, contact: Contact | None) -> str:
    known = [wish.address if wish else "", str(deal.fields.get("address", "")) if deal else "",
             str(contact.fields.get("address", "")) if contact else ""]  # fmt: skip
    return next(filter(None, known), "")


def _soon(zone: ZoneInfo) -> str:
    """Offer tomorrow at ten."""
    at = quarter(now() + timedelta(days=1)).astimezone(zone).replace(hour=10, minute=0)
    return f"{at:%Y-%m-%dT%H:%M}"


def _fits(session: Session, viewer: Viewer, said: Values, error: Unfit | None) -> Sequence[Fits]:
    return chosen_contact(session, viewer, said)[1] if error is not None and said.get("contact") else ()


def of_known(
    session: Session, viewer: Viewer, appointment_id: int, said: Values | None, error: Unfit | None = None
) -> Offered:  # fmt: skip
    """Fill the form by a visit that stands, or by what was typed over it."""
    row, zone = visible(session, viewer, appointment_id), zone_of(session)
    before = row.travel[0] // timedelta(minutes=1)
    values = dict(said) if said else {
        "at": f"{row.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}", "person": str(row.person_id),
        "minutes": str(row.length // timedelta(minutes=1)), "travel": str(before), "address": row.address,
        "purpose": row.purpose, "remind_by": row.remind_by, "invites": "on" if row.invites else "",
    }  # fmt: skip
    return _offered(session, row.id, values, error, fixed=names_of(session, {row.contact_id})[row.contact_id])


def _offered(
    session: Session,
    number_: int,
    values: Values,
    error: Unfit | None,
    fixed: str,
    fitting: Sequence[Fits] = (),
) -> Offered:
    zone = zone_of(session)
    free = [
        (f"{each.astimezone(zone):%Y-%m-%dT%H:%M}", str(in_words(each, str(zone))))
        for each in (error.free if error else ())
    ]  # fmt: skip
    return Offered(
        id=number_, values=values, people=[(each.id, each.name) for each in active_users(session)], free=free,
        reminded=[(value, _(words)) for value, words in REMINDED], zone=str(zone), fixed=fixed, fitting=fitting,
        errors={_field_of(error): str(again(error.words))} if error else {},
    )  # fmt: skip


def visible(session: Session, viewer: Viewer, number: int) -> Appointment:
    """Give a visit that this viewer sees; any other is not found."""
    found = appointment_for(session, viewer, number)
    if found is None:
        raise Problem(404, _("There is no such visit, or it is not yours to see."))
    return found


def _field_of(error: Unfit) -> str:
    return error.field if isinstance(error, Wrong) else "at"


class Wrong(Unfit):
    """What was typed in a field cannot be; the words say why."""

    def __init__(self, field: str, words: str) -> None:
        """Keep which."""
        super().__init__(words)
        self.field = field


def waiting_task(session: Session, viewer: Viewer, said: Values) -> tuple[Task | None, Wish | None]:
    """Give the task that needs a time, if it still does."""
    wanted = number(said.get("task", ""))
    task = task_for(session, viewer, wanted) if wanted else None
    wish = appointments.wish_of(session, task.id) if task is not None and task.done_at is None else None
    return (task, wish) if wish is not None else (None, None)


def number(text: str) -> int:
    """Read an id; what is none is 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS else 0
