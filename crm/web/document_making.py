"""Making a document of a deal: read, render, keep; anew where another was faster.

Rendering waits for nobody's transaction, and nobody's transaction for it. Until it is kept, nothing is taken: killed at
any step, there is either the whole document with its number or neither.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import AsyncIterator

from aiohttp import web
from sqlalchemy.orm import Session

from crm import document_drafts, documents, invoice_papers, payment_codes, ready_documents
from crm.document_drafts import Prepared, Unwanted, Wanted
from crm.documents import Content, Overtaken
from hub.blobs import Blobs
from hub.db import Database
from hub.languages import _
from hub.paper_orders import Paper
from hub.papers import Papers
from hub.users import Viewer

TRIES = 20


class DocumentMaker:
    """Makes documents, one at a time: only another node can be faster with a number."""

    def __init__(self, db: Database, blobs: Blobs, papers: Papers) -> None:
        """Make them of what is in this store."""
        self._db, self._blobs, self._papers = db, blobs, papers
        self._turn = Lock()

    async def make(self, viewer: Viewer, wanted: Wanted) -> int:
        """Make a document and give its number in the store. Unwanted and UnmadeError have words for who asked."""
        async with self._turn:
            await self._bring()
            for _try in range(TRIES):
                there = await self._db.read(document_drafts.wished, wanted.wish)
                if there is not None:
                    return there
                kept = await self._made(viewer, await self._db.read(_prepared, wanted))
                if kept is not None:
                    return kept
        raise Unwanted(_("The deal is being changed all the time: try again."))

    async def preview(self, wanted: Wanted) -> bytes:
        """Give what it would be, with the number that comes next; nothing is kept."""
        await self._bring()
        return await self._rendered(await self._db.read(_prepared, wanted))

    async def kept(self, _app: web.Application) -> AsyncIterator[None]:
        """End the press with the application."""
        yield
        await self._papers.close()

    async def _made(self, viewer: Viewer, prepared: Prepared) -> int | None:
        """Render and keep; None where it was overtaken meanwhile."""
        content = await self._rendered(prepared)
        kept = Content(await self._blobs.put(content), len(content))
        try:
            return await self._db.write(
                lambda session: documents.keep(session, viewer, prepared.draft, kept).id
            )
        except Overtaken:
            return None

    async def _rendered(self, prepared: Prepared) -> bytes:
        files = {}
        if prepared.format == "pdf":
            files = {ready_documents.PAPER: ready_documents.file(ready_documents.PAPER)}
            if prepared.payment:
                files["payment.svg"] = payment_codes.drawn(prepared.payment)
        template = await self._blobs.get(prepared.template)
        return await self._papers.make(
            Paper(format=prepared.format, template=template, data=prepared.data, files=files, at=prepared.at)
        )

    async def _bring(self) -> None:
        """Have the templates there that Ringback brings."""
        missing = await self._db.read(ready_documents.missing)
        if not missing:
            return
        blobs = {}
        for ready in missing:
            for language, name in ready.files.items():
                content = ready_documents.file(name)
                if ready.format == "docx":
                    content = await self._papers.make(Paper(format="words", template=content, data={}))
                blobs[ready.key, language] = await self._blobs.put(content)
        await self._db.write(ready_documents.bring, blobs)


def _prepared(session: Session, wanted: Wanted) -> Prepared:
    """Read what it is made of: a deal, or an invoice."""
    read = document_drafts.prepared if wanted.invoice_id is None else invoice_papers.prepared
    return read(session, wanted)


MAKER = web.AppKey("documents", DocumentMaker)
