"""Robots: what is done when a deal enters a stage, said without a diagram.

A robot is a process as every other, played by the same engine: its diagram is drawn from a list of deeds and published
by the same road. Each deed is a way of its own; one that waits looks first whether the deal is still in the stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import processes, robot_drawing
from crm.pipelines import Pipeline, Stage
from crm.processes import Process, ProcessVersion
from crm.robot_drawing import RobotDeed
from crm.setup import counts, kept
from hub.db import Base, Document
from hub.said import said
from hub.shapes import convert
from hub.users import Viewer

MESSAGE = "stage changed"
MOST = 20  # deeds of a stage


class Robot(Base):
    """What is done in a stage, as a list of deeds (robot_drawing.RobotDeed), and the process that does it."""

    __tablename__ = "robots"

    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"), unique=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), unique=True)
    deeds: Mapped[list[object]] = mapped_column(Document)


def deeds_of(robot: Robot | None) -> list[RobotDeed]:
    """Give its deeds in order."""
    return convert(robot.deeds, list[RobotDeed]) if robot is not None else []


def robots_at(session: Session, stage_ids: Sequence[int]) -> dict[int, Robot]:
    """Give the robots of some stages."""
    rows = session.scalars(select(Robot).where(Robot.stage_id.in_(stage_ids)))
    return {row.stage_id: row for row in rows}


def set_deeds(session: Session, viewer: Viewer, stage: Stage, deeds: Sequence[RobotDeed]) -> None:
    """Have these be done from now on; runs under way go on as they began. processes.Faulty says what cannot be."""
    robot = robots_at(session, [stage.id]).get(stage.id)
    process = session.get_one(Process, robot.process_id) if robot is not None else None
    if not deeds:
        if process is not None and robot is not None:
            robot.deeds = []
            processes.retire(session, viewer, process, retired=True)
        return
    if len(deeds) > MOST:
        raise ValueError(said("A stage does at most %(most)s things by itself", most=MOST))
    xml = robot_drawing.drawn(stage.name, deeds)
    if process is None or robot is None:
        process = processes.make(session, viewer, _name(session, stage), xml)
        robot = Robot(stage_id=stage.id, process_id=process.id, deeds=[])
        session.add(robot)
    else:
        processes.draw(session, viewer, process, xml)
    if process.retired_at is not None:
        processes.retire(session, viewer, process, retired=False)
    processes.publish(session, viewer, process)
    robot.deeds = [msgspec.to_builtins(each) for each in deeds]
    session.flush()


def again(session: Session, viewer: Viewer, stage: Stage) -> None:
    """Draw the robot of a stage anew, which may be called otherwise by now."""
    robot = robots_at(session, [stage.id]).get(stage.id)
    if robot is not None and robot.deeds and any(each.after for each in deeds_of(robot)):
        set_deeds(session, viewer, stage, deeds_of(robot))


def begun_by(session: Session, stage_id: int) -> list[ProcessVersion]:
    """Give what begins for a deal that entered a stage; for reading only."""
    last = processes.in_force(session).get(kept(session, _by_stage).get(stage_id, 0))
    return [last] if last is not None else []


def _by_stage(session: Session) -> Mapping[int, int]:
    """Give the processes of the robots, by their stages."""
    return {robot.stage_id: robot.process_id for robot in session.scalars(select(Robot))}


counts(Robot)


def _name(session: Session, stage: Stage) -> str:
    """Give a name that no other process has: the stage's number makes it so."""
    pipeline = session.get_one(Pipeline, stage.pipeline_id)
    return f"{pipeline.name}: {stage.name} #{stage.id}"[-processes.NAME_LENGTH :]
