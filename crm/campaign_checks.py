"""What must hold before a campaign may begin: nothing begins past these.

What only the network can tell, whether our signing key is published and whether links answer, is asked by who may
wait for it (crm/web/campaign_outlook.py), and handed over as `Outside`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from sqlalchemy.orm import Session

from crm import (
    campaign_contents,
    campaign_hints,
    campaign_message_checks,
    campaign_message_faults,
    campaign_messages,
    campaign_shares,
    campaign_tests,
    campaign_trials,
    campaign_values,
    campaign_whom,
    consent_files,
    letter_boxes,
    paces,
)
from crm.campaign_contents import Made
from crm.campaign_duties import Check as Check  # noqa: PLC0414 - whoever checks has it all of one place
from crm.campaign_hints import Hint
from crm.campaign_stencils import destination, stencil
from crm.campaigns import MAIL, Campaign, CampaignContent
from crm.desk import Refusal
from crm.letter_boxes import Box
from crm.letterheads import letterhead
from crm.mailing_lists import MailingList
from hub.channels import Channel
from hub.said import Said, said
from hub.users import User

MOST_LINKS = 30
_LOCAL = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What the network told. `url` is under which address the hub is reached, "" where nobody said that.

    `key`: is our signing key published, "unknown" with the reason in `key_words` where that could not be asked.
    `links` are those that lead nowhere, and why; None where none could be asked.
    """

    url: str = ""
    key: Literal["good", "bad", "unknown"] = "unknown"
    key_words: Said | str = ""
    links: Mapping[str, Said | str] | None = None


def checks(
    session: Session, campaign: Campaign, content: CampaignContent | None, outside: Outside
) -> list[Check]:
    """Give all checks of a campaign; it may begin when all of them hold."""
    if campaign.handle != MAIL:
        return [
            *campaign_message_checks.checks(session, campaign, content), *_led(session, campaign, content, outside),
            _ground(session, campaign), _somebody(session, campaign), _tested(session, campaign, content),
        ]  # fmt: skip
    return [
        _says(session, campaign, content),
        _leaves(campaign, content),
        _links(session, campaign, outside),
        _address(session),
        _ground(session, campaign),
        _somebody(session, campaign),
        *_box(session, campaign, outside),
        _reached(outside),
        *_tried(session, campaign),
        _tested(session, campaign, content),
    ]


def of_letter(
    session: Session, letter: Campaign, content: CampaignContent | None, outside: Outside
) -> list[Check]:
    """Give the checks of a letter of a sequence: to whom it goes, that knows."""
    return [
        _says(session, letter, content), _leaves(letter, content), _links(session, letter, outside),
        _address(session), _ground(session, letter), *_box(session, letter, outside), _reached(outside),
        _tested(session, letter, content),
    ]  # fmt: skip


def require(session: Session, campaign: Campaign, outside: Outside) -> None:
    """Refuse what may not begin, and say all that is wrong."""
    newest = campaign_contents.newest(session, campaign.id)
    wrong = [each for each in checks(session, campaign, newest, outside) if not each.holds]
    if wrong:
        lines = [f"{each.name}: {each.words}" if each.words else each.name for each in wrong]
        raise Refusal(said("It cannot begin yet. %(why)s", why=" ".join(lines)))


def hints_of(session: Session, content: CampaignContent) -> list[Hint]:
    """Give what speaks against a version."""
    written = campaign_contents.written_of(content)
    return campaign_hints.hints(written, Made(content.html, content.text), campaign_contents.wrong(session, written),
                                campaign_values.lacking(session))  # fmt: skip


def links_of(session: Session, campaign: Campaign) -> list[str]:
    """Give where its letters lead, of the web; those that are each recipient's own are not among them."""
    led = dict.fromkeys(
        destination(each, {})
        for content in campaign_contents.letters(session, campaign.id)
        for each in stencil(content.html).links
    ) | dict.fromkeys(
        each
        for content in campaign_contents.letters(session, campaign.id)
        for each in campaign_messages.links(campaign_messages.message_of(content)) if "{{" not in each
    )  # fmt: skip
    return [each for each in led if each.startswith(("http://", "https://"))][:MOST_LINKS]


