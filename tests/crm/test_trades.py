"""Each trade comes whole, in both languages, on both stores, and its process is walked from begin to end."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import (
    computed,
    desk,
    process_diagrams,
    process_faults,
    processes,
    run_moves,
    run_steps,
    run_wishes,
    runs,
    trade_files,
    trade_words,
    trades,
)
from crm.company_file import CompanyFile, DepartmentFile
from crm.contacts import Contact, Organisation, add_contact, add_handles
from crm.deal_line_changes import Line, set_lines
from crm.deals import Deal
from crm.desk import Refusal
from crm.fields import CustomField
from crm.letter_templates import LetterTemplate
from crm.pipelines import LostReason, Pipeline, Stage, pipelines, stages_of
from crm.process_elements import Answer, Node
from crm.processes import Process, ProcessVersion
from crm.ready_documents import READY
from crm.runs import Run, RunStep
from crm.tasks import Task
from crm.web import rooms  # noqa: F401 - every table is known
from crm.web.document_making import DocumentMaker
from crm.web.run_work import Errands
from hub.audit import Entry
from hub.blobs import Blobs
from hub.clock import Clock, now
from hub.db import Database
from hub.papers import Papers
from hub.rows import insert
from hub.settings import default_file, load
from hub.users import Department, Viewer, find_user, viewer
from tests.crm.klarruta import COMPANY, Klarruta
from tests.crm.mailbox import Mailbox

KEYS = ("bank", "beauty", "estate", "transport", "travel", "wholesale", "windows")
EACH = [(key, language) for key in KEYS for language in trade_words.LANGUAGES]
# The answers by which a process comes to its good end; others say yes to everything, and no harm came to anything.
GOOD = {"damage": ("none", "inga")}
BROUGHT = (Department, CustomField, Pipeline, Stage, LostReason, LetterTemplate, Process, ProcessVersion)


@pytest.fixture
async def errands(firm: Klarruta, tmp_path: Path) -> AsyncIterator[Errands]:
    """Give whoever makes the documents and writes the letters of runs, with a mailbox to write from."""
    await Mailbox(firm).open()
    papers = Papers()
    yield Errands(firm.db, DocumentMaker(firm.db, Blobs(tmp_path / "blobs"), papers))
    await papers.close()


async def carried_out(firm: Klarruta, errands: Errands) -> None:
    """Have done what runs wish for now."""
    for _number, wish_id in await firm.db.read(run_wishes.take, now(), 10):
        await errands.do(wish_id)


def boss(session: Session) -> Viewer:
    """Give who brings trades."""
    return viewer(find_user(session, "maria@klarruta.example"))


def counts(session: Session) -> Mapping[str, int]:
    """Give how many there are of everything that a trade brings."""
    return {kind.__name__: session.scalar(select(func.count()).select_from(kind)) or 0 for kind in BROUGHT}


def test_there_are_seven_trades() -> None:
    assert tuple(trade_files.every()) == KEYS


@pytest.mark.parametrize(("key", "language"), EACH)
async def test_a_trade_comes_whole_and_its_process_is_walked(
    firm: Klarruta, clock: Clock, errands: Errands, key: str, language: str
) -> None:
    of = trade_files.ready(key, language)
    items = await firm.do(lambda session: trades.bring(session, boss(session), of))
    assert not [item for item in items if item.there]
    after = await firm.db.read(lambda session: trades.listed(session, of))
    assert [item for item in after if not item.there] == []
    assert await firm.db.read(lambda session: trades.is_published(session, of))
    run_id = await firm.do(begin, key=key, language=language)
    walked: Counter[str] = Counter()
    for _step in range(60):
        told = await firm.do(step)
        await carried_out(firm, errands)
        walked.update(told)
        run = await firm.db.read(lambda session: session.get_one(Run, run_id))
        assert not run.stuck, run.stuck
        if run.ended_at is not None:
            break
        await wait(firm, clock, run)
    assert run.ended_at is not None
    assert sum(walked.values()) >= 4
    won = await firm.db.read(lambda session: session.scalars(select(Deal)).one().won_at)
    assert won is not None


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("key", KEYS)
async def test_whatever_is_answered_it_comes_to_an_end(
    firm: Klarruta, clock: Clock, errands: Errands, key: str
) -> None:
    of = trade_files.ready(key, "en")
    await firm.do(lambda session: trades.bring(session, boss(session), of))
    run_id = await firm.do(begin, key=key, language="en")
    dice = Random(key)  # noqa: S311 - no secret
    for _step in range(200):
        await firm.do(step, dice)
        await carried_out(firm, errands)
        run = await firm.db.read(lambda session: session.get_one(Run, run_id))
        assert not run.stuck, run.stuck
        if run.ended_at is not None:
            break
        await wait(firm, clock, run, dice)
    assert run.ended_at is not None


async def wait(firm: Klarruta, clock: Clock, run: Run, dice: Random | None = None) -> None:
    """Have the time be there, or happen what the run waits for."""
    if run.waits_for and (run.due_at is None or dice is None or dice.random() < 0.5):
        await firm.do(lambda session: run_moves.hear(session, run.waits_for[0], deal_id=run.deal_id))
    elif run.due_at is not None:
        clock.advance(seconds=max(1.0, (run.due_at - now()).total_seconds() + 1))
        await firm.do(lambda session: run_moves.fire(session, run.id))


def begin(session: Session, key: str, language: str) -> int:
    """Begin the trade's process for a deal in its pipeline."""
    name = trade_files.ready(key, language).trade.pipeline.name
    pipeline = next(each for each in pipelines(session) if each.name == name)
    stage = stages_of(session, [pipeline.id])[pipeline.id][0]
    contact_id = add_contact(session, "Karin Ekdahl")
    add_handles(session, contact_id, [("phone", "+46701234567"), ("mail", "karin@ekdahl.example")])
    deal = Deal(title="Karin's", contact_id=contact_id, pipeline_id=pipeline.id, stage_id=stage.id, currency="SEK",
                responsible_id=boss(session).user_id)  # fmt: skip
    session.add(deal)
    session.flush()
    version = session.scalars(select(ProcessVersion)).one()
    return run_moves.start(session, version, deal=deal, contact_id=contact_id, by=None).id


