"""The `gouji` command and the embedded stack; the only place that sees every service."""
