"""What kind of file something is, in a word or two, by what its sender claims; and whether it is shown small."""

from __future__ import annotations

from crm.attachments import Attachment
from hub.languages import N_, _

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
LARGEST = 8_000_000  # bytes of a picture that is shown small
WORDS = {
    "application/pdf": "PDF", "text/calendar": N_("invitation"), "message/rfc822": N_("letter"),
    "application/zip": N_("archive"), "text/csv": N_("table"), "text/plain": N_("text"), "text/html": N_("web page"),
    "application/msword": N_("document"), "application/rtf": N_("document"),
    "application/vnd.ms-excel": N_("table"), "application/ms-tnef": N_("Outlook's own"),
}  # fmt: skip
KINDS = {"image": N_("picture"), "audio": N_("sound"), "video": N_("film")}
OFFICE = {"wordprocessingml": N_("document"), "spreadsheetml": N_("table"), "presentationml": N_("slides"),
          "opendocument.text": N_("document"), "opendocument.spreadsheet": N_("table")}  # fmt: skip


def kind_in_words(file: Attachment) -> str:
    """Say what kind of file it is, "" where nobody knows."""
    claimed = _claimed(file)
    office = next((words for name, words in OFFICE.items() if name in claimed), "")
    words = WORDS.get(claimed) or KINDS.get(claimed.partition("/")[0]) or office
    return _(words) if words else ""


def is_shown_small(file: Attachment) -> bool:
    """Tell whether a file is a picture that a browser shows."""
    return _claimed(file) in PICTURES and file.size <= LARGEST


def _claimed(file: Attachment) -> str:
    return file.type.partition(";")[0].strip().lower()