def step(session: Session, dice: Random | None = None) -> list[str]:
    """Do every step that is open, and give their names."""
    done = []
    for task in session.scalars(select(Task).where(Task.kind == runs.TASK_KIND, Task.done_at.is_(None))):
        fields = run_steps.form_of(session, task)
        given = {field.name: answer(field, dice) for field in fields}
        try:
            with session.begin_nested():
                desk.complete(session, boss(session), task, answers=given)
        except Refusal as refused:
            write_lines(session, refused)
            desk.complete(session, boss(session), task, answers=given)
        done.append(str(task.title).partition(":")[0])
    return done


def write_lines(session: Session, refused: Refusal) -> None:
    """Say what is sold and to which company, which no form asks for: the pages of the deal and of the card do."""
    assert "Not before this is filled in" in str(refused)
    deal = session.scalars(select(Deal)).one()
    contact = session.get_one(Contact, deal.contact_id)
    contact.organisation_id = insert(session, Organisation, name="Ekdahl AB")
    set_lines(session, boss(session), deal, [Line(name="Everything", price=100_00)])


def answer(field: Answer, dice: Random | None = None) -> object:
    """Fill in one field, well or as the dice fall."""
    if field.kind == "choice" and dice is not None:
        return dice.choice(field.choices)
    if field.kind == "choice":
        return next((each for each in field.choices if each in GOOD.get(field.name, ())), field.choices[0])
    if field.kind == "day":
        return (now() + timedelta(days=10)).date().isoformat()
    return {"text": "Storgatan 1", "yes": "yes"}.get(field.kind, str(int(field.least or 4)))


@pytest.mark.parametrize(("key", "language"), EACH)
def test_its_diagram_is_without_faults_and_says_the_same_in_each_language(key: str, language: str) -> None:
    of = trade_files.ready(key, language)
    diagram = process_diagrams.read(of.diagram)
    english = process_diagrams.read(trade_files.ready(key, "en").diagram)
    assert process_faults.faults(diagram) == []
    assert (list(diagram.nodes), list(diagram.flows)) == (list(english.nodes), list(english.flows))
    places = {each.name for each in of.trade.departments}
    stages = {each.name for each in of.trade.pipeline.stages}
    for node in diagram.nodes.values():
        assert not _department(node) or _department(node) in places
        assert not (node.deed and node.deed.kind == "stage") or node.deed.name in stages
    asked = {f"deal:{name}" for name in diagram.asked}
    required = {key for stage in of.trade.pipeline.stages for key in stage.required}
    assert {each for each in required if each.startswith("deal:")} <= asked
    assert set(of.trade.documents) <= {each.key for each in READY}


def _department(node: Node) -> str:
    kind, _colon, name = (node.work.who if node.work else "").partition(":")
    return name if kind == "department" else ""


@pytest.mark.parametrize("key", KEYS)
def test_everything_that_people_read_is_said_in_swedish(key: str) -> None:
    english = load(default_file(f"trades/{key}/trade.toml"), trade_files.Trade)
    raw = default_file(english.process or f"trades/{key}/process.bpmn").read_bytes()
    said = trade_words.dictionary(key, "sv")
    wanted = trade_words.texts_of(raw) | {english.name, english.about, english.pipeline.name}
    wanted |= {
        *english.lost_reasons,
        *(each.name for each in (*english.pipeline.stages, *english.departments)),
    }
    wanted |= {text for field in english.fields for text in (field.label, field.heading, *field.choices)}
    assert sorted(wanted - said.keys() - {""}) == []


@pytest.mark.parametrize("key", KEYS)
async def test_brought_twice_nothing_is_doubled(firm: Klarruta, key: str) -> None:
    of = trade_files.ready(key, "en")
    await firm.do(lambda session: trades.bring(session, boss(session), of))
    before = await firm.db.read(counts)
    again = await firm.do(lambda session: trades.bring(session, boss(session), of))
    assert all(item.there for item in again)
    assert await firm.db.read(counts) == before