def _says(session: Session, campaign: Campaign, content: CampaignContent | None) -> Check:
    stops = [each for each in hints_of(session, content) if each.stops] if content else []
    words = (
        said("%(what)s", what=[_told(each) for each in stops[:5]])
        if content
        else said("It says nothing yet.")
    )
    return Check(
        name=said("Nothing in it is broken"), holds=content is not None and not stops, words=words,
        href=_content(campaign),
    )  # fmt: skip


def _told(hint: Hint) -> Said:
    if hint.block and hint.line:
        return said(
            "Block %(block)s, line %(line)s: %(words)s", block=hint.block, line=hint.line, words=hint.words
        )
    return (
        said("Block %(block)s: %(words)s", block=hint.block, words=hint.words) if hint.block else hint.words
    )


def _leaves(campaign: Campaign, content: CampaignContent | None) -> Check:
    return Check(
        name=said("One click leaves the list"), holds=content is not None and "unsubscribe_url" in content.html,
        words=said("Save it once."), href=_content(campaign),
    )  # fmt: skip


def _links(session: Session, campaign: Campaign, outside: Outside) -> Check:
    asked, led = outside.links or {}, links_of(session, campaign)
    dead = [said("%(address)s: %(why)s", address=each[:80], why=asked[each]) for each in led if each in asked]
    unasked = (
        said("They could not be asked from here: try them in the test.")
        if led and outside.links is None
        else ""
    )
    return Check(name=said("Its links lead somewhere"), holds=not dead, words=said("%(what)s", what=dead),
                 href=_content(campaign), note=unasked)  # fmt: skip


def _led(
    session: Session, campaign: Campaign, content: CampaignContent | None, outside: Outside
) -> list[Check]:
    """Check where a message leads, and that we are reached where it leads to us."""
    message = campaign_messages.message_of(content)
    links = campaign_messages.links(message)
    to_us = (campaign.counts_clicks and links) or campaign_message_faults.names_page(message)
    return [*([_links(session, campaign, outside)] if links else []), *([_reached(outside)] if to_us else [])]


def _address(session: Session) -> Check:
    return Check(
        name=said("It says whose letter it is"), holds=bool(letterhead(session).address.strip()),
        words=said("A postal address is asked for by law: an admin writes it into company.toml, under [letterhead]."),
    )  # fmt: skip


def _ground(session: Session, campaign: Campaign) -> Check:
    of = session.get(MailingList, campaign.list_id) if campaign.list_id else None
    name = said("Who gets it agreed to something")
    if of is None:
        return Check(name=name, holds=False, words=said("Choose a list."), href=_content(campaign))
    if of.retired_at is not None:
        return Check(name=name, holds=False, words=said("“%(list)s” is in use no more: choose another.", list=of.name),
                     href=_content(campaign))  # fmt: skip
    if (file := consent_files.under_way(session, of.id)) is not None:
        words = said(
            "A file is just being taken into it: %(done)s of %(all)s.", done=file.done, all=file.total
        )
        return Check(name=name, holds=False, words=words, href=f"/mailing-lists/{of.id}")
    return Check(name=name, holds=bool(of.words.strip()), words=said("Say on the list in which words people agree."),
                 href=f"/mailing-lists/{of.id}")  # fmt: skip


def _somebody(session: Session, campaign: Campaign) -> Check:
    name, href = (
        said("Somebody gets it, and each has a line in the ledger"),
        f"/campaigns/{campaign.id}#recipients",
    )
    try:
        holds = campaign.list_id is not None and campaign_whom.anybody(session, campaign)
    except (Refusal, ValueError) as error:
        return Check(name=name, holds=False, words=str(error), href=href)
    return Check(name=name, holds=holds, words=said("Nobody who is meant has agreed to it."), href=href)


