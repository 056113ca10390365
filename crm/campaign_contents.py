"""What a campaign says, version by version: each save is one, and what was sent stays as it was."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm import (
    campaign_blocks,
    campaign_inserts,
    campaign_mjml,
    campaign_text,
    campaign_values,
)
from crm.campaign_blocks import Block, Fault
from crm.campaign_mjml import Around
from crm.campaign_newer import refuse_newer
from crm.campaign_places import Holding, faults, without_marks
from crm.campaign_starts import Start
from crm.campaign_stencils import Stencil, stencil
from crm.campaign_trials import LETTERS, CampaignTrial, trial_of, variants_of
from crm.campaigns import DRAFT, MAIL, SCHEDULED, TEMPLATE, Campaign, CampaignContent, unplanned
from crm.desk import Refusal
from crm.letterheads import letterhead
from crm.mailing_lists import MailingList
from crm.setup import setup
from hub import audit
from hub.bus import Audience, Notice
from hub.db import announce
from hub.languages import N_, SOURCE, Listener, _, speaking_to
from hub.said import said
from hub.users import Viewer

KIND = "campaign"
NAME = 120
SUBJECT = 300
OPEN = frozenset({DRAFT, SCHEDULED, TEMPLATE})


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote, as it was typed."""

    subject: str = ""
    preheader: str = ""
    blocks: tuple[Block, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """What became of it, with its places open."""

    html: str
    text: str


class Stencils(msgspec.Struct, frozen=True):
    """A content ready to be filled in: the subject as a header, the HTML, the plain text."""

    subject: Stencil
    html: Stencil
    text: Stencil

    @property
    def names(self) -> frozenset[str]:
        """Give all values that it may ask for."""
        return self.subject.names | self.html.names | self.text.names


def begin(
    session: Session, viewer: Viewer, name: str, list_id: int | None, start: Start, base: str
) -> Campaign:
    """Begin a campaign with what a start says; Refusal where it has no name."""
    campaign = Campaign(name=named(session, name, list_id), key=secrets.token_urlsafe(24), list_id=list_id,
                        made_by=viewer.user_id,
                        department_id=viewer.department_id)  # fmt: skip
    session.add(campaign)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, campaign.id)
    written = Written(subject=start.subject, preheader=start.preheader, blocks=start.blocks)
    save(session, viewer, campaign, written, base)
    return campaign


def save(
    session: Session, viewer: Viewer, campaign: Campaign, written: Written, base: str, variant: str = "A", *,
    anew: bool = False, began: int = 0,
) -> CampaignContent:  # fmt: skip
    """Keep a new version; one that says the same is the one before. Whatever was tested is to be tested again.

    Newer where somebody saved other words after the version `began`.
    """
    before = last(session, campaign, variant)
    if campaign.handle != MAIL:
        raise Refusal(_("Choose the mailbox that it is written from."))
    if before is not None and not anew and before.message is None and written_of(before) == written:
        return before
    refuse_newer(session, campaign.id, began, variant)
    made = make(session, campaign, written, base)
    content = CampaignContent(
        campaign_id=campaign.id, variant=variant, subject=written.subject, preheader=written.preheader,
        blocks=campaign_blocks.kept(written.blocks), html=made.html, text=made.text,
    )  # fmt: skip
    return keep(session, viewer, campaign, content, before)


def last(session: Session, campaign: Campaign, variant: str = "A") -> CampaignContent | None:
    """Give the version after which a new one comes: nobody else makes one meanwhile. Refusal for what was sent."""
    session.refresh(campaign, with_for_update=True)
    refuse_sent(campaign)
    return newest(session, campaign.id, variant)


def keep(
    session: Session, viewer: Viewer, campaign: Campaign, content: CampaignContent, before: CampaignContent | None
) -> CampaignContent:  # fmt: skip
    """Keep a version that comes after another."""
    content.version, content.changed_by = before.version + 1 if before else 1, viewer.user_id
    session.add(content)
    session.flush()
    campaign.tested_at = campaign.tested_by = None
    unplanned(campaign)
    audit.record(session, viewer, audit.CHANGED, KIND, campaign.id,
                 words=said("version %(number)s was saved", number=_called(content)))  # fmt: skip
    tell(session, campaign)
    return content


def keep_as_template(session: Session, viewer: Viewer, campaign: Campaign, base: str) -> Campaign:
    """Keep what a campaign says as something to begin with."""
    if campaign.handle != MAIL:
        raise Refusal(_("Only a letter is kept as a template."))
    content = newest(session, campaign.id)
    said_in = written_of(content) if content else Written()
    start = Start(
        name=campaign.name, subject=said_in.subject, preheader=said_in.preheader, blocks=said_in.blocks
    )
    kept = begin(session, viewer, campaign.name, campaign.list_id, start, base)
    kept.state = TEMPLATE
    return kept


def make(session: Session, campaign: Campaign, written: Written, base: str) -> Made:
    """Make HTML and text of what was written. Refusal says which block cannot be made."""
    with speaking_to(Listener(language_of(session, campaign))):
        around = around_of(session, campaign, written, base)
        try:
            campaign_blocks.require_bearable(written.blocks)
            return Made(
                campaign_mjml.html(written.blocks, around), campaign_text.text(written.blocks, around)
            )
        except ValueError as error:
            raise Refusal(str(error)) from None


