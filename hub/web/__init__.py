"""The hub's web side: shell, sign-in, intake, journal pages, API plumbing. Pages of the business live in crm/web."""
