"""An empty store is filled from company.toml, and a mistake in it is told by its place."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import select

from crm.company import Company
from crm.company_file import (
    ChannelFile,
    CompanyFile,
    DepartmentFile,
    FieldFile,
    HoursFile,
    PolicyFile,
    StepFile,
    seed,
)
from crm.fields import CustomField
from crm.pipeline_file import PipelineFile, StageFile
from crm.pipelines import LostReason, Pipeline, Stage
from crm.policies import Policy
from hub.channels import Channel
from hub.db import Base, Database
from hub.settings import default_file, load
from hub.users import Department

PLAIN = CompanyFile(name="Klarruta Fönster", country="se", zone="Europe/Stockholm", currency="SEK")
STAGE = StageFile("Request")
WRONG = HoursFile(week={"mon-fri": ["8-17"]})
LATER = StepFile("later", "head")


async def rows(db: Database, table: type[Base]) -> Sequence[Base]:
    """Give all rows of a table."""
    return await db.read(lambda session: session.scalars(select(table).order_by("id")).all())


def changed(**values: object) -> CompanyFile:
    """Give the company otherwise."""
    return msgspec.structs.replace(PLAIN, **values)


async def test_our_own_file_fills_a_store(db: Database) -> None:
    assert await db.write(seed, load(default_file("company.toml"), CompanyFile))
    departments = [row.name for row in await rows(db, Department)]
    (policy, letter, chat, later), (channel,) = await rows(db, Policy), await rows(db, Channel)
    assert departments == ["Front desk", "Sales", "Installation", "Service"]
    assert (policy.seconds, policy.unseen_seconds, len(policy.steps)) == (900, 600, 3)
    assert (letter.kinds, letter.seconds) == (["mail"], 4 * 3600)
    assert (chat.kinds, chat.target, chat.seconds) == (["chat"], "first response", 5 * 60)
    assert (later.kinds, later.target, later.seconds) == (["chat"], "next response", 10 * 60)
    assert (channel.name, channel.kind) == ("website", "form")


async def test_our_own_file_brings_the_way_of_a_sale(db: Database) -> None:
    await db.write(seed, load(default_file("company.toml"), CompanyFile))
    (pipeline,), stages = await rows(db, Pipeline), await rows(db, Stage)
    assert (pipeline.name, [stage.name for stage in stages]) == (
        "Windows", ["Request", "Called", "Measured", "Quoted", "Agreed", "Installation", "Installed", "Lost"],
    )  # fmt: skip
    assert [(stage.ends, stage.probability) for stage in stages[-2:]] == [("won", 100), ("lost", 0)]
    assert stages[2].required == ["phone", "contact:address"]
    assert len(await rows(db, LostReason)) == 5
    assert pipeline.opened_by == ["website"]


async def test_a_pipeline_is_opened_by_channels_that_there_are() -> None:
    files = default_file("company.toml").read_text(encoding="utf-8").replace('["website"] ', '["webside"] ')
    with pytest.raises(ValueError, match="is opened by “webside”"):
        msgspec.convert(tomllib.loads(files), CompanyFile)


async def test_a_store_that_is_filled_stays_as_it_is(db: Database) -> None:
    await db.write(seed, PLAIN)
    assert not await db.write(seed, changed(name="Somebody else"))
    (company,) = await rows(db, Company)
    assert (company.name, company.country) == ("Klarruta Fönster", "SE")


async def test_money_is_in_the_companys_currency(db: Database) -> None:
    await db.write(
        seed,
        changed(
            fields=(FieldFile("budget", "Budget", "money"), FieldFile("grant", "Grant", "money", unit="EUR"))
        ),
    )
    assert [field.unit for field in await rows(db, CustomField)] == ["SEK", "EUR"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"departments": (DepartmentFile("Sales", "luck"),)}, "departments “Sales”: distribution is one of"),
        ({"departments": (DepartmentFile("Sales", hours=WRONG),)}, "departments “Sales”: "),
        ({"hours": HoursFile(always=True, zone="Europe/Stockhom")}, "hours: there is no time zone"),
        (
            {"pipelines": (PipelineFile("Doors", (STAGE, StageFile("Quoted", required=("adress",)))),)},
            "pipelines “Doors”: “Quoted” requires “adress”; there are: value, lines, expected_on",
        ),
        (
            {"pipelines": (PipelineFile("Doors", (StageFile("Quoted", required=("contact:address",)),)),)},
            "“Quoted” requires “contact:address”",
        ),
        ({"policies": (PolicyFile("Soon", "a while"),)}, "policies “Soon”: “a while” is no duration"),
        (
            {"policies": (PolicyFile("Soon", "5 min", departments=("Sale",)),)},
            "there is no department “Sale”",
        ),
        ({"policies": (PolicyFile("Soon", "5 min", steps=(LATER,)),)}, "“later” is no time of a step"),
        ({"channels": (ChannelFile("fax", "Fax", "fax"),)}, "channels “fax”: there is no connector “fax”"),
        ({"channels": (ChannelFile("web", "Web", "form", {"titel": "x"}),)}, "channels “web”: .*titel"),
    ],
)
async def test_a_mistake_is_told_by_its_place_and_nothing_is_kept(
    db: Database, values: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        await db.write(seed, changed(**values))
    assert await rows(db, Company) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"country": "Sweden"}, "country is two letters, such as SE, not “Sweden”"),
        ({"departments": [{"name": "Sales"}, {"name": "Sales"}]}, "the name “Sales” stands twice"),
        ({"fields": [{"name": "Year built", "label": "x"}]}, "“Year built” cannot be a field's name"),
        ({"fields": [{"name": "about", "label": "About", "kind": "choice"}]}, "is a choice without choices"),
        (
            {"fields": [{"name": "a", "label": "Rooms"}, {"name": "b", "label": "rooms:"}]},
            "“rooms:” means two",
        ),
        ({"nam": "x"}, "nam"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(values: dict[str, object], words: str) -> None:
    whole = {"name": "Klarruta", "country": "SE", "zone": "Europe/Stockholm", **values}
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(whole, CompanyFile)
