"""Who came to an end of a sequence: it is kept as he comes to it, so that nobody looks through all who ever did."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import Table, bindparam, exists, update
from sqlalchemy.orm import Session

from crm import sequence_drawing
from crm.runs import RunStep
from crm.sequences import SequencePerson
from hub.clock import now
from hub.statements import Statement

PERSON = "person"
"""What a run of a sequence knows of the person whose it is: his number."""


def came(session: Session, run_ids: Collection[int]) -> None:
    """Keep that those whose runs are over came to an end, but for those who left."""
    moment = now()
    if run_ids:
        _CAME.carry_out_all(session, [{"run": run_id, "moment": moment} for run_id in run_ids])


_PEOPLE, _STEPS = (cast("Table", each.__table__) for each in (SequencePerson, RunStep))
_AT_CONDITION = exists().where(
    _STEPS.c.run_id == _PEOPLE.c.run_id, _STEPS.c.element.startswith(sequence_drawing.GONE, autoescape=True)
)
"""Whether somebody came to a condition that did not hold of him."""
_CAME = Statement(
    update(_PEOPLE).where(_PEOPLE.c.run_id == bindparam("run"), _PEOPLE.c.left_at.is_(None))
    .values(ended_at=bindparam("moment"), at_condition=_AT_CONDITION)
)  # fmt: skip
