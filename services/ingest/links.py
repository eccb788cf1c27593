"""Absolute URLs of what belongs to a document."""

from fastapi import Request
from pydantic import BaseModel

from shared.settings import Settings


class Links(BaseModel):
    """Absolute URLs: status and file here, findings and tables at the read API."""

    status: str
    file: str
    findings: str
    tables: str
    batch: str | None = None


def links_to(document_id: str, request: Request, settings: Settings, batch_id: str | None = None) -> Links:
    """The links of a document, on the configured base URLs, else on the one the request came to."""
    own = (settings.public_url or str(request.base_url)).rstrip("/")
    query = (settings.query_url or own).rstrip("/")
    return Links(
        status=f"{own}/documents/{document_id}",
        file=f"{own}/documents/{document_id}/file",
        findings=f"{query}/documents/{document_id}/findings",
        tables=f"{query}/documents/{document_id}/tables",
        batch=f"{own}/batches/{batch_id}" if batch_id else None,
    )
