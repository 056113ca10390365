"""What a message of a chat says in short: its first words, or what it is where there are none."""

from __future__ import annotations

from collections.abc import Mapping

from hub.chats import Media, MessageReceived
from hub.languages import N_
from hub.said import Said, nsaid, said

SUMMARY = 160
KINDS: Mapping[str, str] = {
    "photo": N_("Photo"), "voice": N_("Voice message"), "audio": N_("Sound"), "video": N_("Video"), "file": N_("File"),
    "sticker": N_("Sticker"), "animation": N_("Animation"),
}  # fmt: skip


def summary(event: MessageReceived) -> str:
    """Say in short what somebody wrote or sent."""
    if words := short(event.text):
        return words
    if event.media:
        return _media(event.media)
    names = [*(file.name for file in event.files), *(card.value for card in event.cards)]
    if event.spot is not None:
        place = short(event.spot.name or event.spot.address)
        return said("Location: %(place)s", place=place) if place else said("Location")
    if event.cards and not event.files:
        return said("Contact: %(name)s", name=short(names[0])[: SUMMARY // 2])
    return short(next(filter(None, names), event.pressed)) or said("no words")


def short(text: str) -> str:
    """Give the first words of a text on one line."""
    return " ".join(text[: 4 * SUMMARY].split())[:SUMMARY]


def _media(media: tuple[Media, ...]) -> str:
    first = media[0]
    if len(media) > 1 and all(each.kind == "photo" for each in media):
        return nsaid("%(num)s photo", "%(num)s photos", len(media))
    kind: Said = said(KINDS.get(first.kind, KINDS["file"]))
    if first.seconds is not None:
        minutes, seconds = divmod(round(first.seconds), 60)
        return said("%(what)s %(length)s", what=kind, length=f"{minutes}:{seconds:02}")
    name = short(first.name) if first.kind == "file" else ""
    return name or kind
