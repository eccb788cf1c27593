"""The parameters that several routes of the read API take."""

from typing import Annotated

from fastapi import Path, Query

from services.store.bodies import State
from shared.findings import Severity

DocumentId = Annotated[
    str,
    Path(
        description="sha256 of the file 文件内容的 sha256",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="rows of a page 每页条数")]
Cursor = Annotated[str | None, Query(description="`next` of the page before 上一页的 next", max_length=20)]
Region = Annotated[str | None, Query(description="region 行政区划", max_length=1024, examples=["610000"])]
Unit = Annotated[
    str | None, Query(description="the unit's name contains 单位名称包含", max_length=200, examples=["财政局"])
]
Year = Annotated[int | None, Query(ge=1900, le=2099, description="fiscal year 年度", examples=[2024])]
Rule = Annotated[str | None, Query(description="rule id 规则编号", max_length=80, examples=["FA-SUMMARY-SUM-01"])]
TableType = Annotated[
    str | None, Query(alias="type", description="table type 表的类型", max_length=80, examples=["income"])
]
SeverityOf = Annotated[Severity | None, Query(description="severity 严重程度")]
StateOf = Annotated[State | None, Query(description="what the reviewers decided 审核状态")]
BatchId = Annotated[str | None, Query(description="batch 批次号", max_length=64)]
DocumentOf = Annotated[str | None, Query(description="of one document 所属文件", max_length=64)]
OpaqueCursor = Annotated[str | None, Query(description="`next` of the page before 上一页的 next", max_length=6000)]
TableTypeOf = Annotated[
    str | None, Query(description="table type 表的类型", max_length=80, examples=["three_public_expenses"])
]
