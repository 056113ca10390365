"""What a process tells a program of others: which deal, with whom, and what was answered so far."""

from __future__ import annotations

from babel.numbers import get_currency_precision
from msgspec import json
from sqlalchemy.orm import Session

from crm import processes, web_hooks
from crm.contacts import Contact, handles_of
from crm.deals import Deal
from crm.pipelines import Stage
from crm.process_elements import Deed
from crm.refusals import Refusal
from crm.run_answers import from_document
from crm.run_wishes import RunWish
from crm.runs import Run
from hub.calling_out import Parcel
from hub.said import said


def parcel(session: Session, wish_id: int) -> Parcel | None:
    """Give what a wish is to post; None where it is none, or over. Refusal says why it cannot be."""
    found = session.get(RunWish, wish_id)
    if found is None or found.due_at is None or found.kind != "hook":
        return None
    run = session.get_one(Run, found.run_id)
    diagram = processes.plan_of(session, run.version_id, run.plan).diagram
    node = diagram.nodes[found.element]
    deed = node.deed or Deed(kind=found.kind)
    hook = web_hooks.named(session, deed.name)
    if hook is None:
        raise Refusal(said("there is no web hook “%(missing)s”", missing=deed.name))
    body = {
        "delivery": found.key, "hook": hook.name, "step": node.called, "run": run.id,
        "process": processes.name_of(session, run.version_id, diagram),
        "words": deed.text, "at": found.made_at, "deal": _deal(session, run), "contact": _contact(session, run),
        "answers": {name: from_document(value) for name, value in run.data.items()},
    }  # fmt: skip
    return Parcel(url=hook.url, body=json.encode(body), secret=hook.secret, key=found.key, inside=hook.inside)


def _deal(session: Session, run: Run) -> dict[str, object] | None:
    if run.deal_id is None:
        return None
    deal = session.get_one(Deal, run.deal_id)
    return {
        "id": deal.id, "title": deal.title, "stage": session.get_one(Stage, deal.stage_id).name,
        "value": deal.value / 10 ** get_currency_precision(deal.currency), "currency": deal.currency,
        "expected_on": deal.expected_on,
    }  # fmt: skip


def _contact(session: Session, run: Run) -> dict[str, object]:
    contact = session.get_one(Contact, run.contact_id)
    handles = handles_of(session, [contact.id])[contact.id]
    return {
        "id": contact.id, "name": contact.name,
        "handles": [{"kind": each.kind, "value": each.value} for each in handles],
    }  # fmt: skip
