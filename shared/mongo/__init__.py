"""MongoDB: the only package that knows motor, pymongo and bson.

Every write is acknowledged by a majority and journalled. One `Database` (one client) belongs to one event loop. Driver
errors are translated here: `DatabaseUnavailable` and `StorageFull` where waiting helps, and re-raised as they are where
the mistake is ours. Amounts go in and out as `decimal.Decimal` and are kept as Decimal128.
"""

from shared.mongo.database import Collection, Database, Filter, Row, Sort
from shared.mongo.files import Files

__all__ = ["Collection", "Database", "Files", "Filter", "Row", "Sort"]
