"""Examples for OpenAPI: a document in a list, and a finding."""

from typing import Any

_ID = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

DOCUMENT: dict[str, Any] = {
    "document_id": _ID,
    "status": "stored",
    "receipt_number": "GJ-20260312-000042",
    "sequence": 42,
    "received_at": "2026-03-12T01:22:07.120000Z",
    "file_name": "示例市样板局2024年部门决算公开.pdf",
    "kind": "final_accounts",
    "fiscal_year": 2024,
    "unit_name": "示例市样板局",
    "scope": "department",
    "region": "610000",
    "title": "示例市样板局2024年度部门决算",
    "pages": 48,
    "tables": 10,
    "facts": 180,
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
    "reader_version": "1.0",
    "pack_version": "1.0",
}

FINDING: dict[str, Any] = {
    "rule": "FA-SUMMARY-SUM-01",
    "severity": "error",
    "title": {"zh": "本年收入合计等于各项收入之和", "en": "Total income equals the sum of its items"},
    "message": {
        "zh": "本年收入合计印为 120.18，各项相加为 120.81，相差 0.63",
        "en": "Total income is printed as 120.18; its items add up to 120.81, which is 0.63 more",
    },
    "cells": [
        {
            "table": 0,
            "row": 8,
            "column": 2,
            "text": "120.18",
            "page": 12,
            "bbox": [210.4, 388.1, 262.0, 402.6],
            "label": "收入支出决算总表 / 本年收入合计 / 决算数",
            "assessment": None,
        }
    ],
    "quotes": [],
    "expected": "120.81",
    "difference": "-0.63",
    "causes": [
        {
            "kind": "transposed_digits",
            "explanation": {"zh": "多半是 81 写成了 18", "en": "81 was probably written as 18"},
            "cell": None,
            "proposed": "120.81",
        }
    ],
    "also": [],
    "document_id": _ID,
    "index": 0,
    "receipt_number": "GJ-20260312-000042",
    "file_name": "示例市样板局2024年部门决算公开.pdf",
    "region": "610000",
    "unit_name": "示例市样板局",
    "scope": "department",
    "kind": "final_accounts",
    "fiscal_year": 2024,
}
