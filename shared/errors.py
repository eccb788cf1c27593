"""Every error of Gouji, each with a reason code and a message that says what to do next.

::

    GoujiError
    ├── PermanentError                 trying again cannot help
    │   ├── Rejection                  the document is refused → document-rejected-v1, or 4xx at the door
    │   │   ├── NotAPdf · EmptyFile · DamagedPdf · EncryptedPdf · NoPages · NoTextLayer · NoKnownTable
    │   │   ├── FileTooLarge · TooManyPages
    │   │   └── ReadingTimedOut · ReadingOutOfMemory · ReadingCrashed · PageTooComplex
    │   ├── BadMessage                 the message is refused → <topic>-<service>-dlq
    │   │   └── UndecodableMessage · UnknownSchemaVersion · UnknownEventType · PayloadMissing · MessageTooLarge
    │   ├── RefusedByLine              what the command line was answered
    │   ├── NotAllowed                 the key does not open this → 401, 403
    │   │   └── KeyMissing · KeyRefused · KeyExpired · KeyRevoked · RoleRefused · ForeignRegion
    │   └── BadRequest                 the request is refused → 4xx
    │       └── MissingField · UnknownField · InvalidField · InvalidFileName · MalformedUpload · UploadCut
    │           · QueryTooSlow · UnknownDocument · UnknownBatch · UnknownReceipt · UnknownTable · UnknownFinding
    │           · NotStoredYet · MissingReason · RequestTooLarge · UnknownKey · UnknownPath · MethodNotAllowed
    ├── TransientError                 the dependency is away: wait and try again
    │   └── KafkaUnavailable · TopicMissing · TakenOver · DatabaseUnavailable · StorageFull · LineUnreachable
    └── FatalError                     stop the process
        └── InvalidSettings · InvalidCatalogue · DeadLetterLimitReached · DeadLetterFailed · KafkaRefused · EngineFailed
            · EngineMissing · PortTaken · DataFolderInUse · ServiceFailed

A finding is never an error: what is wrong *in* a document that could be read is a value with a place
(`shared.findings`).
"""

from typing import ClassVar


class GoujiError(Exception):
    """Base of all errors. `reason` is a stable code; `zh` and `en` are templates filled from keyword details."""

    reason: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    zh: ClassVar[str] = "内部错误"
    en: ClassVar[str] = "internal error"

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(f"{self.message_zh} / {self.message_en}")

    @property
    def message_zh(self) -> str:
        """The message in Chinese, with what to do next."""
        return self.zh.format_map(_Blank(self.details))

    @property
    def message_en(self) -> str:
        """The message in English, with what to do next."""
        return self.en.format_map(_Blank(self.details))

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross the boundary of the reading processes; keyword arguments need help to be pickled.
        return (_rebuild, (type(self), self.details))


def _rebuild(kind: type[GoujiError], details: dict[str, object]) -> GoujiError:
    return kind(**details)


class _Blank(dict[str, object]):
    """A detail that was not given prints as '?', so that a message never fails to be made."""

    def __missing__(self, key: str) -> str:
        return "?"


class PermanentError(GoujiError):
    """Trying again cannot help."""

    status = 400


class Rejection(PermanentError):
    """The document is refused; its reason goes to document-rejected-v1, or to the uploader at the door."""

    status = 422


class NotAPdf(Rejection):
    reason = "not_a_pdf"
    status = 415
    zh = "文件不是 PDF（开头没有 %PDF 标志）。请上传由 Word/WPS 等导出的 PDF 原件。"
    en = "The file is not a PDF (no %PDF mark at its start). Upload the PDF exported from Word or WPS."


class EmptyFile(Rejection):
    reason = "empty_file"
    zh = "文件是空的（0 字节）。请检查导出是否成功后重新上传。"
    en = "The file is empty (0 bytes). Check that the export succeeded and upload it again."


