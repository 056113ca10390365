"""What was written down at an appointment that was over before it came here: a note on the contact's timeline."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm import run_steps
from crm.appointment_times import in_words
from crm.appointments import KIND, Appointment
from crm.contacts import Contact
from crm.conversations import add_note
from crm.desk import contact_changed
from crm.tasks import Task
from hub import audit
from hub.languages import _
from hub.said import said
from hub.users import Viewer


def keep(
    session: Session, viewer: Viewer, row: Appointment, task: Task | None, answers: Mapping[str, str]
) -> bool:
    """Keep the answers to what its task asks for; False where there are none."""
    labels = {each.name: each.label for each in run_steps.form_of(session, task)} if task else {}
    lines = [f"{labels.get(name, name)}: {value}" for name, value in answers.items() if value.strip()]
    if not lines:
        return False
    when = in_words(row.starts_at, row.zone)
    head = _("Written down at the visit %(when)s, which was over when it came", when=when)
    text = "\n".join([head, *lines])
    add_note(session, row.contact_id, viewer.user_id, text, counts_as_contact=False)
    words = said("what was written down is a note")
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=words)
    contact_changed(session, session.get_one(Contact, row.contact_id))
    return True
