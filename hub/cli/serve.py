"""`ringback serve`: a hub, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path

import click
from aiohttp import web

from hub.cli.faults import port_trouble
from hub.cli.options import (
    ADDRESS_FILE,
    company_file,
    company_option,
    config_option,
    data_option,
    listen_option,
    settings_from,
)
from hub.serve import Started, serve
from hub.settings import Settings

Beside = Callable[[web.Application], Coroutine[None, None, None]]


@click.command("serve")
@data_option
@listen_option
@config_option
@company_option
def command(data: Path, listen: tuple[str, int], config: Path | None, company: Path | None) -> None:
    """Run the hub.

    Its whole state is in DIR, which is made, and filled from company.toml, when it is empty. The first time
    it prints a link by which the first admin signs in.
    """
    run(data, listen, settings_from(config), company_file(company))


def run(
    data: Path, listen: tuple[str, int], settings: Settings, company: Path, beside: Beside | None = None
) -> None:
    """Serve until stopped; say where, and what to open first."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )

    logging.getLogger("alembic").setLevel(logging.WARNING)

    def tell(started: Started) -> None:
        (data / ADDRESS_FILE).write_text(f"{started.address}\n", encoding="utf-8")
        for line in _greeting(started):
            click.echo(line)

    try:
        asyncio.run(serve(data, listen, settings, company, started=tell, beside=beside))
    except OSError as error:
        words = port_trouble(listen, error)
        if words is None:
            raise
        raise click.ClickException(words) from None


def _greeting(started: Started) -> list[str]:
    lines = [f"Console:      {started.address}/"]
    if started.link:
        lines.append(f"First admin:  {started.link}  (signs in once, within three days)")
    if started.form:
        lines.append(f"Order form:   {started.form}")
    return lines
