"""One protocol each: raw wire data into events, commands into wire data. They know the hub only."""
