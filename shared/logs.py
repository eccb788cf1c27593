"""Logs: one JSON object a line with document_id and trace id, readable text on a terminal.

The document at hand is bound by context variables, so that every line written while it is handled names it, also
those of libraries.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from shared.settings import Settings, misspelt_variables

_document_id: ContextVar[str | None] = ContextVar("document_id", default=None)
_trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)

# Chatty below these levels; what matters of them the adapters report in their own words.
_LIBRARY_LEVELS = {
    "aiokafka": "ERROR",
    "uvicorn": "WARNING",
    "pymongo": "WARNING",
    "asyncio": "WARNING",
    "pdfminer": "ERROR",
}


@contextmanager
def log_context(document_id: str | None = None, trace_id: str | None = None) -> Iterator[None]:
    """Every line logged inside names this document and this trace; what is None stays as it was."""
    tokens = [(var, var.set(value)) for var, value in ((_document_id, document_id), (_trace_id, trace_id)) if value]
    try:
        yield
    finally:
        for var, token in tokens:
            var.reset(token)


def current_trace_id() -> str | None:
    """The W3C trace id (32 hex digits) of the work at hand, or None."""
    return _trace_id.get()


def setup_logs(service: str, settings: Settings) -> None:
    """Log to standard error, once per process; the format follows `settings.log_format`."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine(service) if as_json else _TextLine(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name, level in _LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    for name, likest in misspelt_variables().items():
        logging.getLogger(__name__).warning("%s is no setting%s", name, f"; did you mean {likest}?" if likest else "")


class _JsonLine(logging.Formatter):
    """One JSON object a line; `extra={"fields": {...}}` of a call is merged into it."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            "document_id": _document_id.get(),
            "trace_id": _trace_id.get(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(
            {key: value for key, value in line.items() if value is not None}, ensure_ascii=False, default=str
        )


class _TextLine(logging.Formatter):
    """Time, level, service, message, and the document's first eight digits where one is at hand."""

    def __init__(self, service: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)-7s {service:8} %(message)s", datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        fields = getattr(record, "fields", {})
        if fields:
            text += " " + " ".join(f"{key}={value}" for key, value in fields.items())
        document_id = _document_id.get()
        return f"{text} [{document_id[:8]}]" if document_id else text