class DamagedPdf(Rejection):
    reason = "damaged_pdf"
    zh = "PDF 已损坏或不完整，无法打开（{detail}）。请重新导出后上传。"
    en = "The PDF is damaged or truncated and cannot be opened ({detail}). Export it again and upload it."


class EncryptedPdf(Rejection):
    reason = "encrypted_pdf"
    zh = "PDF 设有打开密码。请去除密码后重新上传。"
    en = "The PDF needs a password to be opened. Remove the password and upload it again."


class NoPages(Rejection):
    reason = "no_pages"
    zh = "PDF 没有任何页面。请重新导出后上传。"
    en = "The PDF has no pages. Export it again and upload it."


class NoTextLayer(Rejection):
    reason = "no_text_layer"
    zh = "PDF 没有文字层（可能是扫描件，{pages} 页）。请上传由 Word/WPS 直接导出的电子版。"
    en = "The PDF has no text layer (probably a scan, {pages} pages). Upload the one exported from Word or WPS."


class NoKnownTable(Rejection):
    reason = "no_known_table"
    zh = "在 {pages} 页中没有找到任何部门决算或预算的标准表。请确认上传的是决算公开或预算公开文件。"
    en = (
        "No standard table of final accounts or budgets was found on {pages} pages. "
        "Check that this is a disclosure of final accounts or of a budget."
    )


class FileTooLarge(Rejection):
    reason = "file_too_large"
    status = 413
    zh = "文件超过上限 {limit_mb} MB。请压缩图片或拆分附件后重新上传。"
    en = "The file is larger than the limit of {limit_mb} MB. Compress its pictures or split off annexes."


class TooManyPages(Rejection):
    reason = "too_many_pages"
    zh = "文件有 {pages} 页，超过上限 {limit} 页。请只上传决算或预算公开文件本身。"
    en = "The file has {pages} pages, more than the limit of {limit}. Upload only the disclosure itself."


class ReadingTimedOut(Rejection):
    reason = "reading_timed_out"
    zh = "读取超过 {seconds} 秒仍未完成，已停止。请用“打印为 PDF”重新生成后上传。"
    en = "Reading took longer than {seconds} s and was stopped. Make the file anew by printing it to PDF."


class ReadingOutOfMemory(Rejection):
    reason = "reading_out_of_memory"
    zh = "读取所需内存超过上限 {limit_mb} MB，已停止。请用“打印为 PDF”重新生成后上传。"
    en = (
        "Reading needed more than the limit of {limit_mb} MB and was stopped. Make the file anew by printing it to PDF."
    )


class ReadingCrashed(Rejection):
    reason = "reading_crashed"
    zh = "读取进程异常终止（{detail}）。文件内部结构有问题，请用“打印为 PDF”重新生成后上传。"
    en = "The reading process died ({detail}). The file is malformed inside: make it anew by printing it to PDF."


class PageTooComplex(Rejection):
    reason = "page_too_complex"
    zh = "第 {page} 页包含 {count} 个图形对象，超过上限 {limit}。请用“打印为 PDF”重新生成后上传。"
    en = "Page {page} has {count} graphic objects, more than the limit of {limit}. Print it to PDF anew."


class BadMessage(PermanentError):
    """The message is refused and goes to the dead-letter topic of its topic and service."""


class UndecodableMessage(BadMessage):
    reason = "undecodable_message"
    zh = "消息无法解析：{detail}。请检查生产者，修正后用 gouji dlq replay 重放。"
    en = "The message cannot be decoded: {detail}. Correct its producer, then gouji dlq replay."


class UnknownSchemaVersion(BadMessage):
    reason = "unknown_schema_version"
    zh = "不认识的消息版本 {version}。请先升级本服务，再用 gouji dlq replay 重放。"
    en = "Unknown schema version {version}. Upgrade this service first, then gouji dlq replay."


class UnknownEventType(BadMessage):
    reason = "unknown_event_type"
    zh = "主题 {topic} 上出现了不属于它的事件 {type}。"
    en = "Event {type} does not belong on topic {topic}."


