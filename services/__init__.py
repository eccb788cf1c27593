"""The four stages of the line: ingest, parse, validate, store. None imports another."""
