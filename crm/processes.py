"""Processes: diagrams with a draft that is worked on and versions that runs are pinned to.

The draft may be wrong, that is what drafts are for; only one without faults is published. A version never changes, and
is given back byte for byte as it was taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, UniqueConstraint, event, exists, inspect, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from crm import process_diagrams, process_faults, process_places, process_sheets
from crm.process_elements import Answer, Diagram
from crm.process_faults import Fault
from crm.process_flow import winds
from crm.process_specs import Blueprint, blueprint, put_together
from crm.process_xml import NotBpmn
from crm.setup import count_up, counts, kept, setup
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.said import Said, said
from hub.users import User, Viewer

KIND = "process"
NAME_LENGTH = 120
MOST_KEPT = 64  # versions that are in memory


class Faulty(Exception):
    """The draft cannot be published; `faults` say why, element by element."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Carry them."""
        super().__init__("; ".join(str(fault.words) for fault in faults))
        self.faults = faults


class Overtaken(Exception):
    """Somebody drew meanwhile; the words say who."""


class Process(Base):
    """A process under its name. `draft` is BPMN 2.0 as it is worked on, "" before anything was drawn."""

    __tablename__ = "processes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    draft: Mapped[str] = mapped_column(deferred=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    retired_at: Mapped[datetime | None]


class ProcessVersion(Base):
    """A published diagram. `begins_with` is the message that starts a run by itself, "" where somebody does."""

    __tablename__ = "process_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"))
    number: Mapped[int]
    xml: Mapped[str] = mapped_column(deferred=True)
    digest: Mapped[str]
    begins_with: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (UniqueConstraint("process_id", "number"),)


def make(session: Session, viewer: Viewer, name: str, xml: bytes) -> Process:
    """Make a process from a file; NotBpmn says what cannot be read."""
    name = " ".join(name.split())[:NAME_LENGTH] or process_diagrams.read(xml).name[:NAME_LENGTH]
    if session.scalar(select(Process.id).where(Process.name == name)) is not None:
        raise NotBpmn(said("There is a process of this name already"))
    process_diagrams.read(xml)
    made = Process(name=name, draft=xml.decode(), changed_by=viewer.user_id)
    session.add(made)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, made.id)
    return made


def draw(session: Session, viewer: Viewer, process: Process, xml: bytes, was: str = "") -> list[Fault]:
    """Keep a draft and tell what is still wrong in it; NotBpmn says what cannot be read at all.

    `was` is the mark of the draft that was drawn on: Overtaken says who drew another since.
    """
    diagram = process_diagrams.read(xml)
    hold(session, process)
    _require_known(session, process, was)
    process.draft, process.changed_at, process.changed_by = xml.decode(), now(), viewer.user_id
    audit.record(session, viewer, audit.CHANGED, KIND, process.id, words=said("the draft was drawn"))
    return faults(session, diagram)


def publish(session: Session, viewer: Viewer, process: Process, was: str = "") -> ProcessVersion:
    """Make the draft a version, by which runs begin from now on; Faulty tells what is wrong in it.

    `was` is the mark of the draft that is meant: Overtaken says who drew another since. A draft that is the newest
    version already is not published again.
    """
    hold(session, process)
    _require_known(session, process, was)
    diagram = process_diagrams.read(process.draft.encode())
    if wrong := faults(session, diagram):
        raise Faulty(wrong)
    last, digest = newest(session, process.id), digest_of(process.draft)
    if last is not None and last.digest == digest:
        return last
    version = ProcessVersion(
        process_id=process.id, number=last.number + 1 if last else 1, xml=process.draft, digest=digest,
        begins_with=_begins_with(diagram), published_by=viewer.user_id,
    )  # fmt: skip
    session.add(version)
    session.flush()
    words = said("version %(number)s was published", number=version.number)
    audit.record(session, viewer, audit.CHANGED, KIND, process.id, words=words)
    return version


def retire(session: Session, viewer: Viewer, process: Process, *, retired: bool) -> None:
    """Have no new runs begin by a process, or have them begin again; those under way go on."""
    process.retired_at = now() if retired else None
    words = said("no new runs begin") if retired else said("new runs begin again")
    audit.record(session, viewer, audit.CHANGED, KIND, process.id, words=words)


def hold(session: Session, process: Process) -> None:
    """Have nobody else draw or publish before this transaction ends, and read the process as it is by now."""
    session.flush()
    session.refresh(process, with_for_update=True)


def who_drew(session: Session, process: Process) -> str:
    """Name whoever drew last."""
    drew = session.get(User, process.changed_by) if process.changed_by is not None else None
    return drew.name if drew else said("A program")


def _require_known(session: Session, process: Process, was: str) -> None:
    if was and was != mark_of(process):
        name = who_drew(session, process)
        raise Overtaken(said("%(name)s was faster: this draft was changed since you opened it", name=name))


