"""The business's records in the audit: what they are called, who may see their history, and custom fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import fields, numbers
from crm.call_results import CallResult
from crm.call_rights import call_for
from crm.caller_lists import LISTS, ListedCaller
from crm.calls import Call
from crm.card_history import hidden_keys
from crm.contacts import Contact, Organisation, handles_of
from crm.conversations import Conversation
from crm.dial_lists import DialList
from crm.dial_rights import dial_list_for
from crm.fields import CustomField
from crm.letter_templates import LetterTemplate, template_led
from crm.letters import Letter
from crm.organisations import organisation_for
from crm.relations import RelationKind
from crm.rights import contact_for, conversation_for, person_for, task_for
from crm.setup import setup
from crm.tags import Tag
from crm.tasks import Task
from crm.web.card_fields import labels_of
from crm.web.card_values import shown
from crm.web.names import called
from hub.languages import N_, _
from hub.shapes import convert
from hub.users import Department, User, Viewer
from hub.web.api import ROOT
from hub.web.audit_kinds import Kind, add_kind, named
from hub.web.reads import add_read


def _contact_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    country = setup(session).company.country
    handles = handles_of(session, list(ids))
    rows = session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(ids)))
    return {contact_id: called(name, handles[contact_id], country) for contact_id, name in rows}


def _organisation_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(
        session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))).all()
    )


def _task_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(Task.id, Task.title).where(Task.id.in_(ids))).all())


def _field_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(CustomField.id, CustomField.label).where(CustomField.id.in_(ids)))
    return dict(rows.all())


def _sees_contact(session: Session, viewer: Viewer, contact_id: int) -> bool:
    return contact_for(session, viewer, contact_id) is not None


def _sees_task(session: Session, viewer: Viewer, task_id: int) -> bool:
    return task_for(session, viewer, task_id) is not None


def _conversation_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(Conversation.id, Conversation.subject).where(Conversation.id.in_(ids)))
    return dict(rows.all())


def _sees_conversation(session: Session, viewer: Viewer, conversation_id: int) -> bool:
    return conversation_for(session, viewer, conversation_id) is not None


def _sees_person(session: Session, viewer: Viewer, user_id: int) -> bool:
    return person_for(session, viewer, user_id) is not None


def _sees_call(session: Session, viewer: Viewer, call_id: int) -> bool:
    return call_for(session, viewer, call_id) is not None


def _sees_organisation(session: Session, viewer: Viewer, organisation_id: int) -> bool:
    return organisation_for(session, viewer, organisation_id) is not None


def _tag_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(Tag.id, Tag.name).where(Tag.id.in_(ids))).all())


def _relation_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(RelationKind.id, RelationKind.name).where(RelationKind.id.in_(ids)))
    return dict(rows.all())


def _call_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    with_whom = select(Call.id, Contact.name, Call.customer, Call.written).outerjoin(
        Contact, Contact.id == Call.contact_id
    )
    country = setup(session).company.country
    return {
        number: name or (numbers.display(customer, country) if customer else written)
        for number, name, customer, written in session.execute(with_whom.where(Call.id.in_(ids)))
    }


def _caller_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(ListedCaller.id, ListedCaller.number).where(ListedCaller.id.in_(ids)))
    country = setup(session).company.country
    return {row_id: numbers.display(number, country) for row_id, number in rows}


def _show_listed(field: str, value: object) -> str | None:
    return _(LISTS[value]) if field == "list" and isinstance(value, str) and value in LISTS else None


def _result_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(CallResult.id, CallResult.words).where(CallResult.id.in_(ids)))
    return dict(rows.all())


def _dial_list_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(DialList.id, DialList.name).where(DialList.id.in_(ids))).all())


def _letter_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    wanted = select(Letter.interaction_id, Letter.subject).where(Letter.interaction_id.in_(ids))
    return dict(session.execute(wanted).all())


def _sees_dial_list(session: Session, viewer: Viewer, list_id: int) -> bool:
    return dial_list_for(session, viewer, list_id) is not None


def _leads(_session: Session, viewer: Viewer, department_id: int) -> bool:
    return viewer.sees_all or (viewer.role == "head" and viewer.department_id == department_id)


def _template_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(LetterTemplate.id, LetterTemplate.name).where(LetterTemplate.id.in_(ids)))
    return dict(rows.all())


def _leads_template(session: Session, viewer: Viewer, template_id: int) -> bool:
    return template_led(session, viewer, template_id) is not None


def _show_field(_field: str, value: object) -> str | None:
    """Write a custom field's value as cards do."""
    try:
        return shown(convert(value, fields.Value))
    except (msgspec.ValidationError, ValueError):
        return None


add_kind(Kind("contact", N_("Contact"), "/contacts/{id}", _contact_names, _sees_contact, labels_of,
              hidden=hidden_keys, show=_show_field))  # fmt: skip
add_kind(Kind("organisation", N_("Organisation"), "/organisations/{id}", _organisation_names,
              _sees_organisation, labels_of, show=_show_field))  # fmt: skip
add_kind(Kind("user", N_("Person"), "/people/{id}", named(User), _sees_person))
add_kind(Kind("call", N_("Call"), "/calls/{id}", _call_names, _sees_call))
add_kind(Kind("task", N_("Task"), "/tasks/{id}", _task_names, _sees_task))
add_kind(Kind("conversation", N_("Conversation"), "/inbox/{id}", _conversation_names, _sees_conversation))
add_kind(Kind("field", N_("Custom field"), "/fields/{id}", _field_names))
add_kind(Kind("tag", N_("Tag"), "/tags", _tag_names))
add_kind(Kind("relation kind", N_("Kind of relation"), "/relation-kinds", _relation_names))
add_kind(Kind("company_calendar", N_("Working hours of the company"), "/calendars/company"))
add_kind(
    Kind(
        "department_calendar",
        N_("Working hours of a department"),
        "/calendars/department/{id}",
        named(Department),
    )
)
add_kind(Kind("person_calendar", N_("Working hours of a person"), "/calendars/person/{id}", named(User)))
add_kind(Kind("company", N_("The company"), "/company"))
add_kind(Kind("deed", N_("Done to many"), "/deeds"))
add_kind(Kind("absence", N_("Absence")))
add_kind(Kind("caller", N_("Number on a list"), "/callers", _caller_names, show=_show_listed))
add_kind(Kind("recording", N_("Recording"), "/calls/{id}"))
add_kind(Kind("letter", N_("Letter"), "/letters/{id}", _letter_names))
add_kind(Kind("call_guide", N_("Script of a department"), "/call-guides/{id}", named(Department), _leads))
add_kind(Kind("call_result", N_("Result of a call"), "", _result_names))
add_kind(Kind("dial_list", N_("Dialling list"), "/dial-lists/{id}", _dial_list_names, _sees_dial_list))
add_kind(Kind("letter_template", N_("Template"), "/letter-templates", _template_names, _leads_template))
add_kind(Kind("handover", N_("Hand-over"), "/handovers/{id}"))

for _path in ("/contacts/{id}", f"{ROOT}/contacts/{{id}}"):
    add_read(_path, "contact")
for _path in ("/calls/{id}", f"{ROOT}/calls/{{id}}"):
    add_read(_path, "call")
add_read("/letters/{id}/html", "letter")