class PayloadMissing(BadMessage):
    reason = "payload_missing"
    status = 404
    zh = "消息引用的内容 {reference} 不在数据库中。请从备份恢复后用 gouji dlq replay 重放。"
    en = "The payload {reference} that the message refers to is not in the database. Restore it, then gouji dlq replay."


class MessageTooLarge(BadMessage):
    reason = "message_too_large"
    zh = "消息有 {size} 字节，超过 Kafka 的上限 {limit} 字节。"
    en = "The message has {size} bytes, more than Kafka's limit of {limit}."


class RefusedByLine(PermanentError):
    """The line answered a command with an error; its reason code and messages are passed on as they came."""

    reason = "refused_by_line"
    zh = "{zh}（{code}）"
    en = "{en} ({code})"


class NotAllowed(PermanentError):
    """The request is refused because of its key, or for want of one."""

    status = 401


class KeyMissing(NotAllowed):
    reason = "key_missing"
    zh = "请求没有带接口密钥。请加请求头 Authorization: Bearer gj_…；密钥由管理员用 gouji keys add 生成。"
    en = "The request carries no API key. Send 'Authorization: Bearer gj_…'; the operator makes keys: gouji keys add."


class KeyRefused(NotAllowed):
    reason = "key_refused"
    zh = "接口密钥无效。请检查是否完整复制，或向管理员索取新密钥。"
    en = "This is no valid API key. Check that it was copied whole, or ask the operator for a new one."


class KeyExpired(NotAllowed):
    reason = "key_expired"
    zh = "接口密钥 {key} 已于 {expired} 到期。请向管理员索取新密钥。"
    en = "The API key {key} expired on {expired}. Ask the operator for a new one."


class KeyRevoked(NotAllowed):
    reason = "key_revoked"
    zh = "接口密钥 {key} 已被撤销。请向管理员索取新密钥。"
    en = "The API key {key} was revoked. Ask the operator for a new one."


class RoleRefused(NotAllowed):
    reason = "role_refused"
    status = 403
    zh = "角色 {role} 不能使用此接口，需要的角色：{needed}。"
    en = "A key of role {role} may not do this; it takes one of: {needed}."


class ForeignRegion(NotAllowed):
    reason = "foreign_region"
    status = 403
    zh = "行政区划代码 {region} 不属于本密钥的地区 {own}。请核对 region，或换用该地区的密钥。"
    en = "Region {region} does not belong to this key's region {own}. Check 'region', or use that region's key."


class BadRequest(PermanentError):
    """The request is refused at the door."""


class MissingField(BadRequest):
    reason = "missing_field"
    zh = "缺少必填字段 {field}。请以 multipart/form-data 上传，文件放在 file 字段中。"
    en = "The required field {field} is missing. Upload as multipart/form-data with the file in the field 'file'."


class UnknownField(BadRequest):
    reason = "unknown_field"
    zh = "不认识的字段 {field}。可用字段：{allowed}。"
    en = "Unknown field {field}. Known fields: {allowed}."


class InvalidField(BadRequest):
    reason = "invalid_field"
    zh = "字段 {field} 的值无效：{detail}。"
    en = "The value of field {field} is invalid: {detail}."


class InvalidFileName(BadRequest):
    reason = "invalid_file_name"
    zh = "文件名无效：{detail}。请只用普通文件名，不含路径和控制字符。"
    en = "The file name is invalid: {detail}. Use a plain name without a path or control characters."


class MalformedUpload(BadRequest):
    reason = "malformed_upload"
    zh = "上传内容不是完整的 multipart/form-data：{detail}。请重新上传。"
    en = "The upload is not a complete multipart/form-data body: {detail}. Upload it again."


class UnknownDocument(BadRequest):
    reason = "unknown_document"
    status = 404
    zh = "没有编号为 {document_id} 的文件。请核对上传回执中的 document_id。"
    en = "There is no document {document_id}. Check the document_id on the upload's receipt."


