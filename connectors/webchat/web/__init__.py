"""The console's pages about web chats: put one on a site, and try it."""

from connectors.webchat.web import sites

PAGES = (sites,)