def _box(session: Session, campaign: Campaign, outside: Outside) -> Sequence[Check]:
    box = letter_boxes.box(session, campaign.channel_id) if campaign.channel_id else None
    name = said("It has a mailbox")
    if box is None:
        return [Check(name=name, holds=False, words=said("Choose the mailbox that it is written from."),
                      href=_content(campaign))]  # fmt: skip
    channel = session.get_one(Channel, box.id)
    trouble = _unread(channel)
    return [Check(name=name, holds=not trouble, words=trouble, href=f"/channels/{box.id}"),
            _signed(session, box, channel, outside)]  # fmt: skip


def _unread(channel: Channel) -> Said | str:
    """Say why nobody reads what comes back to a mailbox, "" where nothing of the kind is known."""
    if channel.paused_at is not None:
        return said("Its mailbox is paused.")
    if not channel.trouble:
        return ""
    return said(
        "Nobody reads what comes back to it, such as who wants no more letters: %(why)s", why=channel.trouble
    )


def _signed(session: Session, box: Box, channel: Channel, outside: Outside) -> Check:
    """Tell whether letters are signed by the domain that they are from (DKIM, aligned): by us, or by the server."""
    domain = box.address.rpartition("@")[2]
    name = said("Letters are signed for %(domain)s", domain=domain)
    if str(channel.settings.get("dkim_selector", "")):
        note = outside.key_words if outside.key == "unknown" else ""
        return Check(name=name, holds=outside.key != "bad", words=outside.key_words, href=f"/channels/{box.id}",
                     note=note)  # fmt: skip
    pace = paces.known(session, box.id)
    who = session.get(User, pace.vouched_by) if pace is not None and pace.vouched_by else None
    return Check(
        name=name, holds=pace is not None and pace.vouched_at is not None, href=f"/paces/{box.id}",
        note=said("By the mail server, says %(name)s.", name=who.name) if who else "",
        words=said("Give the mailbox a DKIM key, or have an admin say that its mail server signs for %(domain)s.",
                   domain=domain),
    )  # fmt: skip


def _reached(outside: Outside) -> Check:
    holds = outside.url.startswith(("https://", *_LOCAL))
    words = said(
        "Links lead there, also that by which one leaves: an admin writes `url` into ringback.toml, with https://."
    )
    return Check(name=said("The hub has an address that recipients reach"), holds=holds, words=words)


def _tried(session: Session, campaign: Campaign) -> list[Check]:
    """Check the letters that are tried against the first one, which is checked like a letter that is alone."""
    trial = campaign_trials.trial_of(session, campaign.id)
    if trial is None:
        return []
    broken = [each for each in trial.variants[1:] if not _is_in_order(session, campaign, each)]
    mends = f"{_content(campaign)}?variant={broken[0]}" if broken else ""
    return [
        Check(name=said("The other letters of the trial are in order"), holds=not broken, href=mends,
              words=said("Something must be mended in letter %(letters)s.", letters=", ".join(broken))),
        Check(name=said("What decides the trial is counted"), holds=campaign_trials.counts(campaign, trial.rule),
              words=said("Count it in this campaign, or have something else decide."),
              href=f"/campaigns/{campaign.id}/trial"),
        campaign_shares.check(session, campaign, trial),
    ]  # fmt: skip


def _is_in_order(session: Session, campaign: Campaign, letter: str) -> bool:
    content = campaign_contents.newest(session, campaign.id, letter)
    leaves = content is not None and "unsubscribe_url" in content.html
    return leaves and _says(session, campaign, content).holds


def _tested(session: Session, campaign: Campaign, content: CampaignContent | None) -> Check:
    who = session.get(User, campaign.tested_by) if campaign.tested_by else None
    holds = (
        campaign.tested_at is not None and content is not None and campaign.tested_at >= content.changed_at
    )
    name = said("Test read by %(name)s", name=who.name) if holds and who else said("A person read the test")
    to = campaign_tests.sent_to(session, campaign)
    words = (
        said("A test went to %(address)s: look at it where it arrived, and say so.", address=to)
        if to
        else said("Send yourself a test, look at it, and say so.")
    )
    return Check(name=name, holds=holds, words=words, href=_content(campaign) + "#checks")


def _content(campaign: Campaign) -> str:
    return f"/campaigns/{campaign.id}/content"
