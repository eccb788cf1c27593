"""The words of the command line's tables, in Chinese and English."""

from typing import Literal

Language = Literal["zh", "en"]

WORDS: dict[str, tuple[str, str]] = {
    "file": ("文件", "file"),
    "unit": ("单位", "unit"),
    "year": ("年度", "year"),
    "verdict": ("结论", "verdict"),
    "errors": ("错误", "err."),
    "warnings": ("警告", "warn."),
    "infos": ("提示", "info"),
    "coverage": ("已核对", "checked"),
    "severity": ("级别", "severity"),
    "page": ("页", "page"),
    "finding": ("问题", "finding"),
    "status": ("状态", "status"),
    "received": ("受理时间", "received"),
    "receipt": ("回执", "receipt"),
    "stage": ("阶段", "stage"),
    "time": ("时间", "time"),
    "seconds": ("距受理", "after"),
    "error": ("错误", "error"),
    "warning": ("警告", "warning"),
    "info": ("提示", "info"),
    "accepted": ("已受理", "accepted"),
    "parsed": ("已读取", "parsed"),
    "validated": ("已核对", "validated"),
    "stored": ("已入库", "stored"),
    "rejected": ("退回", "rejected"),
    "dead_lettered": ("处理失败", "dead-lettered"),
    "accepted_total": ("受理总数", "accepted"),
    "in_flight": ("在途", "in flight"),
    "unaccounted": ("下落不明", "unaccounted"),
    "now_at": ("目前所处阶段", "where they are now"),
    "as_of": ("截至", "as of"),
    "replayed": ("重新处理", "run again"),
    "refused": ("未受理", "refused"),
    "clean": ("一致", "consistent"),
    "wrong": ("有误", "inconsistent"),
    "doubtful": ("存疑", "doubtful"),
    "unchecked": ("未能核对", "not checkable"),
    "batch": ("批次", "batch"),
    "duplicate": ("重复", "duplicate"),
    "uploading": ("上传", "uploading"),
    "processing": ("读取、核对、入库", "reading, checking, storing"),
    "skipped": ("跳过", "skipped"),
    "final_accounts": ("决算", "final accounts"),
    "budget": ("预算", "budget"),
    "unknown": ("未知", "unknown"),
    "revision": ("版本", "revision"),
    "superseded": ("已被取代", "superseded"),
    "region": ("区划", "region"),
    "score": ("得分", "score"),
    "due": ("截止", "due"),
    "filed": ("已报", "filed"),
    "late": ("迟报", "late"),
    "missing": ("未报", "missing"),
    "returned": ("退回", "returned"),
    "pending": ("未到期", "pending"),
    "figure": ("数", "figure"),
    "before": ("原", "before"),
    "after": ("现", "after"),
    "rows_added": ("增加的行", "row added"),
    "rows_gone": ("减少的行", "row gone"),
    "findings_cured": ("已消除", "cured"),
    "findings_created": ("新产生", "created"),
}

STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def word(key: str, language: Language) -> str:
    """A word; one that is not in the table stands for itself."""
    return WORDS.get(key, (key, key))[language == "en"]
