"""(s): the board of a pipeline with 5,000 open deals against one with 50: to open it, and to move a card."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import aiohttp
from sqlalchemy.orm import Session

from crm import deal_changes
from crm.contacts import Contact, add_contact
from crm.deal_changes import NewDeal
from crm.pipelines import Pipeline, Stage
from hub.clock import now
from hub.store import open_store
from hub.users import find_user, viewer
from tests.bench.console import MAIL, signed_in
from tests.bench.processes import beside

FEW, MANY = 50, 5_000
STAGES = ("Request", "Measured", "Quoted", "Agreed")
ROUNDS = 40
PAGE = {"HX-Request": "true"}
CARD = re.compile(r'data-deal="(\d+)"')

Times = tuple[float, float]
"""Milliseconds: with many deals, with few."""


async def measure(folder: Path) -> tuple[Times, Times]:
    """Give the median of opening the board, and of moving a card and seeing it there."""
    opened: list[list[float]] = [[], []]
    moved: list[list[float]] = [[], []]
    async with _board(folder / "many", MANY) as many, _board(folder / "few", FEW) as few:
        for turn in range(ROUNDS):
            for place, board in enumerate((many, few)):
                opened[place].append(await board.open())
                moved[place].append(await board.move(turn))
    return _medians(opened), _medians(moved)


@asynccontextmanager
async def _board(data: Path, count: int) -> AsyncIterator[_Board]:
    async with beside("tests.bench.hub_process", str(data)) as (_, (port, _path)):
        cookies, pipeline, stages = await _filled(data, count)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookies=cookies) as session:
            yield _Board(session, pipeline, stages)


async def _filled(data: Path, count: int) -> tuple[dict[str, str], int, list[int]]:
    """Fill the board of a hub; give who looks at it, its pipeline, and the stages of that."""
    cookies = await signed_in(data)
    async with open_store(data) as db:
        return cookies, *await db.write(_fill, count)


def _fill(session: Session, count: int) -> tuple[int, list[int]]:
    pipeline = Pipeline(name="Doors", position=99)
    session.add(pipeline)
    session.flush()
    stages = [
        Stage(pipeline_id=pipeline.id, position=place, name=name, probability=20 * place, stale_days=3 * place,
              ends="", required=[])
        for place, name in enumerate(STAGES)
    ]  # fmt: skip
    session.add_all(stages)
    session.flush()
    who, moment = viewer(find_user(session, MAIL)), now()
    for number in range(count):
        contact = session.get_one(Contact, add_contact(session, f"Karin Ekdahl {number}", []))
        wanted = NewDeal(
            title=f"Seven windows {number}", value=number, stage_id=stages[number % len(stages)].id
        )
        deal_changes.open_deal(session, who, contact, wanted).stage_since = moment - timedelta(minutes=number)
    return pipeline.id, [stage.id for stage in stages]


class _Board:
    """One board, as a browser opens it and moves its cards."""

    def __init__(self, session: aiohttp.ClientSession, pipeline: int, stages: list[int]) -> None:
        self._session, self._address, self._stages = session, f"/deals?pipeline={pipeline}", stages

    async def open(self) -> float:
        """Give the milliseconds until it is there."""
        begun = time.perf_counter()
        await self._shown()
        return (time.perf_counter() - begun) * 1000

    async def move(self, turn: int) -> float:
        """Put the newest card of a stage into the next one, and give the milliseconds until the board shows it."""
        stage = self._stages[turn % len(self._stages)]
        deal = CARD.search((await self._shown()).partition(f'data-stage="{stage}"')[2])
        assert deal is not None
        following = self._stages[(turn + 1) % len(self._stages)]
        begun = time.perf_counter()
        address = f"/deals/{deal[1]}/moves"
        async with self._session.post(address, data={"stage": str(following)}, headers=PAGE) as answer:
            answer.raise_for_status()
        page = await self._shown()
        took = (time.perf_counter() - begun) * 1000
        assert f'data-deal="{deal[1]}"' in page.partition(f'data-stage="{following}"')[2]
        return took

    async def _shown(self) -> str:
        async with self._session.get(self._address, headers=PAGE) as answer:
            answer.raise_for_status()
            return await answer.text()


def _medians(times: list[list[float]]) -> Times:
    many, few = (median(each[ROUNDS // 10 :]) for each in times)
    return many, few
