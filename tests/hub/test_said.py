"""Sentences that the machine keeps: one in the store, said to each reader in his language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.tasks import Task, TaskChange
from hub import languages
from hub.clock import now
from hub.languages import Listener, speaking_to
from hub.said import CONTROL, hear, nsaid, said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from hub.db import Database

SWEDISH = Listener("sv")


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    class Swedish(languages.catalogues.NullTranslations):
        def gettext(self, message: str) -> str:
            return {"given to %(name)s": "given till %(name)s"}.get(message, message)

        def ngettext(self, _one: str, _many: str, n: int) -> str:
            return "%(num)s uppgift" if n == 1 else "%(num)s uppgifter"

    ours = languages.catalogues.NullTranslations()
    monkeypatch.setattr(languages, "catalogue", lambda language: Swedish() if language == "sv" else ours)


def write(session: Session, words: str) -> None:
    session.add(Task(title="Call back", kind="call", why="", created_at=now()))
    session.flush()
    session.add(TaskChange(task_id=1, words=words))


def read(session: Session) -> str:
    return session.query(TaskChange).one().words


async def test_each_reader_hears_it_in_his_language(db: Database) -> None:
    await db.write(write, said("given to %(name)s", name="Sofia"))
    assert await db.read(read) == "given to Sofia"
    with speaking_to(SWEDISH):
        assert await db.read(read) == "given till Sofia"
    assert await db.read(read) == "given to Sofia"


async def test_what_a_person_wrote_never_passes_for_a_sentence_of_ours(db: Database) -> None:
    forged = said("given to %(name)s", name="Sofia").kept()
    await db.write(write, forged)
    assert await db.read(read) == forged.lstrip(CONTROL)


def test_sentences_stand_in_sentences_and_numbers_have_their_forms() -> None:
    kept = said("%(who)s: %(what)s", who="Elin", what=nsaid("%(num)s task", "%(num)s tasks", 2)).kept()
    assert hear(kept) == "Elin: 2 tasks"
    with speaking_to(SWEDISH):
        assert hear(kept) == "Elin: 2 uppgifter"


@pytest.mark.parametrize(
    "broken", ["{", "[]", '{"say": 1}', '{"say": "%(x)s", "many": "", "with": {"y": 1}}']
)
def test_what_cannot_be_read_passes_as_it_is(broken: str) -> None:
    assert hear(f"{CONTROL}said:{broken}") == f"{CONTROL}said:{broken}"
