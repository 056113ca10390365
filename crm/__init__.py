"""The business: contacts, tasks, promises. Plain synchronous Python over a Session; it knows the hub only."""
