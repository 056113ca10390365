"""The command line: `ringback serve`, and the tools that work on the same data while it runs.

A command's module is loaded when the command is called, so that each pays for its own imports alone. A
mistake of the one who typed it ends with a sentence and exit code 1 or 2, never with a traceback.
"""

from __future__ import annotations

import atexit
import gc
from importlib import import_module

import click

# At its end a process looks for garbage among all that it loaded, which takes a sixth of a short command's time.
atexit.register(gc.freeze)

COMMANDS = {
    "serve": "Run the hub.",
    "check": "Say what is wrong, without starting anything.",
    "demo": "Run a hub full of invented people and traffic.",
    "user": "People who sign in.",
    "token": "API tokens for programs.",
    "channel": "The ways in: forms and what comes later.",
    "journal": "Everything that came in, and what became of it.",
    "prove": "Compare mailboxes with the journal, and fetch what is missing.",
    "index": "Make the index of words anew, by which search finds.",
    "recount": "Count the copies of campaigns anew, where their numbers are wrong.",
    "backup": "Write everything to one file, while the hub runs.",
    "restore": "Fill an empty data folder from a backup.",
}


class LateCommands(click.Group):
    """Knows its commands by name and sentence; the one that is called is loaded from hub.cli.NAME."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Load the command that was called."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and _load(found), rest

    def invoke(self, ctx: click.Context) -> object:
        """Run it; what the one who typed it can put right is told in words."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            from hub.cli.faults import words_for  # noqa: PLC0415 - only a failure pays for it

            words = words_for(error)
            if words is None:
                raise
            raise click.ClickException(words) from error


def _load(placeholder: click.Command) -> click.Command:
    gc.disable()  # loading makes many objects and no garbage: looking for some is a seventh of its time
    try:
        loaded: click.Command = import_module(f"hub.cli.{placeholder.name}").command
    finally:
        gc.enable()
    return loaded


@click.group(
    cls=LateCommands,
    commands={name: click.Command(name, short_help=words) for name, words in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="ringback", prog_name="ringback", message="%(prog)s %(version)s")
def main() -> None:
    """Ringback: every call, mail, form and chat becomes a card and a task with a clock."""
