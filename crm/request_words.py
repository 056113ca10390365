"""What a request is called: its task, its reasons, and in short what somebody wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from sqlalchemy.orm import Session

from crm import fields, order_intake
from crm.fields import CustomField
from crm.setup import setup
from hub.channels import LiveChannel
from hub.events import FormSubmitted
from hub.orders import Order
from hub.said import Said, said

SUMMARY = 160
SUMMED_UP = 6  # answers
TITLE = 200
NAMED = 160  # of a name within a title


def why(session: Session, event: FormSubmitted, channel: LiveChannel) -> Said:
    """Say from which facts the task follows."""
    if event.order is not None:
        return said("Ordered in “%(shop)s”: %(what)s", shop=channel.title, what=_ordered(event.order))
    return said(
        "Form “%(form)s”: %(summary)s", form=event.form or channel.title, summary=summary(session, event)
    )


def _ordered(order: Order) -> str:
    lines = [f"{line.quantity} x {line.name}" for line in order.lines if line.quantity][:SUMMED_UP]
    return ", ".join(lines)[:SUMMARY] or order.state


def title(event: FormSubmitted, card: str, *, reachable: bool = True) -> str:
    """Name the task; `card` is what the card is called, where there is one."""
    if event.order is not None:
        return order_intake.title(event.order, event.name or card or event.phone or event.email)
    if not reachable:
        return said("No contact data: %(name)s", name=(called(event) or event.form)[:NAMED] or said("a form"))
    words = {
        "name": event.name or card or event.phone or event.email, "phone": event.phone,
        "email": event.email, "company": event.company, "subject": event.subject, "form": event.form,
    }  # fmt: skip
    named = " ".join(event.task_title.format(**words).split())
    return named[:TITLE] or said("Answer %(name)s", name=" ".join(words["name"].split())[:NAMED])


def summary(session: Session, event: FormSubmitted) -> str:
    """Say in short what somebody wants."""
    if event.order is not None:
        return order_intake.summary(event.order)
    ours = setup(session).fields
    words = event.subject or event.message or ", ".join(islice(_telling(event, ours), SUMMED_UP))
    return " ".join(words.split())[:SUMMARY] or said("no words")


def _telling(event: FormSubmitted, ours: Mapping[str, CustomField]) -> Iterator[str]:
    """Give the answers that have no place of their own, less those of fields that are not for everybody's eyes."""
    placed = recognised(event)
    for field in event.fields:
        value, known = field.value.strip(), ours.get(fields.fold(field.means or field.label))
        if value and value not in placed and not (known and known.see):
            yield f"{field.label} {value[:SUMMARY]}"


def recognised(event: FormSubmitted) -> frozenset[str]:
    """Give the answers that have their own place on the card, and the names of files."""
    known = {event.name, event.phone, event.email, event.company, event.message, event.subject}
    return frozenset(known.union(file.name for file in event.files) - {""})


def called(event: FormSubmitted) -> str:
    """Give a name on one line."""
    return " ".join(event.name.split())
