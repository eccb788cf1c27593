"""The reader's version: it is part of what a parsed document says of itself, and of its event's id."""

READER_VERSION = "1.1"
