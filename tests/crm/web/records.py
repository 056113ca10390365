"""Records of every kind for the matrix of rights: one's own, one's department's, and foreign ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    appointment_deeds,
    campaign_contents,
    campaign_starts,
    campaign_trial_changes,
    consent_taking,
    document_trials,
    invoice_making,
    letter_drafts,
    letter_templates,
    letter_writing,
    paying,
    processes,
    regroupings,
    relations,
    run_moves,
    segment_changes,
    sequence_changes,
    signings,
    statement_import,
    suppressions,
    tags,
    web_hooks,
)
from crm.alarms import Alarm
from crm.appointment_changes import Plan
from crm.attachments import Attachment
from crm.bank_statements import BankEntry
from crm.blocked import BlockedSender
from crm.bulk import Deed
from crm.calendars import Absence
from crm.call_results import CallResult
from crm.call_sheets import CallSheet
from crm.caller_lists import ListedCaller
from crm.calls import Call
from crm.contacts import MAIL, PHONE, Contact, add_contact
from crm.contacts import organisation as find_organisation
from crm.conversations import Conversation, Interaction, open_conversation
from crm.deadlines import Deadline
from crm.deal_lines import DealLine
from crm.deals import Deal, DealMove, DealPart
from crm.dial_lists import DialList, DialPerson
from crm.documents import DealDocument, DocumentTemplate, add_version
from crm.duplicates import Pair
from crm.fields import CustomField
from crm.handover_items import Handover
from crm.invoices import Invoice
from crm.letter_drafts import Draft
from crm.letter_templates import Wording
from crm.mailing_lists import MailingList
from crm.mentions import Mention
from crm.merging import merge
from crm.paying import Money
from crm.pipelines import LostReason, Pipeline, Stage
from crm.policies import Policy
from crm.processes import Process
from crm.products import Product
from crm.recordings import Recording, Remark
from crm.relations import RelationKind
from crm.saved_searches import SavedSearch
from crm.sendings import Wanted
from crm.sequences import SequencePerson, Step
from crm.setup import setup
from crm.sla import promise
from crm.tasks import add_task
from crm.views import View
from hub import audit
from hub.blobs import digest
from hub.channels import Channel
from hub.clock import now
from hub.journal import Inbound
from hub.letters import Address, Enclosure
from hub.signin import SignIn, start
from hub.users import Department, User, Viewer, viewer
from tests.crm import drawing
from tests.crm.chat_room import SAID, answered, channel_of, chat_with

Owner = Literal["own", "department", "foreign"]
OWNERS: tuple[Owner, ...] = get_args(Owner)
Make = Callable[[Session, User, Owner], int]

CONTENT = b"%PDF-1.7 a plan"  # the file that every request brings

numbers = count(1)


def sees(viewer: Viewer, owner: Owner, kind: str = "") -> bool:
    """Say by the rule of the house, in words of its own, who sees whose records."""
    if kind == "sign-ins":
        return owner == "own" or viewer.role == "admin"
    if kind in PRIVATE:
        return owner == "own"
    if kind in DONE:
        return owner == "own" or viewer.role in {"manager", "admin"}
    if kind in PERSONAL and viewer.role == "agent":
        return owner == "own"
    return viewer.role in {"manager", "admin"} or owner in {"own", "department"}


def contact(session: Session, user: User, owner: Owner) -> int:
    """Make somebody who can be told from all others."""
    person_id, department_id = _whose(session, user, owner)
    number = next(numbers)
    mine = "Utomstående" if owner == "foreign" else "Bekant"
    handles = [(PHONE, f"+4670{number:07}"), (MAIL, f"{mine.lower()}{number}@kund.example")]
    return add_contact(
        session, f"{mine} {number}", handles, department_id=department_id, responsible_id=person_id
    )


def task(session: Session, user: User, owner: Owner) -> int:
    """Make a task with a running promise, for a contact of the same owner."""
    person_id, department_id = _whose(session, user, owner)
    number = next(numbers)
    task_id = add_task(
        session, title=f"Ring {'utomstående' if owner == 'foreign' else 'bekant'} {number}", kind="form", why="",
        contact_id=contact(session, user, owner), department_id=department_id, assignee_id=person_id, created_at=now(),
    )  # fmt: skip
    promise(session, setup(session), task_id, "form", department_id, now())
    return task_id


def alarm(session: Session, user: User, owner: Owner) -> int:
    """Make an alarm of such a task; one's own is one that one was told of."""
    task_id = task(session, user, "foreign" if owner == "own" else owner)
    deadline_id = session.scalars(select(Deadline.id).where(Deadline.task_id == task_id)).first()
    told = user.id if owner == "own" else _other(session, user).id
    found = Alarm(deadline_id=deadline_id, task_id=task_id, user_id=told, step=0, late=True, why="")
    session.add(found)
    session.flush()
    return found.id


