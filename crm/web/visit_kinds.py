"""Visits in the audit: what they are called, who may see their history, and what their fields are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.appointment_rights import appointment_for
from crm.appointments import KIND, Appointment
from crm.contacts import Contact
from crm.web import visit_settings
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.api import ROOT
from hub.web.audit_kinds import Kind, add_kind
from hub.web.reads import add_read

LABELS = {
    "starts_at": N_("From"), "ends_at": N_("Until"), "busy_from": N_("Leaves"), "busy_until": N_("Is back"),
    "person_id": N_("Who goes"), "address": N_("Address"), "purpose": N_("Purpose"), "why": N_("Why"),
    "remind_by": N_("Reminded by"), "invites": N_("Invitation by mail"), "reminds": N_("Reminder on the day before"),
    "minutes": N_("Minutes"), "travel": N_("Travel each way, minutes"), "language": N_("Language"),
    "words_en": N_("Words in English"), "words_sv": N_("Words in Swedish"),
}  # fmt: skip


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {key: _(label) for key, label in LABELS.items()}


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    wanted = select(Appointment.id, Contact.name).join(Contact, Contact.id == Appointment.contact_id)
    rows = session.execute(wanted.where(Appointment.id.in_(ids))).all()
    return {number: _("Visit %(name)s", name=name) for number, name in rows}


def _sees(session: Session, viewer: Viewer, number: int) -> bool:
    return appointment_for(session, viewer, number) is not None


add_kind(Kind(KIND, N_("Visit"), "/visits/{id}", _names, _sees, _labels))
add_kind(Kind(visit_settings.KIND, N_("Visits, how they are made"), visit_settings.RULES, labels=_labels))
for _path in ("/visits/{id}", f"{ROOT}/appointments/{{id}}"):
    add_read(_path, KIND)