class UnknownBatch(BadRequest):
    reason = "unknown_batch"
    status = 404
    zh = "没有批次 {batch_id}。请核对上传时使用的批次号。"
    en = "There is no batch {batch_id}. Check the batch id used for the uploads."


class UploadCut(BadRequest):
    reason = "upload_cut"
    zh = "上传中断，没有保存任何内容。请重新上传。"
    en = "The upload broke off; nothing was kept. Upload it again."


class UnknownReceipt(BadRequest):
    reason = "unknown_receipt"
    status = 404
    zh = "没有回执 {number}。请核对回执号（GJ-年月日-序号）。"
    en = "There is no receipt {number}. Check its number (GJ-yyyymmdd-nnnnnn)."


class UnknownTable(BadRequest):
    reason = "unknown_table"
    status = 404
    zh = "该文件没有第 {index} 张表（共 {count} 张，从 0 起编号）。"
    en = "The document has no table {index} (it has {count}, counted from 0)."


class UnknownFinding(BadRequest):
    reason = "unknown_finding"
    status = 404
    zh = "该文件没有编号为 {finding_id} 的核对结果。请从 /documents/…/findings 取得 finding_id。"
    en = "The document has no finding {finding_id}. Take finding_id from /documents/…/findings."


class MissingReason(BadRequest):
    reason = "missing_reason"
    zh = "驳回和批注需要在 text 中写明理由。"
    en = "A dismissal or a comment needs its reason in 'text'."


class RequestTooLarge(BadRequest):
    reason = "request_too_large"
    status = 413
    zh = "请求内容过大。"
    en = "The request's body is too large."


class QueryTooSlow(BadRequest):
    reason = "query_too_slow"
    status = 504
    zh = "汇总未能在 {seconds} 秒内完成，没有给出不完整的结果。请用 /measures 列出的指标，或用 region、year 缩小范围。"
    en = (
        "The sum was not ready within {seconds} s, and no partial one is given. Take a measure that /measures lists, "
        "or narrow it down with region and year."
    )


class UnknownKey(BadRequest):
    reason = "unknown_key"
    status = 404
    zh = "没有编号为 {key} 的密钥。用 gouji keys list 查看。"
    en = "There is no key {key}. See gouji keys list."


class NotStoredYet(BadRequest):
    reason = "not_stored_yet"
    status = 409
    zh = "文件 {document_id} 尚未入库（或被退回），没有可用的读取结果。请查看其状态。"
    en = "Document {document_id} is not stored yet, or was refused: nothing was read of it. Look at its status."


class UnknownPath(BadRequest):
    reason = "unknown_path"
    status = 404
    zh = "没有这个地址：{path}。可用的接口见 /docs。"
    en = "There is nothing at {path}. See /docs for what there is."


class MethodNotAllowed(BadRequest):
    reason = "method_not_allowed"
    status = 405
    zh = "{path} 不支持 {method} 方法。可用的接口见 /docs。"
    en = "{path} does not take {method}. See /docs for what it takes."


class TransientError(GoujiError):
    """A dependency is away; the same call may succeed later."""

    status = 503


class KafkaUnavailable(TransientError):
    reason = "kafka_unavailable"
    zh = "暂时连不上 Kafka（{detail}）。各服务会自动重试。"
    en = "Kafka cannot be reached ({detail}). The services try again by themselves."


class TopicMissing(TransientError):
    reason = "topic_missing"
    zh = "Kafka 上没有主题 {topic}。请运行 gouji topics create，之后会自动重试。"
    en = "Topic {topic} does not exist on Kafka. Run gouji topics create; it is tried again by itself."


class DatabaseUnavailable(TransientError):
    reason = "database_unavailable"
    zh = "暂时连不上数据库（{detail}）。请稍后再试。"
    en = "The database cannot be reached ({detail}). Try again later."


class StorageFull(TransientError):
    reason = "storage_full"
    status = 507
    zh = "存储空间已满，文件没有保存。请联系管理员扩容后重新上传。"
    en = "The storage is full; nothing was kept. Ask the operator for space and upload again."


