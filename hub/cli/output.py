"""How commands show lists: a table for people, lines with tabs for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

import click


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print rows; in a terminal as a table with headings, otherwise one line each with tabs between."""
    listed = list(rows)
    if not sys.stdout.isatty():
        for row in listed:
            click.echo("\t".join(" ".join(cell.split()) for cell in row))
    elif listed:
        _print_table(headings, listed)
    else:
        click.echo(empty)


def when(moment: datetime | None, zone: tzinfo | None = None) -> str:
    """Write a moment by this machine's clock or that of a zone, or nothing."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only who looks at a table pays for it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
