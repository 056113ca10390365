"""Ready for trades: what a window shop, a salon or a bank begins with, brought whole or not at all.

A trade is a folder of config/trades: trade.toml, process.bpmn and its words in other languages. What the company has by
the same name already stays as it is, and is told; brought a second time, a trade brings nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    computed,
    departments,
    field_changes,
    letter_templates,
    pipeline_changes,
    pipeline_file,
    process_diagrams,
    processes,
)
from crm.company_file import CompanyFile, seed
from crm.desk import Refusal
from crm.fields import COMPUTED, CustomField, fold
from crm.letter_templates import LetterTemplate, Wording
from crm.pipeline_file import PipelineFile
from crm.pipelines import LostReason, Pipeline
from crm.processes import Faulty, Process, ProcessVersion
from crm.setup import setup
from crm.trade_files import CURRENCY, Ready, Trade, TradeField, ready
from hub import audit
from hub.languages import N_
from hub.users import Department, Viewer

HUB = Viewer(None, "admin", None, "Ringback")


class Item(msgspec.Struct, frozen=True):
    """One thing that a trade brings: what it is, its name, and whether the company has it already."""

    kind: str
    name: str
    there: bool


def found(session: Session, file: CompanyFile) -> bool:
    """Fill an empty store, with the trade that the file names; ValueError says what is wrong."""
    if not seed(session, file):
        return False
    if file.trade:
        session.flush()
        try:
            bring(session, HUB, ready(file.trade, file.language))
        except Refusal as error:
            raise ValueError(f"trade: {error}") from None
    return True


def listed(session: Session, of: Ready) -> list[Item]:
    """Say what a trade would bring, and what of it is there already."""
    return [Item(kind, name, there is not None) for kind, name, there in _known(session, of)]


def bring(session: Session, viewer: Viewer, of: Ready) -> list[Item]:
    """Bring what is not there yet, all in this transaction, and say what that was. Refusal says why nothing came."""
    trade, before = of.trade, listed(session, of)
    new = {(item.kind, item.name) for item in before if not item.there}
    for place in trade.departments:
        if (DEPARTMENT, place.name) in new:
            wanted = departments.Wanted(name=place.name, distribution=place.distribution)
            departments.make(session, viewer, wanted)
    names = _bring_fields(session, viewer, trade, new)
    if (PIPELINE, trade.pipeline.name) in new:
        _bring_pipeline(session, viewer, trade.pipeline, names)
    for reason in trade.lost_reasons:
        if (REASON, reason) in new:
            pipeline_changes.add_reason(session, viewer, reason)
    for letter in _letters(of):
        if (LETTER, letter.name) in new:
            _bring_letter(session, viewer, letter)
    if (PROCESS, _process_name(of)) in new:
        _bring_process(session, viewer, of)
    return before


def is_published(session: Session, of: Ready) -> bool:
    """Tell whether runs of the trade's process can begin."""
    wanted = select(ProcessVersion.id).join(Process, Process.id == ProcessVersion.process_id)
    return session.scalar(wanted.where(Process.name == _process_name(of)).limit(1)) is not None


DEPARTMENT, FIELD, PIPELINE, REASON = N_("Department"), N_("Field"), N_("Pipeline"), N_("Lost reason")
LETTER, PROCESS = N_("Letter template"), N_("Process")


def _known(session: Session, of: Ready) -> Iterator[tuple[str, str, object]]:
    """Give what a trade brings, each with what the company has by that name."""
    trade = of.trade
    for place in trade.departments:
        yield DEPARTMENT, place.name, _one(session, Department, place.name)
    taken = {**_labels(session)}
    for field in trade.fields:
        yield FIELD, field.label, taken.get(fold(field.label)) or taken.get(fold(field.name))
    yield PIPELINE, trade.pipeline.name, _one(session, Pipeline, trade.pipeline.name)
    for reason in trade.lost_reasons:
        yield REASON, reason, _one(session, LostReason, reason)
    for letter in _letters(of):
        yield LETTER, letter.name, _one(session, LetterTemplate, letter.name)
    yield PROCESS, _process_name(of), _one(session, Process, _process_name(of))


