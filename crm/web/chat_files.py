"""The files of a chat message: what plays or is shown in place, what is being fetched, and what cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from crm.attachments import Attachment
from crm.chats import ChatMedia
from crm.web.file_words import is_shown_small, kind_in_words
from hub.languages import N_, _
from hub.said import again
from hub.web import moments
from hub.web.journal_item import bytes_in_words

Look = Literal["picture", "audio", "video", "file"]
AUDIO = frozenset(f"audio/{each}" for each in ("ogg", "mpeg", "mp4", "aac", "webm", "wav", "x-wav", "x-m4a"))
VIDEO = frozenset({"video/mp4", "video/webm", "video/ogg"})
KINDS = {
    "photo": N_("Picture"), "voice": N_("Voice message"), "audio": N_("Sound"), "video": N_("Film"),
    "file": N_("File"), "sticker": N_("Sticker"), "animation": N_("Animation"),
}  # fmt: skip


class ChatFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file. `look` is how it is shown where it is here; `waits` and `lost` say in words why it is not."""

    name: str
    size: str = ""
    href: str = ""
    look: Look = "file"
    kind: str = ""
    length: str = ""
    waits: str = ""
    lost: str = ""


def files_of(attachments: Sequence[Attachment], media: Sequence[ChatMedia]) -> list[ChatFile]:
    """Show the files of one message, those that lie with the messenger in their place."""
    by_id = {each.id: each for each in attachments}
    told = {each.attachment_id: each for each in media if each.attachment_id}
    here = [_here(each, told.get(each.id)) for each in attachments]
    return here + [_elsewhere(each) for each in media if each.attachment_id not in by_id]


def plays_as(claimed: str) -> Look:
    """Tell how a browser shows what its sender claims to be of this type."""
    kind = claimed.partition(";")[0].strip().lower()
    return "audio" if kind in AUDIO else "video" if kind in VIDEO else "file"


def _here(file: Attachment, media: ChatMedia | None) -> ChatFile:
    look: Look = "picture" if is_shown_small(file) else plays_as(file.type)
    return ChatFile(
        name=file.name or _kind(media), size=bytes_in_words(file.size), href=f"/files/{file.id}", look=look,
        kind=_kind(media) if media else kind_in_words(file), length=_length(media),
    )  # fmt: skip


def _elsewhere(media: ChatMedia) -> ChatFile:
    size = bytes_in_words(media.size) if media.size else ""
    if media.due_at is None:
        why = again(media.error) if media.error else _("the messenger has it no more")
        return ChatFile(name=media.name or _kind(media), size=size, kind=_kind(media), length=_length(media),
                        lost=_("cannot be had: %(why)s", why=why))  # fmt: skip
    waits = (
        _("is being fetched; last: %(why)s", why=again(media.error)) if media.error else _("is being fetched")
    )
    return ChatFile(
        name=media.name or _kind(media), size=size, kind=_kind(media), length=_length(media), waits=waits
    )


def _kind(media: ChatMedia | None) -> str:
    kind = media.kind if media else "file"
    return _(KINDS.get(kind, KINDS["file"]))


def _length(media: ChatMedia | None) -> str:
    return moments.played(media.seconds) if media and media.seconds else ""
