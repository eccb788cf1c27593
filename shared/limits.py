"""What reading a document may use unless the settings say otherwise; the meanings stand in `shared.settings`."""

MAX_PAGES = 2000
MAX_PAGE_OBJECTS = 200_000
PAGE_TIMEOUT_S = 20.0
PARSE_TIMEOUT_S = 300.0
PARSE_MEMORY_MB = 1500
