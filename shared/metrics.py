"""Every metric of Gouji: its name, its help and its labels, in one file.

Names are `gouji_<what>_<unit>`. Labels come from closed sets (`LABELS`, and the rule ids of the loaded rulebook), never
from a document: a document's own story is in the logs and in its timeline. `docs/metrics.md` is `metrics_table()`.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter that no panel uses
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

LABELS: dict[str, str] = {
    "service": "ingest, parse, validate, store, query",
    "stage": "accepted, parsed, validated, stored, rejected (of receipt-to-stage: received instead of accepted)",
    "outcome": "of events: handled, rejected, dead_lettered, retried; of uploads: accepted, duplicate, refused",
    "reason": "a reason code of shared/errors.py",
    "state": "accepted, stored, rejected, in_flight, dead_lettered",
    "topic": "a topic of shared/topics.py",
    "rule": "a rule id of the rulebook",
    "severity": "error, warning, info",
    "dependency": "what a service needs to be ready: kafka, database, …",
}

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_LONG_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 21600)


def _counter(name: str, help_text: str, *labels: str) -> Counter:
    return Counter(name, help_text, labels, registry=REGISTRY)


def _gauge(name: str, help_text: str, *labels: str) -> Gauge:
    return Gauge(name, help_text, labels, registry=REGISTRY)


def _histogram(name: str, help_text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(name, help_text, labels, registry=REGISTRY, buckets=buckets)


DOCUMENTS = _counter(
    "gouji_documents_total",
    "Documents that reached a stage; accepted = parsed + rejected and parsed = validated = stored when all is done",
    "stage",
)
UPLOADS = _counter("gouji_uploads_total", "Uploads by what became of them at the door", "outcome")
REFUSALS = _counter("gouji_uploads_refused_total", "Uploads refused at the door", "reason")
NOT_ALLOWED = _counter("gouji_requests_not_allowed_total", "Requests refused because of their key", "reason")
UPLOAD_BYTES = _counter("gouji_upload_bytes_total", "Bytes of files received")
OUTBOX_DEPTH = _gauge("gouji_outbox_entries", "Receipts whose event is not published yet")
IN_STATE = _gauge(
    "gouji_documents_in_state",
    "Documents by where they are, as last reconciled; accepted is the sum of the others and of those unaccounted for",
    "state",
)
UNACCOUNTED = _gauge(
    "gouji_documents_unaccounted", "Accepted documents that are nowhere, as last reconciled; 0 in health"
)
REPUBLISHED = _counter("gouji_documents_republished_total", "Documents published again because they got stuck")
RECONCILED = _gauge("gouji_reconciled_timestamp_seconds", "When the documents were last reconciled, Unix time")
GARBAGE = _counter("gouji_parsed_payloads_deleted_total", "Parsed documents deleted because nothing can need them")

EVENTS = _counter(
    "gouji_events_total", "Messages by how their handling ended; retried counts tries", "service", "outcome"
)
HANDLING = _histogram(
    "gouji_handling_seconds",
    "Time from the start of handling a message to its ending, retries included",
    _SECONDS,
    "service",
)
RECEIPT_TO_STAGE = _histogram(
    "gouji_receipt_to_stage_seconds",
    "Time from the receipt of a document to the event of a stage",
    _LONG_SECONDS,
    "stage",
)
REJECTIONS = _counter("gouji_rejections_total", "Documents rejected", "service", "reason")
TRANSACTIONS = _counter(
    "gouji_transactions_total",
    "Kafka transactions committed by the worker loop; messages per transaction say how well they are batched",
    "service",
)
DEAD_LETTERS = _counter("gouji_dead_letters_total", "Messages sent to a dead-letter topic", "service", "reason")
IN_FLIGHT = _gauge("gouji_in_flight_messages", "Messages being handled now", "service")
LAG = _gauge(
    "gouji_consumer_lag_messages", "Messages not yet settled, on this process's partitions", "service", "topic"
)
OLDEST = _gauge(
    "gouji_oldest_unsettled_seconds", "Age of the oldest message taken but not settled; 0 when there is none", "service"
)
READY = _gauge("gouji_ready", "1 where the dependency answered the last readiness probe, else 0", "dependency")

PAGES = _counter("gouji_pages_total", "Pages of documents that were read")
READING_PROCESSES = _counter(
    "gouji_reading_processes_replaced_total", "Reading processes killed and replaced", "reason"
)
FINDINGS = _counter("gouji_findings_total", "Findings of validated documents", "rule", "severity")

METRICS: tuple[MetricWrapperBase, ...] = (
    DOCUMENTS, UPLOADS, REFUSALS, NOT_ALLOWED, UPLOAD_BYTES, OUTBOX_DEPTH, IN_STATE, UNACCOUNTED, REPUBLISHED,
    RECONCILED, GARBAGE, EVENTS, HANDLING, RECEIPT_TO_STAGE, REJECTIONS,
    TRANSACTIONS, DEAD_LETTERS, IN_FLIGHT, LAG, OLDEST, READY, PAGES, READING_PROCESSES, FINDINGS,
)  # fmt: skip


def metrics_table() -> str:
    """All metrics as Markdown: name as exposed, kind, labels, meaning."""
    lines = ["| metric | kind | labels | meaning |", "| --- | --- | --- | --- |"]
    for metric in METRICS:
        family = next(iter(metric.describe()))
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    lines += ["", "| label | values |", "| --- | --- |"]
    lines += [f"| `{label}` | {values} |" for label, values in LABELS.items()]
    return "\n".join(lines) + "\n"
