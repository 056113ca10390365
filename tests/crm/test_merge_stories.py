"""Merged, parted and worked on in any order: everybody has his own, at every moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from hub.db import Database
from hub.postgres import PostgresDatabase
from hub.sqlite import SqliteDatabase
from tests.conftest import make_schema
from tests.crm.klarruta import Klarruta
from tests.crm.merge_story import NAMES, Story, rows
from tests.crm.website import Website
from tests.servers.postgres import Postgres

STORIES = int(os.environ.get("STORIES", "6"))  # `make soak` tells a hundred times as many

WHO = st.integers(0, len(NAMES) - 1)
COLUMNS = st.sampled_from(["name", "fields.floor", "fields.colour"])
TAKEN = st.none() | st.lists(COLUMNS, unique=True)
MERGE = st.tuples(st.just("merge"), WHO, WHO, TAKEN)
PART = st.tuples(st.just("part"), st.integers(0, 9))
WORK = st.one_of(
    st.tuples(st.just("form"), WHO, st.booleans()),
    st.tuples(st.just("note"), WHO),
    st.tuples(st.just("edit"), WHO, COLUMNS),
)
Deed = tuple[object, ...]


@dataclass
class Stage:
    """A store that stays open for all stories of this file."""

    runner: asyncio.Runner
    db: Database
    site: Website

    def tell(self, deeds: list[Deed], *, bare: bool = False) -> None:
        """Play a story in one transaction; `bare`: nothing but merges, so that all is as before in the end."""
        self.runner.run(self.db.write(self._play, deeds, bare))

    def _play(self, session: Session, deeds: list[Deed], bare: bool) -> None:  # noqa: FBT001 - told by `tell`
        story = Story(self.site, session, NUMBERS)
        story.begin()
        before = rows(session)
        for deed in deeds:
            do(story, *deed)
            story.check()
        while story.into:
            story.part(0)
            story.check()
        if bare:
            assert rows(session) == before


NUMBERS = count(1_000_001)


def do(story: Story, what: str, *args: object) -> None:
    """Do one deed."""
    deeds = {"merge": story.merge, "part": story.part, "note": story.noted, "edit": story.edited}
    if what == "form":
        story.writes_in(args[0], gives_new=args[1])
    else:
        deeds[what](*args)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give a filled store with a website."""
    with asyncio.Runner() as runner:
        if request.param == "sqlite":
            db: Database = SqliteDatabase(Path(tmp_path_factory.mktemp("merges")) / "ringback.db")
            runner.run(db.migrate(make_schema))
            around = None
        else:
            server: Postgres = request.getfixturevalue("postgres")
            around = server.database(make_schema)
            db = PostgresDatabase(runner.run(around.__aenter__()))
        runner.run(Klarruta(db).found())
        site = Website(db)
        runner.run(site.open())
        yield Stage(runner, db, site)
        runner.run(db.close())
        if around is not None:
            runner.run(around.__aexit__(None, None, None))


@settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(MERGE | PART, min_size=2, max_size=10))
def test_merged_and_parted_everything_is_as_it_was_row_by_row(stage: Stage, deeds: list[Deed]) -> None:
    stage.tell(deeds, bare=True)


@settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(st.one_of(MERGE, PART, WORK), min_size=3, max_size=12))
# Taken back in another order than they were made, a thread and what stands in it once went to two.
@example(deeds=[("merge", 0, 2, None), ("form", 2, False), ("merge", 0, 1, None)])
def test_with_work_in_between_everything_is_with_whom_it_is_about(stage: Stage, deeds: list[Deed]) -> None:
    stage.tell(deeds)
