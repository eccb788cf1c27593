"""Exports: lines, findings and whole documents as CSV, XLSX and Parquet, streamed; one format a file."""
