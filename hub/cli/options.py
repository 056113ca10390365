"""What the commands share: where the data is, where to listen, which files to read, visits to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click
from sqlalchemy.orm import Session

from hub.db import Database
from hub.settings import Settings, database_url, default_file, load
from hub.store import database_file, open_store

P = ParamSpec("P")
T = TypeVar("T")

LISTEN = "127.0.0.1:8080"
ADDRESS_FILE = "address"  # in the data folder: where the hub was reached when it last started


class Listen(click.ParamType[tuple[str, int]]):
    """HOST:PORT; an IPv6 address stands in brackets."""

    name = "HOST:PORT"

    def convert(
        self, value: str | tuple[str, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Take it apart."""
        if isinstance(value, tuple):
            return value
        host, colon, port = value.rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - ports have 16 bits
            self.fail(f"“{value}” is no address to listen at; write it like {LISTEN}", param, ctx)
        return host.strip("[]"), int(port)


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    show_default="./data",
    metavar="DIR",
    help="The folder with everything that the hub knows.",
)
listen_option = click.option(
    "--listen",
    type=Listen(),
    default=LISTEN,
    show_default=True,
    help="Where to listen; port 0 takes a free one.",
)
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings of the hub instead of our own ringback.toml.",
)
company_option = click.option(
    "--company",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What fills an empty store instead of our own company.toml.",
)


def settings_from(config: Path | None) -> Settings:
    """Read the settings; a mistake is told with file and key."""
    return load(config or default_file("ringback.toml"), Settings)


def company_file(company: Path | None) -> Path:
    """Say which company.toml counts."""
    return company or default_file("company.toml")


def has_store(data: Path) -> bool:
    """Tell whether a hub's store is here: in the folder, or where RINGBACK_DATABASE says."""
    return database_url() is not None or database_file(data).exists()


def write(data: Path, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` in a transaction, as a short guest beside a hub that may be running."""
    return visit(data, lambda db: db.write(fn, *args, **kwargs))


def read(data: Path, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` on one consistent view, as a short guest."""
    return visit(data, lambda db: db.read(fn, *args, **kwargs))


def require_store(data: Path) -> None:
    """Refuse to look for a hub where there is none: a folder that was mistyped must not become one."""
    if not has_store(data):
        raise click.ClickException(
            f"{data}: no hub keeps its data here; say where by --data DIR, or start one: ringback serve"
        )


def address_of(data: Path) -> str:
    """Say under which address the hub was reached when it last started."""
    file = data / ADDRESS_FILE
    return file.read_text(encoding="utf-8").strip() if file.exists() else f"http://{LISTEN}"


def visit(data: Path, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do some work with the database, as a short guest."""
    require_store(data)

    async def go() -> T:
        async with open_store(data) as db:
            return await work(db)

    try:
        return asyncio.run(go())
    except (ValueError, LookupError) as error:
        # These two say no in words for a person; their kin (a KeyError, a UnicodeError) are our own mistakes.
        if type(error) not in {ValueError, LookupError}:
            raise
        raise click.ClickException(str(error)) from None
