"""What a post means: as its sender says, and without losing an answer of a visitor whose form only looks like that.

Headers are a sender's own. The shape of the answers is a guess: who designs a form may name its inputs as he likes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.forms import unforeseen
from connectors.forms.bounds import FIELDS
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.senders.generic import GENERIC
from hub.connector import Raw


def understood(raw: Raw, sender: Sender, *, is_fixed: bool) -> Sequence[Post]:
    """Give what a post means; `is_fixed` tells that the owner says whose it is."""
    if sender.is_named(raw):
        return unforeseen.read(sender, raw)
    posts = unforeseen.read(sender, raw) if is_fixed else _guessed(raw, sender)
    return _whole(posts, GENERIC.read(raw), sender.own) if sender.own else posts


def _guessed(raw: Raw, sender: Sender) -> Sequence[Post]:
    """Read it as anybody's where that sender understands nothing of it; no post at all is what he means."""
    try:
        posts = unforeseen.read(sender, raw)
    except ValueError:
        return GENERIC.read(raw)
    is_empty = any(not (post.body.fields or post.body.text or post.order) for post in posts)
    return GENERIC.read(raw) if is_empty else posts


def _whole(posts: Sequence[Post], all_of_it: Sequence[Post], own: re.Pattern[str]) -> Sequence[Post]:
    """Add to a single form what stands neither in it nor under a label that is the sender's own."""
    if len(posts) != 1 or posts[0].order:
        return posts
    body = posts[0].body
    taken = {""} | {field.value.strip() for field in body.fields}
    left = [
        field
        for post in all_of_it
        for field in post.body.fields
        if field.value.strip() not in taken and not own.fullmatch(field.label)
    ]
    body.fields = [*body.fields, *left][:FIELDS]
    return posts
