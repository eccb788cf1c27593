"""Examples for OpenAPI: a receipt, and the status of a document that was stored."""

from typing import Any

_ID = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_LINKS = {
    "status": f"http://127.0.0.1:8080/documents/{_ID}",
    "file": f"http://127.0.0.1:8080/documents/{_ID}/file",
    "findings": f"http://127.0.0.1:8081/documents/{_ID}/findings",
    "tables": f"http://127.0.0.1:8081/documents/{_ID}/tables",
    "batch": "http://127.0.0.1:8080/batches/2024-finance-bureau",
}

RECEIPT: dict[str, Any] = {
    "receipt": "GJ-20260312-000042",
    "document_id": _ID,
    "sequence": 42,
    "duplicate": False,
    "duplicate_of": None,
    "file_name": "示例市样板局2024年部门决算公开.pdf",
    "size": 1834211,
    "received_at": "2026-03-12T01:22:07.120000Z",
    "hints": {"region": "610000", "unit": None, "kind": "final_accounts", "year": 2024, "supersedes": None},
    "batch_id": "2024-finance-bureau",
    "links": _LINKS,
}

STATUS: dict[str, Any] = {
    "document_id": _ID,
    "status": "stored",
    "file_name": "示例市样板局2024年部门决算公开.pdf",
    "size": 1834211,
    "received_at": "2026-03-12T01:22:07.120000Z",
    "batch_id": "2024-finance-bureau",
    "kind": "final_accounts",
    "fiscal_year": 2024,
    "unit_name": "示例市样板局",
    "scope": "department",
    "region": "610000",
    "pages": 48,
    "tables": 10,
    "revision": 1,
    "current": True,
    "superseded_by": None,
    "counts": {
        "errors": 1,
        "warnings": 0,
        "infos": 2,
        "rules": 46,
        "checked": 41,
        "passed": 40,
        "failed": 1,
        "unclear": 5,
    },
    "rejection": None,
    "timeline": [
        {"stage": "accepted", "at": "2026-03-12T01:22:07.120000Z", "seconds": 0.0, "replay": 0},
        {"stage": "parsed", "at": "2026-03-12T01:22:09.480000Z", "seconds": 2.36, "replay": 0},
        {"stage": "validated", "at": "2026-03-12T01:22:09.830000Z", "seconds": 2.71, "replay": 0},
        {"stage": "stored", "at": "2026-03-12T01:22:10.020000Z", "seconds": 2.9, "replay": 0},
    ],
    "receipts": ["GJ-20260312-000042"],
    "links": _LINKS,
}
