"""What a campaign says by a messenger: words with places, a picture and buttons that lead somewhere, or a template.

It is kept as a version of the campaign's content, like a letter, and filled in for each recipient as it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from secrets import token_hex

import msgspec
from msgspec.structs import replace
from sqlalchemy.orm import Session

from crm import (
    campaign_contents,
    campaign_pictures,
    campaign_values,
    campaign_ways,
    chat_texts,
    chats,
)
from crm.campaign_newer import refuse_newer
from crm.campaign_places import Holding, without_marks
from crm.campaign_stencils import CLICKS, fill
from crm.campaigns import Campaign, CampaignContent
from crm.desk import Refusal
from hub.channels import Channel
from hub.chats import Button, Rules, SendMessage, Template
from hub.languages import _
from hub.letters import Enclosure
from hub.shapes import convert
from hub.users import Viewer

STOPS = frozenset(("stop", "sluta", "avsluta", "avregistrera", "unsubscribe", "/stop", "/unsubscribe"))
"""What somebody writes who wants no more: the whole message, however it is written."""
BUTTONS, LABEL, ADDRESS, VALUE = 3, 64, 2000, 300
LONGEST = 4_096  # letters
LINE = 80
NOT_FILLED = frozenset({"web_url", "email"})
"""Places of letters alone."""
MARK = "campaign-"
"""How the ids of a campaign's messages begin, by which their command is known."""


