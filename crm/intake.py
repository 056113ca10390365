"""What an event becomes: contact (found or made), interaction, task and clocks, all in one transaction.

Doing it twice does nothing: a request is known by its key. The same request sent again is linked to the first
and stays visible; a replayed item finds what it became and is read into it anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs
from sqlalchemy.orm import Session

from crm import (
    attachments,
    call_intake,
    chat_intake,
    consent_answers,
    conversations,
    deal_openings,
    distribution,
    found_calls,
    letter_intake,
    letters,
    order_intake,
    orders,
    payment_intake,
    pushed_calls,
    request_cards,
    request_words,
    rereading,
    setting_aside,
    sla,
    tasks,
    telling,
)
from crm.contacts import Contact
from crm.conversations import Answers, Interaction
from crm.deal_openings import Request
from crm.mailing_lists import label_of
from crm.request_cards import Card
from crm.request_words import recognised
from crm.setup import Setup, setup
from crm.tasks import Task
from hub.bus import Audience
from hub.channels import LiveChannel
from hub.events import (
    CallChanged,
    CallFound,
    CallNews,
    CallsListed,
    ChatChanged,
    Event,
    Field,
    FormSubmitted,
    LetterReceived,
    MessageEdited,
    MessageFate,
    MessageReacted,
    MessageReceived,
    PaymentHeard,
)
from hub.journal import Inbound, Outcome
from hub.orders import Order
from hub.rows import insert
from hub.said import said
from hub.users import Department


def take(session: Session, item: Inbound, channel: LiveChannel, event: Event) -> Outcome:
    """Make records of one event and say what it became."""
    match event:
        case FormSubmitted():
            return _form(session, item, channel, event)
        case LetterReceived(form=FormSubmitted() as form):
            doubted = structs.replace(form, suspicion=event.suspicion)
            return _form(session, item, channel, doubted)
        case LetterReceived():
            return letter_intake.take(session, item, channel, event)
        case MessageReceived() | MessageEdited() | MessageReacted() | MessageFate() | ChatChanged():
            return chat_intake.take(session, item, channel, event)
        case PaymentHeard():
            return payment_intake.take(session, item, channel, event)
        case _:
            return _call(session, item, channel, event)


def _call(
    session: Session,
    item: Inbound,
    channel: LiveChannel,
    event: CallChanged | CallsListed | CallFound | CallNews,
) -> Outcome:
    match event:
        case CallFound():
            return found_calls.take(session, item, channel, event)
        case CallNews():
            return pushed_calls.take(session, item, channel, event)
        case _:
            return call_intake.take(session, item, channel, event)


def _form(session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted) -> Outcome:
    keys = conversations.request_keys(event.key, event.repeats_within, item.received_at)
    known = conversations.find_request(session, channel.id, keys, event.repeats_within, item.received_at)
    if known is None and channel.kind == letters.KIND:
        known = letters.find(session, event.key)
    if known is None and item.became_path is not None:
        known = conversations.find_replayed(session, item)
    if event.order is not None:
        return _order(session, item, channel, event, known, event.order, keys[0])
    if known is None:
        return _new(session, item, channel, event, keys[0])
    path = f"/contacts/{known.contact_id}"
    if known.inbound_id == item.id:
        _read_anew(session, known, event)
        added = rereading.onto_card(session, known.contact_id, event, recognised(event))
        became = (
            said("read again: %(what)s", what=list(added)) if added else item.became or said("read again")
        )
        return Outcome(became, path, checks=item.checks or ())
    contact = session.get_one(Contact, known.contact_id)
    telling.look_again(session, contact.id, tasks.audience_of(contact.responsible_id, contact.department_id))
    return Outcome(said("the same request, sent again"), path, duplicate_of=known.inbound_id)


def _order(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, known: Interaction | None,
    order: Order, key: str,
) -> Outcome:  # fmt: skip
    """Take what a shop says that somebody ordered, be it for the first time or because it changed."""
    if known is None and item.became_path is not None:  # replayed, and read otherwise by now
        known = _told_by(session, item)
    if known is None and order_intake.is_nothing(order):
        return Outcome(said("order %(number)s was gone before it was heard of here", number=order.number))
    if known is None:
        return _new(session, item, channel, event, key)
    heard = order_intake.hear(session, item, known, key, order)
    if heard.read_anew:
        _read_anew(session, known, event)
    known.summary = order_intake.summary(heard.order)
    if heard.asks:
        state, contact = setup(session), session.get_one(Contact, known.contact_id)
        _task(session, item, state, event, contact.responsible_id, state.department(event.department),
              title=order_intake.title(order, contact.name), contact_id=contact.id, interaction_id=known.id,
              why=request_words.why(session, event, channel))  # fmt: skip
    return heard.outcome


def _told_by(session: Session, item: Inbound) -> Interaction | None:
    version = orders.version_by(session, item.id)
    return session.get_one(Interaction, version.interaction_id) if version is not None else None


def _new(session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, key: str) -> Outcome:
    """Make something of a request that is not known, unless the rules against spam have it wait for a person."""
    verdict = setting_aside.judge(session, item, event)
    if verdict.aside:
        return verdict.outcome()
    if event.order or (event.guard and not event.guard.sets_aside):
        noted = [words for words in verdict.doubts if words not in event.remarks]
        event = structs.replace(event, remarks=(*event.remarks, *noted))
    return _request(session, item, channel, event, key)._replace(checks=verdict.checks)


def _request(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, key: str
) -> Outcome:
    state = setup(session)
    department = state.department(event.department)
    card = request_cards.card_of(session, item, channel, event, state, department)
    card = card._replace(remarks=(*card.remarks, *distribution.misdirected(event.department, department)))
    interaction_id = _interaction(session, item, channel, event, card, key)
    consent_answers.of_form(session, item, channel, event, interaction_id)
    name, path = card.name or said("A card without a name"), f"/contacts/{card.id}"
    own = tasks.audience_of(card.responsible_id, card.department_id)
    if event.order is not None and event.order.cancelled:
        telling.look_again(session, card.id, own)
        words = said("%(name)s: order %(number)s, cancelled", name=name, number=event.order.number)
        return Outcome(words, path)
    title = request_words.title(event, card.name, reachable=card.reachable)
    step = _came(session, item, channel, event, card, interaction_id)
    if step is not None:  # a process takes it from here: two tasks for one request would be one too many
        title, audience = step.title, tasks.audience(step)
    else:
        audience = _task(
            session, item, state, event, card.responsible_id, department, title=title, contact_id=card.id,
            interaction_id=interaction_id, why=request_words.why(session, event, channel),
        )  # fmt: skip
    telling.look_again(session, card.id, own, audience)
    return Outcome(said("%(name)s, task “%(title)s”", name=name, title=title), path)


def _came(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, card: Card, interaction_id: int
) -> Task | None:  # fmt: skip
    """Tell what came, and give the first task of a process that began by it."""
    if event.order is not None or not card.reachable:
        return None
    words = request_words.summary(session, event)
    request = Request(card.id, interaction_id, words, channel.name, channel.title, item.received_at)
    return deal_openings.came(session, request, "form submitted")


def _task(
    session: Session, item: Inbound, state: Setup, event: FormSubmitted, responsible_id: int | None,
    department: Department | None, **values: object,
) -> Audience:  # fmt: skip
    """Make the task with its clocks, and tell who may hear of it."""
    choice = distribution.choose(session, department, responsible_id, item.received_at)
    department_id = department.id if department else None
    task_id = tasks.add_task(
        session, kind=_kind(event), department_id=department_id, assignee_id=choice.user_id, why_me=choice.why,
        created_at=item.received_at, **values,
    )  # fmt: skip
    kind = order_intake.promised_as(state, department_id) if event.order else "form"
    sla.promise(session, state, task_id, kind, department_id, item.received_at)
    return tasks.audience_of(choice.user_id, department_id)


def _interaction(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, card: Card, key: str
) -> int:
    interaction_id = insert(
        session, Interaction, contact_id=card.id, conversation_id=card.conversation_id, channel_id=channel.id,
        inbound_id=item.id, key=key, kind=_kind(event), direction="in", at=item.received_at,
        summary=request_words.summary(session, event), text=event.message, fields=_pairs(event.fields),
        origin=_pairs(event.origin), remarks=[*event.remarks, *card.remarks],
    )  # fmt: skip
    attachments.add_files(session, interaction_id, event.files)
    if event.order is not None:
        orders.keep(session, interaction_id, item.id, item.received_at, event.order)
    return interaction_id


def _read_anew(session: Session, known: Interaction, event: FormSubmitted) -> None:
    """Keep what a replayed item says now on the interaction that it became then."""
    known.summary, known.text = request_words.summary(session, event), event.message
    known.fields, known.origin = _pairs(event.fields), _pairs(event.origin)


def _kind(event: FormSubmitted) -> str:
    return "form" if event.order is None else orders.KIND


def _pairs(answers: Sequence[Field]) -> Answers:
    """Give answers as they stand on the card."""
    return [{"label": label_of(answer), "value": answer.value} for answer in answers]
