"""Examples for OpenAPI: a document in a list, and a finding."""

from typing import Any

_ID = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_FINDING_ID = "5f2a8c1d9be04f7734a1c6d2e0b98f41"

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
    "across": None,
    "withdrawn": None,
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
            "document_id": None,
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
    "finding_id": _FINDING_ID,
    "state": "confirmed",
    "decision": {
        "decision": "confirm",
        "text": "已与填报单位核实",
        "at": "2026-03-13T02:10:00Z",
        "by": "省厅审核",
    },
    "receipt_number": "GJ-20260312-000042",
    "file_name": "示例市样板局2024年部门决算公开.pdf",
    "region": "610000",
    "unit_name": "示例市样板局",
    "scope": "department",
    "kind": "final_accounts",
    "fiscal_year": 2024,
}

DECISION_REQUEST: dict[str, Any] = {"decision": "dismiss", "text": "单位已说明口径差异，不属填报错误"}

DECISION: dict[str, Any] = {
    "number": 17,
    "document_id": _ID,
    "finding_id": _FINDING_ID,
    "decision": "dismiss",
    "text": "单位已说明口径差异，不属填报错误",
    "at": "2026-03-13T02:10:00Z",
    "by": "省厅审核",
    "key": "3fa92c01d4e8",
    "finding": {name: FINDING[name] for name in ("rule", "severity", "message")},
}

AUDIT_ENTRY: dict[str, Any] = {
    "id": "20260313T021000.120000-9c01be44",
    "at": "2026-03-13T02:10:00.120000Z",
    "action": "upload",
    "actor": {"key": "7be0c2a9f513", "role": "district", "label": "样板县财政局", "address": "10.8.0.21"},
    "about": {"document_id": _ID, "receipt": "GJ-20260312-000042", "region_code": "610112"},
}

LINE: dict[str, Any] = {
    "document_id": _ID,
    "revision": 1,
    "current": True,
    "region": "610000",
    "unit_name": "示例市样板局",
    "scope": "department",
    "kind": "final_accounts",
    "fiscal_year": 2024,
    "table": 7,
    "table_type": "three_public_expenses",
    "row": 0,
    "column": 6,
    "row_key": "actual",
    "row_name": "",
    "column_key": "total",
    "amount": "3.20",
    "text": "3.20",
    "amount_unit": "万元",
    "page": 21,
    "bbox": [402.1, 210.0, 455.0, 224.5],
    "reader_version": "1.0",
    "pack_version": "1.0",
}

FILING: dict[str, Any] = {
    "region": "610000",
    "unit_name": "示例市样板局",
    "scope": "department",
    "kind": "final_accounts",
    "fiscal_year": 2024,
    "document_id": _ID,
    "revision": 1,
    "lines": 1804,
    "measures": {"three_public_expenses": "32000.00"},
}

GROUP: dict[str, Any] = {
    "region": "610000",
    "fiscal_year": 2024,
    "kind": None,
    "scope": None,
    "unit_name": None,
    "amount": "1284500.00",
    "filings": 62,
}
