"""What a post does to a sender's file that nobody foresaw: it is noted, said in words, and costs nobody his post."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from connectors.forms.post import Post
from connectors.forms.sender import Sender
from hub.connector import Raw
from hub.said import said

log = logging.getLogger(__name__)


def says_yes(sender: Sender, asked: Callable[[Raw], bool], raw: Raw) -> bool:
    """Ask a sender about a post; one that breaks down over it says no."""
    try:
        return asked(raw)
    except Exception as error:  # noqa: BLE001 - whoever wrote it may do to us what he likes
        _note(sender, error)
        return False


def doubt(sender: Sender, raw: Raw, secrets: Sequence[str]) -> str:
    """Say why a post is not proven to be its sender's, "" where it is; what breaks down proves nothing."""
    try:
        return sender.doubt(raw, secrets)
    except ValueError as error:
        return str(error.args[0])
    except Exception as error:  # noqa: BLE001 - as above
        return _note(sender, error)


def read(sender: Sender, raw: Raw) -> Sequence[Post]:
    """Give what a post means; ValueError, and nothing else, for what cannot be read."""
    try:
        return sender.read(raw)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(_note(sender, error)) from error


def _note(sender: Sender, error: Exception) -> str:
    log.error("a post broke the reader of %s: %s", sender.name, type(error).__name__)
    log.debug("a post broke the reader of %s", sender.name, exc_info=error)
    return said("It is written in a way that nobody foresaw, and cannot be read.")
