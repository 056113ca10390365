"""How much of one form is kept on a card; the journal keeps it all. More is an attack or a mistake."""

FIELDS = 500
FILES = 20
LEVELS = 20
JSON_MARKS = 200_000  # commas and brackets; a decoder holds everybody up while it takes in more
LABEL = 200
VALUE = 20_000
MESSAGE = 10_000

# UTF-8 takes up to four bytes a letter; one letter more shows that there were too many.
LABEL_BYTES = 4 * (LABEL + 1)
VALUE_BYTES = 4 * (VALUE + 1)