def around_of(session: Session, campaign: Campaign, written: Written, base: str) -> Around:
    """Give what the letter is made of beside its blocks, in the language that is spoken."""
    company, head = setup(session).company.name, letterhead(session)
    of = session.get(MailingList, campaign.list_id) if campaign.list_id else None
    why = (_("You get this because you are on the list “%(list)s” of %(company)s.", list=of.name, company=company)
           if of else _("This letter is from %(company)s.", company=company))  # fmt: skip
    lines = [company, *(each.strip() for each in head.address.splitlines() if each.strip())]
    return Around(
        title=written.subject, preheader=written.preheader, language=language_of(session, campaign),
        address=list(dict.fromkeys(lines)), why=why, leave=_("Leave the list or choose what you get"),
        see=_("See this letter in the browser"), goods=campaign_inserts.goods(session, written.blocks),
        images=campaign_inserts.images(session, written.blocks, base),
    )  # fmt: skip


def stencils(content: CampaignContent) -> Stencils:
    """Give what is filled in for each recipient; it is cut once."""
    holding = Holding()
    subject = holding.opened_text(holding.held(content.subject))
    return Stencils(stencil(subject, "header"), stencil(content.html), stencil(content.text, "text"))


def newest(session: Session, campaign_id: int, variant: str = "A") -> CampaignContent | None:
    """Give the newest version of what a campaign says."""
    return session.scalar(_versions(campaign_id, variant).limit(1))


def chosen(session: Session, campaign_id: int) -> CampaignContent | None:
    """Give the newest version of its letter: of those that are tried the one that was chosen, else the first."""
    trial = trial_of(session, campaign_id)
    return newest(session, campaign_id, trial.winner if trial is not None and trial.winner else LETTERS[0])


def chosen_of(session: Session, campaign_ids: Collection[int]) -> Mapping[int, CampaignContent]:
    """Give by campaign what `chosen` gives of one; those that say nothing yet are missing."""
    won = select(CampaignTrial.campaign_id, CampaignTrial.winner)
    winners = dict(session.execute(won.where(CampaignTrial.campaign_id.in_(campaign_ids))).all())
    of = (CampaignContent.campaign_id, CampaignContent.variant)
    last = select(func.max(CampaignContent.id)).where(of[0].in_(campaign_ids)).group_by(*of)
    rows = session.scalars(select(CampaignContent).where(CampaignContent.id.in_(last)))
    return {each.campaign_id: each for each in rows
            if each.variant == (winners.get(each.campaign_id) or LETTERS[0])}  # fmt: skip


def versions(
    session: Session, campaign_id: int, variant: str = "A", most: int = 50
) -> Sequence[CampaignContent]:
    """Give its versions, the newest first."""
    return session.scalars(_versions(campaign_id, variant).limit(most)).all()


def letters(session: Session, campaign_id: int) -> list[CampaignContent]:
    """Give the newest version of each letter that is sent."""
    found = (newest(session, campaign_id, variant) for variant in variants_of(session, campaign_id))
    return [each for each in found if each is not None]


def version(session: Session, campaign_id: int, number: int, variant: str = "A") -> CampaignContent | None:
    """Give one version."""
    return session.scalar(_versions(campaign_id, variant).where(CampaignContent.version == number))


def count(session: Session, campaign_id: int, variant: str = "A") -> int:
    """Count the versions."""
    of = CampaignContent.campaign_id == campaign_id
    return session.scalar(select(func.count()).where(of, CampaignContent.variant == variant)) or 0


def written_of(content: CampaignContent) -> Written:
    """Give a version as it was typed."""
    return Written(subject=content.subject, preheader=content.preheader,
                   blocks=tuple(campaign_blocks.read(content.blocks)))  # fmt: skip


def bounded(written: Written) -> Written:
    """Give what is kept of what came: one line for a subject, and nothing that only we write."""
    return msgspec.structs.replace(
        written, subject=" ".join(without_marks(written.subject).split())[:SUBJECT],
        preheader=" ".join(without_marks(written.preheader).split())[:SUBJECT],
    )  # fmt: skip


def wrong(session: Session, written: Written) -> list[Fault]:
    """Say what keeps a letter from being sent, by block and line."""
    fields = list(campaign_values.known(session))
    head = [
        Fault(0, 0, said(where, words=words))
        for text, where in head_of(written)
        for _line, words in faults(text, fields)
    ]
    return head + campaign_blocks.faults(written.blocks, fields)


def head_of(written: Written) -> Sequence[tuple[str, str]]:
    """Give what stands before the blocks, and how what is wrong in it is told."""
    return ((written.subject, N_("In the subject: %(words)s")),
            (written.preheader, N_("In the preview line: %(words)s")))  # fmt: skip


def language_of(session: Session, campaign: Campaign) -> str:
    """Give the language of a campaign: that of its list."""
    of = session.get(MailingList, campaign.list_id) if campaign.list_id else None
    return of.language if of else SOURCE


def _called(content: CampaignContent) -> str:
    return str(content.version) if content.variant == LETTERS[0] else f"{content.variant}{content.version}"


def refuse_sent(campaign: Campaign) -> None:
    """Refuse to change what was sent."""
    if campaign.state not in OPEN:
        raise Refusal(_("It is on its way, or was: what it says stays as it is."))


def named(session: Session, name: str, list_id: int | None) -> str:
    """Give a name as it is kept, for a list that there is."""
    name = " ".join(name.split())
    if not name or len(name) > NAME:
        raise Refusal(_("A campaign has a name of at most %(most)s letters.", most=NAME), field="name")
    if list_id is not None and session.get(MailingList, list_id) is None:
        raise Refusal(_("There is no such list."), field="list")
    return name


def tell(session: Session, campaign: Campaign) -> None:
    """Have whoever looks at it look again."""
    audience = Audience(roles=frozenset({"manager", "admin"}))
    announce(session, Notice(kind=KIND, id=campaign.id, audience=audience))


def _versions(campaign_id: int, variant: str) -> Select[CampaignContent]:
    of = (CampaignContent.campaign_id == campaign_id, CampaignContent.variant == variant)
    return select(CampaignContent).where(*of).order_by(CampaignContent.version.desc())
