"""Routes of the read API about lines, filings and sums."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.store.filing_queries import filings_page
from services.store.grouping import address_totals, dimensions, measure_totals
from services.store.line_bodies import FilingPage, LineItem, LinePage, MeasureItem, Totals
from services.store.line_queries import LineFilter, lines_page
from services.store.measures import published_measures
from services.store.parameters import DocumentOf, Limit, OpaqueCursor, Region, TableTypeOf, Unit, Year
from services.store.reading import document_filters
from shared.access import Reader
from shared.document import Kind, Scope
from shared.errors import InvalidField
from shared.http_errors import error_responses
from shared.mongo import Database
from shared.sight import sight_of

KindOf = Annotated[Kind | None, Query(description="决算 final_accounts, 预算 budget")]
ScopeOf = Annotated[Scope | None, Query(description="部门 department, 单位 unit")]
RowKey = Annotated[str | None, Query(description="the row 行的键", max_length=400, examples=["actual", "2080501"])]
ColumnKey = Annotated[str | None, Query(description="the column 列的键", max_length=80, examples=["total"])]
By = Annotated[
    str,
    Query(
        description="region, fiscal_year, kind, scope, unit_name 分组依据，用逗号分隔", examples=["region,fiscal_year"]
    ),
]
SummedScope = Annotated[
    Scope,
    Query(description="sums never mix departments with the units that are part of them 部门数含所属单位，不可相加"),
]
MeasureOf = Annotated[
    str | None, Query(description="of /measures 指标", max_length=80, examples=["three_public_expenses"])
]


def line_routes(database: Database) -> APIRouter:
    """The routes over a database."""
    router = APIRouter(tags=["lines 数据行"])

    @router.get("/lines", responses=error_responses(400, 404, 503))
    async def lines(
        caller: Reader,
        document_id: DocumentOf = None,
        region: Region = None,
        unit: Unit = None,
        year: Year = None,
        kind: KindOf = None,
        scope: ScopeOf = None,
        table_type: TableTypeOf = None,
        row_key: RowKey = None,
        column_key: ColumnKey = None,
        limit: Limit = 50,
        cursor: OpaqueCursor = None,
    ) -> LinePage:
        """Every amount in the tables, by document, district, year or address. 逐行查询表中数据

        With `table_type`, `row_key` and `column_key` one cell of every document; otherwise the document received last
        first. Current revisions only, unless `document_id` names another.
        """
        documents = _documents(region=region, unit=unit, year=year, kind=kind, scope=scope, document_id=document_id)
        wanted = LineFilter(documents, table_type, row_key, column_key)
        page = await lines_page(wanted, limit, cursor, await sight_of(caller, database), database)
        return LinePage(items=[LineItem.model_validate(row) for row in page.rows], next=page.next)

    @router.get("/filings", responses=error_responses(400, 503))
    async def filings(
        caller: Reader,
        unit: Unit = None,
        region: Region = None,
        year: Year = None,
        kind: KindOf = None,
        scope: ScopeOf = None,
        limit: Limit = 50,
        cursor: OpaqueCursor = None,
    ) -> FilingPage:
        """Search by the unit's name: its filings with their measures. 按单位名称查找"""
        where = _documents(region=region, unit=None, year=year, kind=kind, scope=scope)
        return await filings_page(unit, where, limit, cursor, await sight_of(caller, database), database)

    return router


def total_routes(database: Database) -> APIRouter:
    """The routes about sums over a database."""
    router = APIRouter(tags=["totals 汇总"])

    @router.get("/measures", responses=error_responses(503))
    async def measures(caller: Reader) -> list[MeasureItem]:  # noqa: ARG001  # any role may see what there is
        """The measures whose sums are kept ready. 可直接汇总的指标"""
        return [
            MeasureItem(id=one.id, kind=one.kind, title_zh=one.title.zh, title_en=one.title.en, cells=list(one.cells))
            for one in published_measures().values()
        ]

    @router.get("/totals", responses=error_responses(400, 503, 504))
    async def totals(
        caller: Reader,
        by: By = "region,fiscal_year",
        measure: MeasureOf = None,
        table_type: TableTypeOf = None,
        row_key: RowKey = None,
        column_key: ColumnKey = None,
        region: Region = None,
        year: Year = None,
        kind: KindOf = None,
        scope: SummedScope = "department",
    ) -> Totals:
        """Sums in yuan by district, year …, e.g. 三公经费 by district and year. 按地区、年度等分组合计（元）

        A `measure` is answered from sums kept up to date with every revision. Any other address (`table_type`,
        `row_key` and `column_key`) is added up now, within a few seconds, or refused with `query_too_slow`.
        """
        where = _documents(region=region, unit=None, year=year, kind=kind, scope=scope)
        sight, dims = await sight_of(caller, database), dimensions(by)
        if measure is not None:
            return await measure_totals(measure, dims, where, sight, database)
        cell = LineFilter(where, table_type, row_key, column_key).cell
        if cell is None:
            raise InvalidField(field="measure", detail="or table_type, row_key and column_key 或同时给出表、行、列")
        return await address_totals(cell, dims, where, sight, database)

    return router


def _documents(*, year: int | None, unit: str | None, **equal: object) -> dict[str, Any]:
    return document_filters(unit=unit, severity=None, fiscal_year=year, **equal)