class TakenOver(TransientError):
    reason = "taken_over"
    zh = "这一分区已由另一个进程接管，本进程不再提交它的消息。"
    en = "Another process has taken over this partition; this one no longer commits its messages."


class LineUnreachable(TransientError):
    reason = "line_unreachable"
    zh = (
        "连不上 {url}（{detail}）。请在 Gouji 的目录中运行 make up（另开一个终端，保持运行）后再试；"
        "若系统在别处，请用 --url 或环境变量 GOUJI_URL 指明地址。"
    )
    en = (
        "Nothing answers at {url} ({detail}). Run `make up` in Gouji's folder (in a second terminal, and keep it "
        "running), then try again; if the system is elsewhere, give its address with --url or GOUJI_URL."
    )


class FatalError(GoujiError):
    """The process stops with a non-zero exit code; a person has to look."""


class InvalidSettings(FatalError):
    reason = "invalid_settings"
    zh = "设置无效：{detail}。见 docs/settings.md。"
    en = "Invalid settings: {detail}. See docs/settings.md."


class InvalidCatalogue(FatalError):
    reason = "invalid_catalogue"
    zh = "规则或版式文件 {file} 无效：{detail}。"
    en = "The rule or layout file {file} is invalid: {detail}."


class DeadLetterLimitReached(FatalError):
    reason = "dead_letter_limit"
    zh = "一分钟内出现 {count} 条死信（上限 {limit}），进程停止。多半是刚部署的版本有问题，请看日志。"
    en = "{count} dead letters within a minute (limit {limit}): the process stops. Probably a bad deploy; see the log."


class DeadLetterFailed(FatalError):
    reason = "dead_letter_failed"
    zh = "死信无法写入 {topic}（{detail}），进程停止，消息未丢失，修复后会再次处理。"
    en = "A dead letter cannot be written to {topic} ({detail}): the process stops; the message is kept and read again."


class KafkaRefused(FatalError):
    reason = "kafka_refused"
    zh = "Kafka 拒绝了请求（{detail}），重试无用。请检查权限和配置。"
    en = "Kafka refused the request ({detail}); trying again cannot help. Check permissions and configuration."


class EngineFailed(FatalError):
    reason = "engine_failed"
    zh = "内置引擎 {engine} 启动失败：{detail}。日志见 {log}。"
    en = "The embedded engine {engine} did not start: {detail}. Its log is {log}."


class EngineMissing(FatalError):
    reason = "engine_missing"
    zh = "没有安装内置引擎 {engine}。请运行 make install，或 pip install 'gouji[embedded]'。"
    en = "The embedded engine {engine} is not installed. Run make install, or pip install 'gouji[embedded]'."


class PortTaken(FatalError):
    reason = "port_taken"
    zh = "端口 {port} 已被其他程序占用。请关闭该程序，或用 --port（make up PORT=…）换一个端口。"
    en = "Port {port} is taken by another program. Stop it, or choose another with --port (make up PORT=…)."


class DataFolderInUse(FatalError):
    reason = "data_folder_in_use"
    zh = "数据目录 {folder} 正被另一个 gouji up 使用（进程 {pid}）。请先停止它，或用 --data 换一个目录。"
    en = "The data folder {folder} is in use by another gouji up (process {pid}). Stop it, or choose one with --data."


class ServiceFailed(FatalError):
    reason = "service_failed"
    zh = "服务 {service} 自行退出（退出码 {code}），已停止全部服务。完整日志见 {log}。"
    en = "Service {service} exited by itself (exit code {code}); everything was stopped. Its whole log is {log}."


def all_errors(root: type[GoujiError] = GoujiError) -> list[type[GoujiError]]:
    """All error classes below `root` that carry a reason code of their own, in the order of the tree."""
    found: list[type[GoujiError]] = []
    for kind in root.__subclasses__():
        if "reason" in kind.__dict__:
            found.append(kind)
        found.extend(all_errors(kind))
    return found