class Leading(msgspec.Struct, frozen=True, kw_only=True):
    """A button below the words, and the address that it opens."""

    words: str
    href: str


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said. `picture` is the key of one of ours; `template` names one that was approved, filled in by `values`.

    Words go alone or below a picture, a template always alone.
    """

    text: str = ""
    picture: str = ""
    buttons: tuple[Leading, ...] = ()
    template: str = ""
    language: str = ""
    values: tuple[str, ...] = ()


def message_of(content: CampaignContent | None) -> Message:
    """Give what a version says by a messenger; nothing where it is a letter."""
    return convert(content.message, Message) if content is not None and content.message else Message()


def save(
    session: Session, viewer: Viewer, campaign: Campaign, wanted: Message, began: int = 0
) -> CampaignContent:
    """Keep a new version; one that says the same is the one before. Refusal says what cannot be kept at all.

    Newer where somebody saved other words after the version `began`.
    """
    wanted = _bounded(wanted)
    rules = campaign_ways.rules_of(session, campaign.channel_id)
    if rules is None:
        raise Refusal(_("Choose the messenger first."))
    if rules.many == campaign_ways.TEMPLATE and (wanted.text or wanted.picture or wanted.buttons):
        raise Refusal(_("By this messenger only a template goes to many."))
    if rules.many == campaign_ways.TEXT and (wanted.template or wanted.values):
        raise Refusal(_("This messenger has no templates: write it in words."))
    _require_buttons(wanted.buttons)
    if wanted.picture and campaign_pictures.picture(session, wanted.picture) is None:
        raise Refusal(_("There is no such picture."))
    before = campaign_contents.last(session, campaign)
    if before is not None and before.message is not None and message_of(before) == wanted:
        return before
    refuse_newer(session, campaign.id, began)
    content = CampaignContent(
        campaign_id=campaign.id, subject=line(wanted), text=wanted.text, message=msgspec.to_builtins(wanted)
    )
    return campaign_contents.keep(session, viewer, campaign, content, before)


def known(session: Session) -> dict[str, str]:
    """Give every field that can be filled in, and what it is in words."""
    return {name: words for name, words in campaign_values.known(session).items() if name not in NOT_FILLED}


def template_of(session: Session, campaign: Campaign, message: Message) -> Template | None:
    """Give the template that it names, where its channel has it."""
    channel = session.get(Channel, campaign.channel_id) if campaign.channel_id is not None else None
    found = chats.templates_of(channel) if channel is not None and message.template else ()
    same = (
        each for each in found if each.name == message.template and message.language in {"", each.language}
    )
    return next(same, None)


def filled(message: Message, values: Mapping[str, str]) -> Message:
    """Give what one recipient reads. Where his clicks are counted, buttons lead by our address (`links`)."""
    counted = values.get(CLICKS)
    if counted:
        message = _counted(message, counted)
    return replace(
        message,
        text=_filled(message.text, values),
        values=tuple(_filled(each, values) for each in message.values),
    )


def links(message: Message) -> list[str]:
    """Give where it leads, in the order by which clicks are counted: its buttons, then values that are an address.

    Places in them are still open.
    """
    return [*(each.href for each in message.buttons), *filter(_is_address, message.values)]


def destination(message: Message, number: int, values: Mapping[str, str]) -> str:
    """Give where one of its links leads for one recipient; IndexError where there is none."""
    return _filled(links(message)[number], values)


def words_of(message: Message, template: Template | None) -> str:
    """Give the words as they are read."""
    return chat_texts.filled(template, message.values) if template is not None else message.text


def command(session: Session, campaign: Campaign, message: Message, to: str, mark: str = MARK) -> SendMessage:
    """Give a message that is filled in as it leaves for a chat. Refusal says why it cannot be said."""
    rules, template = (
        campaign_ways.rules_of(session, campaign.channel_id),
        template_of(session, campaign, message),
    )
    message_id = f"{mark}{token_hex(16)}"
    if message.template or rules is None or rules.many == campaign_ways.TEMPLATE:
        if template is None:
            raise Refusal(_("This channel has no template “%(name)s”.", name=message.template))
        return SendMessage(to=to, message_id=message_id, template=template, values=message.values)
    if chat_texts.length(message.text) > most(rules, message):
        raise Refusal(_("With what is filled in it is too long for the messenger."))
    buttons = tuple(Button(text=each.words, url=each.href) for each in message.buttons)
    return SendMessage(to=to, message_id=message_id, text=message.text, file=_file(session, message.picture),
                       buttons=buttons)  # fmt: skip


def line(message: Message) -> str:
    """Give a line that says which it is."""
    words = " ".join((message.text or message.template).split())
    return words if len(words) <= LINE else f"{words[: LINE - 1]}…"


def _counted(message: Message, address: str) -> Message:
    """Have everything that leads somewhere lead by our address."""
    numbers = count(len(message.buttons))
    return replace(
        message,
        buttons=tuple(
            replace(each, href=f"{address}/{number}") for number, each in enumerate(message.buttons)
        ),
        values=tuple(f"{address}/{next(numbers)}" if _is_address(each) else each for each in message.values),
    )


def _is_address(value: str) -> bool:
    return value.startswith(("https://", "http://")) and " " not in value


def _filled(text: str, values: Mapping[str, str]) -> str:
    holding = Holding()
    return fill(holding.opened_text(holding.held(text)), values, "text").decode().strip()


def most(rules: Rules, message: Message) -> int:
    """Give the most letters that it may have."""
    return min(LONGEST, rules.caption if message.picture else rules.text)


def _file(session: Session, key: str) -> Enclosure | None:
    picture = campaign_pictures.picture(session, key) if key else None
    if picture is None:
        return None
    return Enclosure(name=picture.name, type=picture.type, blob=picture.blob, size=picture.size)


def _bounded(wanted: Message) -> Message:
    """Give what is kept of what came: no more than can ever be sent, and nothing that only we write."""
    cleaned = without_marks(wanted.text.replace("\r\n", "\n")).strip()
    if len(cleaned) > LONGEST:
        raise Refusal(_("It has at most %(most)s letters.", most=LONGEST))
    buttons = [
        Leading(words=_line(each.words, LABEL), href=_line(each.href, ADDRESS)) for each in wanted.buttons
    ]
    return replace(
        wanted, text=cleaned, buttons=tuple(each for each in buttons if each.words or each.href),
        template=_line(wanted.template, VALUE), language=_line(wanted.language, LABEL),
        values=tuple(_line(each, VALUE) for each in wanted.values[:100]),
    )  # fmt: skip


def _require_buttons(buttons: Sequence[Leading]) -> None:
    if len(buttons) > BUTTONS:
        raise Refusal(_("It has at most %(most)s buttons.", most=BUTTONS))
    for each in buttons:
        if not each.words or not each.href.startswith(("https://", "http://")) or " " in each.href:
            raise Refusal(_("A button has words, and an address that begins with https://."))


def _line(text: str, most: int) -> str:
    return " ".join(without_marks(text).split())[:most]
