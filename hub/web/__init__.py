"""The hub's web side: shell, sign-in, intake, journal, API. The business has its pages in crm/web."""