async def test_what_the_company_has_stays_as_it_is(firm: Klarruta) -> None:
    of = trade_files.ready("windows", "en")

    def have(session: Session) -> None:
        session.add(
            CustomField(name="site", label="Address", kind="text", choices=[], aliases=[], position=0)
        )
        session.add(LostReason(name="Too dear", position=0))

    await firm.do(have)
    items = await firm.do(lambda session: trades.bring(session, boss(session), of))
    assert [(item.kind, item.name) for item in items if item.there] == [
        ("Field", "Address"), ("Lost reason", "Too dear"),
    ]  # fmt: skip
    stages = await firm.db.read(lambda session: session.scalars(select(Stage)).all())
    assert {"phone", "contact:site"} in [set(stage.required) for stage in stages]


async def test_a_pipeline_that_lacks_a_stage_leaves_the_process_a_draft(firm: Klarruta) -> None:
    of = trade_files.ready("bank", "en")

    def have(session: Session) -> None:
        session.add(Pipeline(name="Loans", position=1))

    await firm.do(have)
    await firm.do(lambda session: trades.bring(session, boss(session), of))
    assert not await firm.db.read(lambda session: trades.is_published(session, of))
    process = await firm.db.read(lambda session: session.scalars(select(Process)).one())
    assert process.name == "A loan"


async def test_what_fails_in_the_middle_leaves_nothing(
    firm: Klarruta, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = trade_files.ready("beauty", "sv")
    before = await firm.db.read(counts)

    def fail(*_args: object) -> None:
        raise Refusal("no more")

    monkeypatch.setattr(processes, "make", fail)
    with pytest.raises(Refusal):
        await firm.do(lambda session: trades.bring(session, boss(session), of))
    assert await firm.db.read(counts) == before


async def test_everything_that_came_stands_in_the_audit(firm: Klarruta) -> None:
    await firm.do(lambda session: trades.bring(session, boss(session), trade_files.ready("travel", "en")))
    kinds = await firm.db.read(lambda session: set(session.scalars(select(Entry.kind))))
    assert {"department", "field", "pipeline", "lost_reason", "letter_template", "process"} <= kinds


async def test_an_empty_store_begins_with_the_trade_of_its_file(db: Database) -> None:
    file = CompanyFile(
        name="Salong Björk", country="SE", zone="Europe/Stockholm", currency="SEK", trade="beauty", language="sv",
        departments=(DepartmentFile("Reception"),),
    )  # fmt: skip
    assert await db.write(trades.found, file)
    assert not await db.write(trades.found, file)
    names = await db.read(lambda session: [each.name for each in pipelines(session)])
    fields = await db.read(
        lambda session: {each.label: each for each in session.scalars(select(CustomField))}
    )
    assert names == ["Besök"]
    assert (fields["Genomsnittlig nota"].unit, fields["Genomsnittlig nota"].kind) == ("SEK", "computed")
    assert await db.read(lambda session: session.scalar(select(func.count()).select_from(RunStep))) == 0


async def test_a_trade_that_there_is_not_is_named(db: Database) -> None:
    wrong = CompanyFile(name="X", country="SE", zone="Europe/Stockholm", trade="witchcraft")
    with pytest.raises(ValueError, match="There is no trade “witchcraft”"):
        await db.write(trades.found, wrong)
    assert COMPANY.trade == ""
    with pytest.raises(Refusal):
        trade_files.ready("../../etc", "en")
    with pytest.raises(Refusal):
        trade_files.ready("bank", "de")


async def test_a_salon_sees_how_often_a_client_comes_and_what_she_pays(firm: Klarruta) -> None:
    await firm.do(lambda session: trades.bring(session, boss(session), trade_files.ready("beauty", "en")))

    def visit(session: Session) -> int:
        contact_id = add_contact(session, "Karin Ekdahl")
        pipeline = pipelines(session)[0]
        stage = stages_of(session, [pipeline.id])[pipeline.id][-2]
        bills = ((500, 400_00, "EUR"), (200, 600_00, "EUR"), (40, 800_50, "EUR"), (30, 9_000_00, "USD"))
        for days, value, currency in bills:
            session.add(
                Deal(title="Haircut", contact_id=contact_id, pipeline_id=pipeline.id, stage_id=stage.id, value=value,
                     currency=currency, won_at=now() - timedelta(days=days))
            )  # fmt: skip
        session.add(
            Deal(
                title="Nails",
                contact_id=contact_id,
                pipeline_id=pipeline.id,
                stage_id=stage.id,
                value=1,
                currency="EUR",
            )
        )
        return contact_id

    contact_id = await firm.do(visit)

    def look(session: Session) -> Mapping[str, object]:
        contact = session.get_one(Contact, contact_id)
        values = computed.values(session, boss(session), [contact])[contact_id]
        return {name: value.value for name, value in values.items()}

    assert await firm.db.read(look) == {
        "visits_last_year": 3, "days_between_visits": 125, "average_bill": 450.12,
    }  # fmt: skip