def conversation(session: Session, user: User, owner: Owner) -> int:
    """Make a conversation with such a contact, and a touch at its beginning and its end."""
    person_id, department_id = _whose(session, user, owner)
    contact_id = contact(session, user, owner)
    made = open_conversation(session, contact_id, 1, f"Window {next(numbers)}", now() - timedelta(hours=1))
    found = session.get_one(Conversation, made)
    found.assignee_id, found.department_id, found.waits_since = person_id, department_id, found.opened_at
    session.add_all(_touch(contact_id, made) for _each in range(2))
    session.flush()
    return made


def regrouping(session: Session, user: User, owner: Owner) -> int:
    """Make one of two such conversations."""
    into = session.get_one(Conversation, conversation(session, user, owner))
    gone = session.get_one(Conversation, conversation(session, user, owner))
    gone.contact_id = into.contact_id
    session.flush()
    done = regroupings.merge(session, viewer(user), gone, into)
    session.flush()
    return done.id


def _touch(contact_id: int, conversation_id: int) -> Interaction:
    return Interaction(
        contact_id=contact_id, conversation_id=conversation_id, kind="mail", direction="in", at=now(), summary="",
        text="", fields=[], origin=[], remarks=[],
    )  # fmt: skip


def interaction(session: Session, user: User, owner: Owner) -> int:
    """Make a request of such a contact."""
    made = Interaction(
        contact_id=contact(session, user, owner), kind="form", direction="in", at=now() - timedelta(hours=1),
        summary="", text="", fields=[], origin=[], remarks=[],
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def appointment(session: Session, user: User, owner: Owner) -> int:
    """Make a visit of such a person to such a contact, at an hour of its own."""
    who = user if owner == "own" else _other(session, user)
    if owner == "department":
        who = session.get_one(User, colleague(session, user, owner))
    plan = Plan(
        person_id=who.id, starts_at=now() + timedelta(hours=24 + next(numbers)), minutes=30, zone="UTC"
    )
    contact_id = contact(session, user, owner)
    return appointment_deeds.make(session, viewer(who), plan, contact_id=contact_id, name="Karin").id


def past_call(session: Session, user: User, owner: Owner) -> int:
    """Make a recorded call with such a contact: with the person himself, or with his department, which may hear it."""
    contact_id, (_person, department_id) = contact(session, user, owner), _whose(session, user, owner)
    user.extension = user.extension or f"7{user.id:03}"
    if owner == "department" and department_id:
        session.get_one(Department, department_id).recordings_heard_by = "department"
    made = Call(
        channel_id=1, key=f"past {next(numbers)}", number=1, contact_id=contact_id, department_id=department_id,
        direction="inbound", customer=None, written="", name="", withheld=False, dialled="", queue="", rang=[],
        ringing=[], talking=[], on_hold=False, holds=0, transfers=[], outcome="answered", ended_by="customer", cause=16,
        talks=[{"extension": user.extension, "seconds": 9.0}] if owner == "own" else [], recorded=True, recording="",
        own="", started_at=now(), ended_at=now(), gap=0.0,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(Recording(call_id=made.id, channel_id=1, name="talk.wav", ended_at=now()))
    session.flush()
    return made.id


def our_letter(session: Session, user: User, owner: Owner) -> int:
    """Make a letter of ours to such a contact, in the outbox; nobody sends it."""
    return letter_writing.write(session, viewer(user), _wanted(session, user, owner)).id


def chat_message(session: Session, user: User, owner: Owner) -> int:
    """Make a message of ours to such a contact in a chat, of which nobody knows whether it left."""
    channel_of(session, "viber").paused_at = None  # it has no settings, so that it listens and sends nothing
    chat = chat_with(session, "viber", "Ira", contact_id=contact(session, user, owner))
    ended = {"unknown_at": now(), "begun_at": now(), "error": "the line broke"}
    return answered(session, chat, "Hello", now(), left_at=None, remote_id=None, row=ended, command=SAID)


def chat_channel(session: Session, _user: User, _owner: Owner) -> int:
    """Make a channel of chats, if there is none."""
    return channel_of(session, "telegram").id


def web_chat(session: Session, _user: User, _owner: Owner) -> int:
    """Make a web chat, if there is none."""
    return channel_of(session, "webchat").id


def mention(session: Session, user: User, owner: Owner) -> int:
    """Make a note in which such a person is named."""
    made = Mention(interaction_id=interaction(session, user, owner), user_id=person(session, user, owner))
    session.add(made)
    session.flush()
    return made.id


def letter_template(session: Session, user: User, owner: Owner) -> int:
    """Make a template of such a person's department."""
    wording = Wording(name=f"Template {next(numbers)}", shortcut="", subject="", text="Hello",
                      department_id=own_department(session, user, owner))  # fmt: skip
    return letter_templates.make(session, viewer(user), wording).id


def draft(session: Session, user: User, owner: Owner) -> int:
    """Make a draft of such a person, to a contact of his department."""
    author = session.get_one(User, person(session, user, owner))
    return letter_drafts.begin(session, author.id, _wanted(session, author, "department")).id


def draft_file(session: Session, draft_id: int) -> int:
    """Give a draft its file."""
    file = Enclosure(name="plan.pdf", type="application/pdf", blob=digest(CONTENT), size=len(CONTENT))
    return letter_drafts.attach(session, session.get_one(Draft, draft_id), file).id


def _mailbox(session: Session) -> Channel:
    channel = session.scalar(select(Channel).where(Channel.kind == "mail"))
    if channel is None:
        settings = {"address": "office@klarruta.example"}
        channel = Channel(name="letters", title="Letters", kind="mail", settings=settings, paused_at=now())
        channel.token = f"t{next(numbers)}"
        session.add(channel)
        session.flush()
    return channel


def _wanted(session: Session, user: User, owner: Owner) -> Wanted:
    channel = _mailbox(session)
    return Wanted(contact_id=contact(session, user, owner), channel_id=channel.id, subject="An offer", body="Hello",
                  to=(Address("", f"k{next(numbers)}@kund.example"),))  # fmt: skip


def remark(session: Session, user: User, owner: Owner) -> int:
    """Make a remark on a recording by such a person."""
    call_id = past_call(session, user, owner)
    recording_id = session.scalars(select(Recording.id).where(Recording.call_id == call_id)).one()
    made = Remark(recording_id=recording_id, second=1.0, text="Here", by=person(session, user, owner))
    session.add(made)
    session.flush()
    return made.id


def file(session: Session, user: User, owner: Owner) -> int:
    """Make a file that came with such a request."""
    return attach(session, interaction(session, user, owner))


def attach(session: Session, interaction_id: int) -> int:
    """Give a request its file."""
    made = Attachment(interaction_id=interaction_id, name="plan.pdf", type="application/pdf", size=len(CONTENT),
                      blob=digest(CONTENT))  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def relate(session: Session, contact_id: int) -> int:
    """Give a contact a relation to somebody."""
    kind = session.get_one(RelationKind, 1)
    one = session.get_one(Contact, contact_id)
    other = session.get_one(Contact, add_contact(session, "Somebody"))
    return relations.relate(session, one, kind, other, turned=False).id


def enter(session: Session, contact_id: int) -> int:
    """Write down that somebody named a contact."""
    name = session.get_one(Contact, contact_id).name
    entry = audit.record(session, Viewer(None, "admin", None, "Ringback"), audit.CHANGED, "contact", contact_id,
                         changes={"name": ("Nobody", name)})  # fmt: skip
    session.flush()
    return entry.id


def deadline(session: Session, user: User, owner: Owner) -> int:
    """Make a promise on such a task."""
    return session.scalars(select(Deadline.id).where(Deadline.task_id == task(session, user, owner))).one()


def inbound(session: Session, _user: User, _owner: Owner) -> int:
    """Make an item of the journal that failed."""
    made = Inbound(channel_id=1, key=f"k{next(numbers)}", received_at=now(), headers={}, body=b"name=x", size=6,
                   failed_at=now())  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def doubtful(session: Session, channel_id: int) -> int:
    """Make an item of a channel that was set aside."""
    made = Inbound(channel_id=channel_id, key=f"k{next(numbers)}", received_at=now(), headers={}, body=b"name=x",
                   size=6, set_aside_at=now(), set_aside_why="too fast")  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def policy(session: Session, _user: User, _owner: Owner) -> int:
    """Make a promise of two hours."""
    made = Policy(name=f"Promise {next(numbers)}", position=99, kinds=["visit"], departments=[], steps=[],
                  target="resolution", seconds=7200, unseen_seconds=600)  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def colleague(session: Session, user: User, _owner: Owner) -> int:
    """Make a colleague."""
    number = next(numbers)
    made = User(email=f"kollega{number}@klarruta.example", name=f"Kollega {number}", role="agent",
                department_id=user.department_id)  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def deal(session: Session, user: User, owner: Owner) -> int:
    """Make a deal of such a person or department, with such a contact."""
    person_id, department_id = _whose(session, user, owner)
    stage = _stage(session)
    made = Deal(
        title=f"Deal {next(numbers)}", contact_id=contact(session, user, owner), pipeline_id=stage.pipeline_id,
        stage_id=stage.id, currency="SEK", responsible_id=person_id, department_id=department_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def _stage(session: Session) -> Stage:
    """Give the first stage of a pipeline, made where there is none."""
    found = session.scalars(select(Stage).order_by(Stage.id)).first()
    if found is None:
        session.add(Pipeline(name="Sale", position=0))
        session.flush()
        found = Stage(
            pipeline_id=1, name="Request", position=0, probability=0, ends="", required=[], stale_days=0
        )
        session.add(found)
        session.flush()
    return found


def pipeline(session: Session, _user: User, _owner: Owner) -> int:
    """Make a pipeline with a stage."""
    made = Pipeline(name=f"Pipeline {next(numbers)}", position=9)
    session.add(made)
    session.flush()
    session.add(
        Stage(
            pipeline_id=made.id, name="Request", position=0, probability=0, ends="", required=[], stale_days=0
        )
    )
    session.flush()
    return made.id


def deal_document(session: Session, user: User, owner: Owner) -> int:
    """Make a document of such a deal, with a link to sign it by."""
    found = session.get_one(Deal, deal(session, user, owner))
    template = session.get_one(DocumentTemplate, document_template(session, user, owner))
    version = add_version(session, None, template, digest(CONTENT))
    made = DealDocument(
        deal_id=found.id, contact_id=found.contact_id, version_id=version.id, series_id=template.series_id,
        number=f"D-{next(numbers)}", language="en", blob=digest(CONTENT), size=len(CONTENT), amount=100, currency="SEK",
    )  # fmt: skip
    session.add(made)
    session.flush()
    signings.ask(session, viewer(user), made)
    return made.id


def document_template(session: Session, _user: User, _owner: Owner) -> int:
    """Make a template of documents."""
    name = f"Template {next(numbers)}"
    return document_trials.make(session, audit.RINGBACK, name, "pdf", f"{name}-{{number}}").id


def trial(session: Session, template_id: int) -> int:
    """Bring something as the next version of a template."""
    found = session.get_one(DocumentTemplate, template_id)
    return document_trials.bring(session, audit.RINGBACK, found, "", digest(CONTENT)).id


def template_version(session: Session, template_id: int) -> int:
    """Give a template a version."""
    return add_version(session, None, session.get_one(DocumentTemplate, template_id), digest(CONTENT)).id


def stage(session: Session, user: User, owner: Owner) -> int:
    """Make a stage of a pipeline in which deals go on."""
    return _one_more_stage(session, pipeline(session, user, owner)).id


def lost_reason(session: Session, _user: User, _owner: Owner) -> int:
    """Make a reason for which deals are lost."""
    made = LostReason(name=f"Reason {next(numbers)}", position=9)
    session.add(made)
    session.flush()
    return made.id


def moved(session: Session, deal_id: int) -> int:
    """Have a deal have come from another stage."""
    row = session.get_one(Deal, deal_id)
    came = _one_more_stage(session, row.pipeline_id)
    made = DealMove(deal_id=deal_id, from_id=came.id, to_id=row.stage_id, at=now(), why="")
    session.add(made)
    session.flush()
    return made.id


def take_part(session: Session, deal_id: int) -> int:
    """Have somebody take part in a deal."""
    contact_id = add_contact(session, f"Architect {next(numbers)}", [])
    session.add(DealPart(deal_id=deal_id, contact_id=contact_id, role="Architect"))
    session.flush()
    return contact_id


def _one_more_stage(session: Session, pipeline_id: int) -> Stage:
    made = Stage(
        pipeline_id=pipeline_id, name=f"Stage {next(numbers)}", position=9, probability=0, ends="", required=[],
        stale_days=0,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def segment(session: Session, user: User, _owner: Owner) -> int:
    """Make a segment."""
    who = viewer(user)
    boss = Viewer(who.user_id, "manager", None, who.name)
    rule = {"what": "group", "of": "all", "rules": [{"what": "reached", "by": "mail"}]}
    return segment_changes.make(session, boss, f"Segment {next(numbers)}", rule).id


def web_hook(session: Session, user: User, _owner: Owner) -> int:
    """Name a program that processes tell of deals."""
    address = "https://books.klarruta.example/hook"
    return web_hooks.name_one(session, viewer(user), f"Books {next(numbers)}", address, inside=False).id


def mailing_list(session: Session, _user: User, _owner: Owner) -> int:
    """Make a mailing list."""
    row = MailingList(name=f"List {next(numbers)}", public=True, words="Yes, write to me.")
    session.add(row)
    session.flush()
    return row.id


def suppression(session: Session, _user: User, _owner: Owner) -> int:
    """Make an address that is not written to."""
    return suppressions.suppress(session, MAIL, f"gone{next(numbers)}@kund.example", suppressions.BOUNCED).id


def product(session: Session, _user: User, _owner: Owner) -> int:
    """Make something on the price list."""
    made = Product(code=f"P-{next(numbers)}", name="Window", unit="pc", price=100, currency="SEK", tax=2500)
    session.add(made)
    session.flush()
    return made.id


def person(session: Session, user: User, owner: Owner) -> int:
    """Give the person himself, or make a colleague of his department or of another."""
    if owner == "own":
        return user.id
    if owner == "department":
        return colleague(session, user, owner)
    return _other(session, user).id


def absence(session: Session, user: User, owner: Owner) -> int:
    """Make an absence of such a person."""
    made = Absence(user_id=person(session, user, owner), since=now() + timedelta(days=9),
                   until=now() + timedelta(days=10), why="")  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def handover(session: Session, user: User, owner: Owner) -> int:
    """Make a hand-over of what such a person had."""
    made = Handover(user_id=person(session, user, owner), why="")
    session.add(made)
    session.flush()
    return made.id


def saved_search(session: Session, user: User, owner: Owner) -> int:
    """Make a search that such a person keeps."""
    made = SavedSearch(user_id=person(session, user, owner), name=f"Search {next(numbers)}", asked="q=karin")
    session.add(made)
    session.flush()
    return made.id


def sign_in(session: Session, user: User, owner: Owner) -> int:
    """Make a sign-in of such a person."""
    start(session, person(session, user, owner), lasts=timedelta(days=1))
    session.flush()
    return session.scalars(select(SignIn.id).order_by(SignIn.id.desc())).first() or 0


def pair(session: Session, user: User, owner: Owner) -> int:
    """Make two such contacts of whom one asks whether he is the other."""
    first, second = contact(session, user, owner), contact(session, user, owner)
    session.get_one(Contact, second).maybe = [first]
    made = Pair(a_id=first, b_id=second, score=0.9, reasons=[{"kind": "asked", "one": "", "other": ""}])
    session.add(made)
    session.flush()
    return made.id


def merged(session: Session, user: User, owner: Owner) -> int:
    """Make one of two such contacts."""
    return merge(session, viewer(user), contact(session, user, owner), contact(session, user, owner)).id


def organisation(session: Session, user: User, owner: Owner) -> int:
    """Make an organisation in which such a contact works."""
    made = find_organisation(session, f"Brf {next(numbers)}")
    session.get_one(Contact, contact(session, user, owner)).organisation_id = made.id
    session.flush()
    return made.id


def view(session: Session, user: User, owner: Owner) -> int:
    """Make a view that such a person keeps for himself."""
    made = View(
        room="contacts", name=f"View {next(numbers)}", query="", owner_id=person(session, user, owner)
    )
    session.add(made)
    session.flush()
    return made.id


def deed(session: Session, user: User, owner: Owner) -> int:
    """Make a deed to many contacts by such a person."""
    made = Deed(by=person(session, user, owner), kind="give", words="", what={}, total=0)
    session.add(made)
    session.flush()
    return made.id


def department(session: Session, _user: User, _owner: Owner) -> int:
    """Make a department."""
    made = Department(name=f"Department {next(numbers)}", distribution="take")
    session.add(made)
    session.flush()
    return made.id


def own_department(session: Session, user: User, owner: Owner) -> int:
    """Give the department of such a person, for its calendar."""
    return (_other(session, user) if owner == "foreign" else user).department_id or 0


def call(session: Session, user: User, owner: Owner) -> int:
    """Make a call that such a person placed and that rings at his place."""
    person_id, department_id = _whose(session, user, owner)
    person = session.get_one(User, person_id) if person_id else _other(session, user)
    number = next(numbers)
    person.extension = person.extension or f"{number:03}"
    made = Call(
        channel_id=1, key=f"call {number}", number=1, department_id=department_id, direction="outbound",
        placed_by=person.id, customer=f"+4670{number:07}", written="", name="", withheld=False, dialled="", queue="",
        rang=[person.extension], ringing=[person.extension], talking=[], on_hold=False, talks=[], holds=0,
        transfers=[], recorded=False, recording="", own="", started_at=now(), gap=0,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(CallSheet(call_id=made.id, user_id=person.id, note="Twelve windows"))
    session.flush()
    return made.id


def call_result(session: Session, user: User, owner: Owner) -> int:
    """Make something that can come of a call of such a person's department."""
    number = next(numbers)
    made = CallResult(department_id=own_department(session, user, owner), words=f"Result {number}", key="9")
    session.add(made)
    session.flush()
    return made.id


def dial_list(session: Session, user: User, owner: Owner) -> int:
    """Make a dialling list of such a person's department."""
    made = DialList(
        name=f"List {next(numbers)}", department_id=own_department(session, user, owner), view="Everybody",
        calls_from="00:00", calls_until="23:59", most_tries=3, again_minutes=60,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def stopped(session: Session, list_id: int) -> int:
    """Put somebody of the department on such a list, who was taken off it."""
    listed = session.get_one(DialList, list_id)
    known = add_contact(session, f"Stopped {next(numbers)}", department_id=listed.department_id)
    made = DialPerson(
        list_id=list_id, contact_id=known, number="+46701740612", due_at=now(), stopped_at=now()
    )
    session.add(made)
    session.flush()
    return made.id


def dial_person(session: Session, user: User, owner: Owner) -> int:
    """Put somebody on such a list, whom such a person has."""
    holder = user if owner == "own" else _other(session, user)
    made = DialPerson(
        list_id=dial_list(session, user, owner), contact_id=contact(session, user, owner), number="+46701740612",
        due_at=now(), held_by=holder.id, held_until=now() + timedelta(minutes=10),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def field(session: Session, _user: User, _owner: Owner) -> int:
    """Make a custom field."""
    number = next(numbers)
    made = CustomField(name=f"field_{number}", label=f"Field {number}", kind="text", choices=[], aliases=[],
                       position=number)  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def tag(session: Session, _user: User, _owner: Owner) -> int:
    """Make a tag."""
    return tags.make(session, f"Tag {next(numbers)}").id


def listed_caller(session: Session, _user: User, _owner: Owner) -> int:
    """Put a number on the black list."""
    made = ListedCaller(number=f"+4671{next(numbers):07}", list="blocked", priority=0, why="")
    session.add(made)
    session.flush()
    return made.id


def blocked_sender(session: Session, _user: User, _owner: Owner) -> int:
    """Put a word on the block list."""
    made = BlockedSender(kind="word", value=f"casino {next(numbers)}")
    session.add(made)
    session.flush()
    return made.id


def relation_kind(session: Session, _user: User, _owner: Owner) -> int:
    """Make a kind of relations."""
    made = RelationKind(name=f"knows {next(numbers)}", other_name="is known")
    session.add(made)
    session.flush()
    return made.id


def mailbox(session: Session, _user: User, _owner: Owner) -> int:
    """Make a mailbox, if there is none."""
    return _mailbox(session).id


def mailed_form(session: Session, _user: User, _owner: Owner) -> int:
    """Make a letter that a website mailed."""
    body = b"From: site@klarruta.example\r\n\r\nKund: Karin\r\nNr: 070-174 06 05\r\nVad: Glas\r\n"
    made = Inbound(channel_id=_mailbox(session).id, key=f"k{next(numbers)}", received_at=now(), headers={}, body=body,
                   size=len(body), done_at=now())  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def website(_session: Session, _user: User, _owner: Owner) -> int:
    """Give the company's first channel."""
    return 1


PROCESS = drawing.drawn(drawing.start(), drawing.user("a", "Call"), drawing.end(), drawing.way("s a e"))


def campaign(session: Session, _user: User, _owner: Owner) -> int:
    """Make a campaign of two letters that are tried, from a mailbox."""
    start = campaign_starts.ready("letter")
    made = campaign_contents.begin(
        session, audit.RINGBACK, f"News {next(numbers)}", None, start, "https://hub.example"
    )
    made.channel_id = _mailbox(session).id
    campaign_trial_changes.add_letter(session, audit.RINGBACK, made, "https://hub.example")
    return made.id


def sequence(session: Session, user: User, owner: Owner) -> int:
    """Make a sequence of a letter and a wait, which can be turned on but for what its letter still lacks."""
    of = mailing_list(session, user, owner)
    made = sequence_changes.make(session, audit.RINGBACK, f"Welcome {next(numbers)}", of)
    start = campaign_starts.ready("letter")
    for step in (Step(kind="letter"), Step(kind="wait", wait="1 day")):
        sequence_changes.add(session, audit.RINGBACK, made, step, start, "https://hub.example")
    return made.id


def in_sequence(session: Session, user: User, owner: Owner) -> int:
    """Put a contact into a sequence."""
    return join_sequence(session, sequence(session, user, owner))


def join_sequence(session: Session, sequence_id: int) -> int:
    """Have somebody be in a sequence."""
    made = SequencePerson(
        sequence_id=sequence_id, address=f"anna-{next(numbers)}@nyman.example",
        contact_id=add_contact(session, "Anna Nyman"), why="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def process(session: Session, _user: User, _owner: Owner) -> int:
    """Make a process with a version."""
    made = processes.make(session, audit.RINGBACK, f"Process {next(numbers)}", PROCESS.encode())
    processes.publish(session, audit.RINGBACK, made)
    return made.id


def run(session: Session, user: User, owner: Owner) -> int:
    """Begin a process for a contact."""
    made = session.get_one(Process, process(session, user, owner))
    version = processes.publish(session, audit.RINGBACK, made)
    return run_moves.start(session, version, deal=None, contact_id=contact(session, user, owner), by=None).id


def invoice(session: Session, user: User, owner: Owner) -> int:
    """Write an invoice of a deal."""
    of = session.get_one(Deal, deal(session, user, owner))
    session.add(DealLine(deal_id=of.id, position=0, name="Window", price=100_000, tax=2500))
    session.flush()
    return invoice_making.draft(session, audit.RINGBACK, of, invoice_making.Wanted()).id


def payment(session: Session, user: User, owner: Owner) -> int:
    """Take money for an invoice, and more than it asks for."""
    paid = invoice_making.issue(
        session, audit.RINGBACK, session.get_one(Invoice, invoice(session, user, owner))
    )
    came = Money(amount=paid.amount + 500, currency=paid.currency, paid_on=now().date())
    return paying.receive(session, audit.RINGBACK, came, {paid.id: paid.amount}).id


def bank_statement(session: Session, _user: User, _owner: Owner) -> int:
    """Read a statement of the bank."""
    data = f"Datum;Belopp;Text\n2026-11-2{next(numbers) % 10};{next(numbers)};Glas\n".encode()
    return statement_import.take(
        session, audit.RINGBACK, statement_import.understood(data, "november.csv", "SEK")
    )[0].id


def consent_file(session: Session, user: User, owner: Owner) -> int:
    """Lay a file of addresses aside for a list."""
    of = session.get_one(MailingList, mailing_list(session, user, owner))
    stated = consent_taking.Stated("consent", "At a fair, on paper", "fair.csv")
    return consent_taking.lay_aside(session, audit.RINGBACK, of, 1, stated).id


def bank_entry(session: Session, user: User, owner: Owner) -> int:
    """Give an entry of the bank."""
    of = bank_statement(session, user, owner)
    return session.scalars(select(BankEntry.id).where(BankEntry.statement_id == of)).one()


# Whose records are whose, by kind; those that belong to nobody are open to whoever has the page's role.
OWNED: Mapping[str, Make] = {
    "contacts": contact, "tasks": task, "alarms": alarm, "interactions": interaction, "files": file,
    "deadlines": deadline, "people": person, "absences": absence, "handovers": handover, "sign-ins": sign_in,
    "saved": saved_search,
    "duplicates": pair, "merges": merged, "organisations": organisation, "views": view, "deeds": deed,
    "department": own_department, "person": person, "calls": past_call, "recording-remarks": remark,
    "popups": call, "call-guides": own_department, "call-results": call_result,
    "dial-lists": dial_list, "dial-people": dial_person, "inbox": conversation, "regroupings": regrouping,
    "letters": our_letter, "drafts": draft, "messages": our_letter, "conversations": conversation,
    "chat-messages": chat_message, "runs": run,
    "letter-templates": letter_template, "signatures": own_department, "mentions": mention,
    "deals": deal, "documents": deal_document, "visits": appointment, "appointments": appointment, "invoices": invoice,
}  # fmt: skip
# What stands in an address beside the record, and belongs to it.
BESIDE: Mapping[str, Callable[[Session, int], int]] = {
    "attachment": attach, "relation": relate, "change": enter, "person": stopped,
    "file": draft_file, "item": doubtful, "move": moved, "part": take_part,
    "trial": trial, "version": template_version, "member": join_sequence,
}  # fmt: skip
# What belongs to a person and not to his department's work: colleagues do not see it.
PERSONAL = ("people", "absences", "handovers", "sign-ins")
# … nor does anybody else.
PRIVATE = ("saved", "views", "recording-remarks", "popups", "dial-people", "drafts", "mentions")
# What a person did to many: his own, and every deed for those who see all.
DONE = ("deeds",)
COMMON: Mapping[str, Make] = {
    "journal": inbound, "policies": policy, "users": colleague, "forms": website, "channels": website,
    "form-builder": website, "mail-forms": mailbox, "mailed-forms": mailed_form,
    "departments": department, "first-answers": chat_channel, "web-chats": web_chat,
    "fields": field, "tags": tag, "relation-kinds": relation_kind,
    "processes": process, "callers": listed_caller, "blocked": blocked_sender, "blocked-senders": blocked_sender,
    "mailing-lists": mailing_list, "consent-files": consent_file, "suppressions": suppression,
    "pipelines": pipeline, "products": product, "segments": segment, "stages": stage, "lost-reasons": lost_reason,
    "document-templates": document_template,
    "campaigns": campaign, "sequences": sequence, "sequence-people": in_sequence,
    "paces": mailbox, "web-hooks": web_hook,
    "payments": payment, "bank-entries": bank_entry, "bank-statements": bank_statement,
}  # fmt: skip


def _whose(session: Session, user: User, owner: Owner) -> tuple[int | None, int | None]:
    """Give the person and the department that a record belongs to."""
    if owner == "own":
        return user.id, None
    if owner == "department":
        return None, user.department_id
    other = _other(session, user)
    return other.id, other.department_id


def _other(session: Session, user: User) -> User:
    """Give a colleague of another department."""
    found = session.scalar(select(User).where(User.email == "ines@klarruta.example"))
    if found is None:
        department = session.scalar(select(Department).where(Department.id != (user.department_id or 0)))
        found = User(email="ines@klarruta.example", name="Ines Holm", role="agent",
                     department_id=department.id if department else None)  # fmt: skip
        session.add(found)
        session.flush()
    return found
