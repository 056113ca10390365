"""Trades as files: folders of config/trades with a trade.toml, a process.bpmn and their words in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from crm.desk import Refusal
from crm.pipeline_file import PipelineFile
from crm.trade_words import LANGUAGES, dictionary, spoken
from hub.languages import _
from hub.settings import default_file, load

LARGEST = 200_000  # bytes of a file
CURRENCY = "currency"  # as a unit: the company's
Kind = Literal["text", "number", "money", "date", "choice", "yesno", "link", "computed"]


class TradeDepartment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A department that the trade's process gives steps to."""

    name: str
    distribution: Literal["take", "turn", "load"] = "take"


class TradeField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field of contacts; a computed one has its `expression`."""

    name: str
    label: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    unit: str = ""
    aliases: tuple[str, ...] = ()
    heading: str = ""
    expression: str = ""


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template of letters in one language."""

    name: str
    subject: str
    text: str


class Letters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template of letters."""

    shortcut: str
    en: Letter
    sv: Letter


class Trade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """trade.toml. `documents` are the ready ones that it works with; `process` is a file of config/, "" its own."""

    name: str
    about: str
    pipeline: PipelineFile
    departments: tuple[TradeDepartment, ...] = ()
    fields: tuple[TradeField, ...] = ()
    letters: tuple[Letters, ...] = ()
    documents: tuple[str, ...] = ()
    lost_reasons: tuple[str, ...] = ()
    process: str = ""


class Ready(msgspec.Struct, frozen=True):
    """A trade in one language: all its words are said in it."""

    key: str
    language: str
    trade: Trade
    diagram: bytes


def every() -> list[str]:
    """Give the names of the trades that there are."""
    folder = default_file("trades")
    return sorted(each.name for each in folder.iterdir() if (each / "trade.toml").is_file())


def ready(key: str, language: str) -> Ready:
    """Read a trade; Refusal where there is none of that name."""
    if key not in every():
        raise Refusal(
            _("There is no trade “%(name)s”; there are: %(names)s.", name=key[:40], names=", ".join(every()))
        )
    if language not in LANGUAGES:
        raise Refusal(_("A trade speaks English or Swedish"))
    file = _bounded(default_file(f"trades/{key}/trade.toml"))
    trade, words = load(file, Trade), dictionary(key, language)
    diagram = _bounded(default_file(trade.process or f"trades/{key}/process.bpmn")).read_bytes()
    return Ready(key, language, _said(trade, words), spoken(diagram, words))


def _bounded(file: Path) -> Path:
    if file.stat().st_size > LARGEST:
        raise Refusal(_("“%(file)s” is larger than any trade", file=file.name))
    return file


def _said(trade: Trade, words: Mapping[str, str]) -> Trade:
    """Say what people read in a trade's file; letters are written in each language."""

    def say(text: str) -> str:
        return words.get(text, text)

    stages = tuple(msgspec.structs.replace(stage, name=say(stage.name)) for stage in trade.pipeline.stages)
    return msgspec.structs.replace(
        trade, name=say(trade.name), about=say(trade.about), lost_reasons=tuple(map(say, trade.lost_reasons)),
        pipeline=PipelineFile(name=say(trade.pipeline.name), stages=stages),
        departments=tuple(msgspec.structs.replace(each, name=say(each.name)) for each in trade.departments),
        fields=tuple(
            msgspec.structs.replace(each, label=say(each.label), heading=say(each.heading),
                                    choices=tuple(map(say, each.choices)))
            for each in trade.fields
        ),
    )  # fmt: skip
