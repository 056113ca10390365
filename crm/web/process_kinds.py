"""Processes and their runs in the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes, run_moves
from crm.processes import Process, ProcessVersion
from crm.rights import contact_for
from crm.runs import Run
from hub.languages import N_
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind


def _processes(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(Process.id, Process.name).where(Process.id.in_(ids))).all())


def _runs(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    """Call a run by its process."""
    rows = session.execute(
        select(Run.id, Process.name)
        .join(ProcessVersion, ProcessVersion.id == Run.version_id)
        .join(Process, Process.id == ProcessVersion.process_id).where(Run.id.in_(ids))
    )  # fmt: skip
    return dict(rows.all())


def _sees_run(session: Session, viewer: Viewer, run_id: int) -> bool:
    found = session.get(Run, run_id)
    return found is not None and contact_for(session, viewer, found.contact_id) is not None


add_kind(Kind(processes.KIND, N_("Process"), "/processes/{id}", _processes))
add_kind(Kind(run_moves.KIND, N_("Run"), "/runs/{id}", _runs, _sees_run))
