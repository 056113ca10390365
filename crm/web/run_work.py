"""Whoever carries out what runs wish for that takes time; see crm/run_wishes.py."""

from __future__ import annotations

import logging

from crm import run_deeds, run_wishes
from crm.desk import Refusal
from crm.document_drafts import Unwanted
from crm.web.document_making import DocumentMaker
from hub.db import Database
from hub.errors import describe
from hub.papers import UnmadeError
from hub.timers import Timer

log = logging.getLogger(__name__)


class Errands:
    """Runs the errands of runs: makes their documents, writes their messages."""

    def __init__(self, db: Database, maker: DocumentMaker) -> None:
        """Prepare; `run` starts it."""
        self._db, self._maker = db, maker
        self.timer = Timer(
            run_wishes.TIMER, db, earliest=run_wishes.earliest, take=run_wishes.take, fire=self.do
        )

    async def run(self) -> None:
        """Carry out what is due, until cancelled."""
        await self.timer.run()

    async def do(self, wish_id: int) -> None:
        """Carry out one wish; what it fails of is told by its run."""
        try:
            wanted = await self._db.read(run_deeds.document, wish_id)
            if wanted is None:
                await self._db.write(run_deeds.write, wish_id)
            else:
                document_id = await self._maker.make(*wanted)
                await self._db.write(run_deeds.made, wish_id, document_id)
        except (Refusal, Unwanted, UnmadeError) as error:
            await self._db.write(run_deeds.failed, wish_id, error.args[0], for_good=True)
        except Exception as error:
            # The store, or the press, may be away for a while: it is tried again, and in the end told.
            log.exception("a deed of a run failed")
            await self._db.write(run_deeds.failed, wish_id, describe(error), for_good=False)