def mark_of(process: Process) -> str:
    """Give what tells one state of a draft from another."""
    return process.changed_at.isoformat()


def digest_of(xml: str) -> str:
    """Give by what a version's file is known."""
    return hashlib.sha256(xml.encode()).hexdigest()


def newest(session: Session, process_id: int) -> ProcessVersion | None:
    """Give the version by which runs begin."""
    return session.scalars(
        select(ProcessVersion).where(ProcessVersion.process_id == process_id)
        .order_by(ProcessVersion.number.desc()).limit(1)
    ).first()  # fmt: skip


def beginning_with(session: Session, message: str) -> list[ProcessVersion]:
    """Give the newest versions of those processes that begin by themselves with a message; for reading only."""
    return [each for each in in_force(session).values() if each.begins_with == message]


def in_force(session: Session) -> Mapping[int, ProcessVersion]:
    """Give by process the version by which runs begin, where the process is not retired; for reading only."""
    return kept(session, _in_force)


def lacking(session: Session) -> list[Said]:
    """Say what those by which runs begin name that there is not: a department, say, that is called otherwise by now."""
    found: dict[Said, None] = {}
    for version in in_force(session).values():
        name = name_of(session, version.id, plan_of(session, version.id, version.digest).diagram)
        for why in lacking_in(session, version):
            found[said("“%(process)s”: %(why)s", process=name, why=why)] = None
    return list(found)


def lacking_in(session: Session, version: ProcessVersion) -> list[str]:
    """Say what one of them names that there is not."""
    nodes = plan_of(session, version.id, version.digest).diagram.nodes.values()
    return list(dict.fromkeys(why for node in nodes for why in process_places.missing(session, node)))


def asked_for(session: Session) -> Mapping[str, Answer]:
    """Give what the forms of these ask for, by its name."""
    found: dict[str, Answer] = {}
    for version in in_force(session).values():
        for node in plan_of(session, version.id, version.digest).diagram.nodes.values():
            for answer in node.work.answers if node.work else ():
                found.setdefault(answer.name, answer)
    return found


def _in_force(session: Session) -> Mapping[int, ProcessVersion]:
    return {each.process_id: each for each in session.scalars(_NEWEST)}


_NEWER = aliased(ProcessVersion)
_NEWEST = (
    select(ProcessVersion)
    .join(Process, Process.id == ProcessVersion.process_id)
    .where(
        Process.retired_at.is_(None),
        ~exists().where(
            _NEWER.process_id == ProcessVersion.process_id, _NEWER.number > ProcessVersion.number
        ),
    )
    .order_by(ProcessVersion.process_id)
)


def _retires(mapper: object, connection: Connection, process: Process) -> None:
    """Count the set-up up where a process is retired or begins again; that somebody draws is none of it."""
    if inspect(process).attrs.retired_at.history.has_changes():
        count_up(mapper, connection, process)


event.listen(Process, "after_update", _retires)
counts(ProcessVersion)


def name_of(session: Session, version_id: int, diagram: Diagram) -> str:
    """Give what people call the process of a version; what we drew ourselves, for a stage say, is called as it says."""
    if diagram.id == process_sheets.PROCESS:
        return diagram.name
    return kept(session, _names).get(version_id, diagram.name)


def _names(session: Session) -> Mapping[int, str]:
    rows = session.execute(
        select(ProcessVersion.id, Process.name).join(Process, Process.id == ProcessVersion.process_id)
    )
    return dict(iter(rows))


def plan_of(session: Session, version_id: int, digest: str) -> Blueprint:
    """Give what a version plays by; put together once, and its file not even read again."""
    found = _kept.get(digest)
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found = _kept[digest] = blueprint(session.get_one(ProcessVersion, version_id).xml)
    return found


_kept: dict[str, Blueprint] = {}


def faults(session: Session, diagram: Diagram) -> list[Fault]:
    """Tell what is wrong in a diagram, and which people and places it names that this company has not."""
    names = {field.name for field in setup(session).fields.values()}
    wrong = process_faults.faults(diagram, names)
    if not wrong and _winds(diagram):
        wrong = [
            Fault(diagram.id, said("A way that parts comes round to where it parted: no run could begin"))
        ]
    return [*wrong, *_strangers(session, diagram)]


def _winds(diagram: Diagram) -> bool:
    plan = put_together(diagram)
    return winds(plan.spec, plan.inner)


def _strangers(session: Session, diagram: Diagram) -> list[Fault]:
    return [
        Fault(node.id, said("*%(name)s*: %(why)s", name=node.called, why=why))
        for node in diagram.nodes.values() for why in process_places.missing(session, node)
    ]  # fmt: skip


def _begins_with(diagram: Diagram) -> str:
    start = next(node for node in diagram.inside(diagram.id) if node.tag == "startEvent")
    return start.happening.name if start.happening else ""
