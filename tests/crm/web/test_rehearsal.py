"""A rehearsal as people and programs ask for it: what would come of a draft, beside what is in force."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.pipelines import pipelines, stages_of
from crm.web.rehearsal import guess_of
from hub.db import Database
from tests.crm.drawing import drawn, end, flow, gateway, start, user, way
from tests.crm.web.conftest import Api, Person, Sit
from tests.crm.web.test_api_processes import BROKEN

FORM = '<ringback:answer name="agreed" label="Agrees" kind="choice" choices="yes;no" required="true"/>'
SALE = drawn(
    start(), user("a", "Call", FORM), gateway("g", default="no"), user("b", "Measure"), end("e"), end("f"),
    way("s a g"), flow("g", "b", 'agreed == "yes"'), flow("g", "f", id="no"), flow("b", "e"),
)  # fmt: skip


@pytest.fixture
async def manager(person: Person, db: Database) -> Api:
    """Give a manager, with four deals."""
    maria = await person("Maria Berg", "manager", "Sales")
    await maria.ask("POST", "/contacts", {"name": "Karin Ekdahl"}, status=201)

    def furnish(session: Session) -> None:
        pipeline = pipelines(session)[0]
        stage = stages_of(session, [pipeline.id])[pipeline.id][0]
        for answer in ("yes", "yes", "no", "yes"):
            session.add(
                Deal(title="Windows", contact_id=1, pipeline_id=pipeline.id, stage_id=stage.id, currency="SEK",
                     responsible_id=1, fields={"agreed": answer})
            )  # fmt: skip

    await db.write(furnish)
    return maria


async def test_a_program_has_the_draft_played_beside_the_version(manager: Api) -> None:
    await manager.ask("POST", "/processes", {"diagram": SALE, "name": "Sale"}, status=201)
    await manager.ask("POST", "/processes/1/publication")
    await manager.ask("PUT", "/processes/1/draft", {"diagram": SALE.replace("Measure", "Visit")})
    told = await manager.ask("POST", "/processes/1/rehearsals", {"weeks": 4, "minutes": {"Call": 5}})
    figures = [(each["version"], each["runs"], each["ended"], each["tasks"]) for each in told["played"]]
    assert figures == [(1, 4, 4, 7), (None, 4, 4, 7)]
    assert [each["name"] for each in told["efforts"] if each["said"]] == ["Call"]
    assert (await manager.ask("GET", "/processes/1"))["version"] == 1
    await manager.ask("POST", "/processes/1/rehearsals", {"weeks": 0}, status=422)
    await manager.ask("POST", "/processes/7/rehearsals", {}, status=404)


async def test_what_is_wrong_in_a_draft_is_told_instead(manager: Api) -> None:
    await manager.ask("POST", "/processes", {"diagram": BROKEN}, status=201)
    told = await manager.ask("POST", "/processes/1/rehearsals", {}, status=409)
    assert [each["parameter"] for each in told["errors"]] == ["b", "e"]


async def test_a_manager_reads_what_would_come_of_it(manager: Api, sit: Sit) -> None:
    await manager.ask("POST", "/processes", {"diagram": SALE, "name": "Sale"}, status=201)
    seat = await sit("Sofia Hjelm", "manager", "Sales")
    asked = await seat.reads("/processes/1/rehearsal")
    assert (
        "Nothing is sent and nothing is written. Played with the 4 deals that were opened in this time."
        in asked
    )
    assert "Agrees: how often, in percent as in 4 deals" in asked
    assert "On the whole" not in asked
    came = await seat.reads("/processes/1/rehearsal?weeks=6&minutes.Call=20&shares.agreed.no=100")
    for words in ("Draft: ", "On the whole", "Who would have had how much", "Where it waits", "as you said"):
        assert words in came
    assert "There is nothing" not in came


async def test_an_agent_rehearses_nothing_and_a_broken_draft_says_why(manager: Api, sit: Sit) -> None:
    await manager.ask("POST", "/processes", {"diagram": BROKEN}, status=201)
    elin, boss = await sit("Elin Sandgren", "agent", "Sales"), await sit("Sofia Hjelm", "admin", "Sales")
    assert (await elin.asks("/processes/1/rehearsal")).status == 403
    assert "No way leads out of *Measure*" in await boss.reads("/processes/1/rehearsal?weeks=6")
    assert (await boss.asks("/processes/9/rehearsal")).status == 404


def test_what_is_no_figure_counts_as_if_nothing_was_said() -> None:
    said = {
        "weeks": "9999", "attention": "nan", "minutes.Call": "1e9", "minutes.Visit": "7,5",
        "days.payment received": "-1",
        "shares.agreed.yes": "60", "shares.agreed.no": "..", "else.x": "1",
    }  # fmt: skip
    guess = guess_of(said)
    assert (guess.weeks, guess.attention, guess.minutes, guess.days) == (26, 100, {"Visit": 7.5}, {})
    assert guess.shares == {"agreed": {"yes": 60}}