def _one(
    session: Session, kind: type[Department | Pipeline | LostReason | LetterTemplate | Process], name: str
) -> int | None:
    return session.scalar(select(kind.id).where(kind.name == name).limit(1))


def _labels(session: Session) -> Mapping[str, str]:
    """Give the names of the fields that there are, by all that they are called."""
    rows = session.scalars(select(CustomField)).all()
    return {fold(label): row.name for row in rows for label in (row.name, row.label, *row.aliases)}


def _bring_fields(
    session: Session, viewer: Viewer, trade: Trade, new: set[tuple[str, str]]
) -> Mapping[str, str]:
    """Make fields, and give the names under which the company has those of the trade."""
    there = _labels(session)
    names = {}
    for field in trade.fields:
        kept = there.get(fold(field.label)) or there.get(fold(field.name))
        names[field.name] = kept or field.name
        if (FIELD, field.label) in new:
            _bring_field(session, viewer, field)
    return names


def _bring_field(session: Session, viewer: Viewer, field: TradeField) -> None:
    state = setup(session)
    own = field.unit == CURRENCY or (field.kind == "money" and not field.unit)
    if field.kind == COMPUTED:
        computed.check(session, field.name, field.expression)
    wanted = field_changes.Proposal(
        label=field.label, kind=field.kind, choices=list(field.choices),
        unit=state.company.currency if own else field.unit,
        aliases=[each for each in field.aliases if fold(each) not in state.fields], heading=field.heading,
        required=False, see=[], edit=[], expression=field.expression,
    )  # fmt: skip
    field_changes.save(session, viewer, None, wanted).name = field.name
    session.flush()


def _bring_pipeline(session: Session, viewer: Viewer, file: PipelineFile, names: Mapping[str, str]) -> None:
    stages = tuple(
        msgspec.structs.replace(stage, required=tuple(_key(key, names) for key in stage.required))
        for stage in file.stages
    )
    position = max((each.position for each in session.scalars(select(Pipeline))), default=0) + 1
    custom = [field.name for field in setup(session).fields.values()]
    wanted = msgspec.structs.replace(file, stages=stages)
    made = pipeline_file.add_pipeline(session, wanted, position, custom)
    session.flush()
    audit.record(session, viewer, audit.MADE, pipeline_changes.KINDS[Pipeline], made.id, words=made.name)


def _key(key: str, names: Mapping[str, str]) -> str:
    kind, colon, name = key.partition(":")
    return f"contact:{names.get(name, name)}" if kind == "contact" and colon else key


def _bring_letter(session: Session, viewer: Viewer, letter: Wording) -> None:
    wrong = letter_templates.faults(session, letter)
    if set(wrong) - {"shortcut"}:
        raise Refusal(" ".join(wrong.values()))
    free = msgspec.structs.replace(letter, shortcut="") if "shortcut" in wrong else letter
    letter_templates.make(session, viewer, free)


def _bring_process(session: Session, viewer: Viewer, of: Ready) -> None:
    """Make the process, and publish it if the company has all that it names; else it is a draft that says what not."""
    made = processes.make(session, viewer, "", of.diagram)
    try:
        processes.publish(session, viewer, made)
    except Faulty:
        session.flush()


def _letters(of: Ready) -> Sequence[Wording]:
    said = [(each.shortcut, each.sv if of.language == "sv" else each.en) for each in of.trade.letters]
    return [
        Wording(name=letter.name, shortcut=shortcut, subject=letter.subject, text=letter.text.strip())
        for shortcut, letter in said
    ]


def _process_name(of: Ready) -> str:
    return process_diagrams.read(of.diagram).name[: processes.NAME_LENGTH]
