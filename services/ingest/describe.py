"""What the upload API's OpenAPI says that its types cannot say."""

from typing import Any

from fastapi import Path

DESCRIPTION = """\
Upload final accounts (决算公开) and budgets (预算公开) as PDF; follow them to their findings.

上传部门决算、预算公开 PDF，查询处理状态。每个错误都返回 `reason`、`message_zh`、`message_en`；
`503` 带 `Retry-After`，稍后重试即可。
"""

TAGS = [
    {"name": "upload 上传", "description": "Files in, receipts out 上传文件，取得回执"},
    {"name": "status 状态", "description": "Where is my file? 我的文件到哪一步了"},
]

DOCUMENT_ID = Path(
    description="sha256 of the file's bytes 文件内容的 sha256",
    examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
)

_FORM = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "the PDF 决算或预算公开 PDF 原件"},
        "region": {
            "type": "string",
            "maxLength": 1024,
            "description": "region code or name 行政区划",
            "example": "610000",
        },
        "unit": {"type": "string", "maxLength": 1024, "description": "unit's name 单位名称", "example": "某市示例局"},
        "kind": {"type": "string", "enum": ["final_accounts", "budget"], "description": "决算 or 预算"},
        "year": {
            "type": "integer",
            "minimum": 1900,
            "maximum": 2099,
            "description": "fiscal year 年度",
            "example": 2024,
        },
        "supersedes": {
            "type": "string",
            "pattern": "^(GJ-[0-9]{8}-[0-9]{6,12}|[0-9a-f]{64})$",
            "description": "receipt or document_id that this file replaces 所更正的回执号或 document_id",
            "example": "GJ-20260312-000017",
        },
        "batch_id": {
            "type": "string",
            "pattern": "^[A-Za-z0-9._-]{1,64}$",
            "description": "groups the uploads of a folder 批次号",
            "example": "2024-finance-bureau",
        },
    },
}

UPLOAD_REQUEST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The fields may come in any order. 字段顺序不限；除 file 外均可省略，以文件内容为准。",
        "content": {
            "multipart/form-data": {
                "schema": _FORM,
                "encoding": {"file": {"contentType": "application/pdf"}},
            }
        },
    }
}
