"""Glue: the catalog, the database and the table must be allowed, each.

(Glue developer guide, specifying resource ARNs.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need

# Operations whose `Name` is a table's, and those that speak of all tables of a database.
_NAME_OF_TABLE = {"DeleteTable", "GetTable"}
_ALL_TABLES = {"GetTables", "SearchTables"}
_ALL_DATABASES = {"GetDatabases", "SearchTables"}


def needs(request: Request, account: Account) -> list[Need]:
    """Which permissions a Glue request needs."""
    operation, given = request.operation, request.parameters
    action = f"glue:{operation}"
    database, tables = _database(operation, given), _tables(operation, given)
    function = given.get("FunctionName") or (given.get("FunctionInput") or {}).get("FunctionName")
    if database is None and not _is_catalog(operation):
        return [Need(action, _other(operation, given, account))]
    resources = ["catalog", f"database/{database or '*'}"] if database or _all(operation) else []
    resources = resources or ["catalog"]
    resources += [f"table/{database}/{table}" for table in tables]
    if function or "UserDefinedFunction" in operation:
        resources.append(f"userDefinedFunction/{database}/{function or '*'}")
    return [Need(action, account.arn("glue", each)) for each in resources]


def _all(operation: str) -> bool:
    return operation in _ALL_DATABASES


def _is_catalog(operation: str) -> bool:
    return any(word in operation for word in ("Database", "Table", "Partition", "Catalog"))


def _database(operation: str, given: Mapping[str, Any]) -> str | None:
    if "DatabaseName" in given:
        return str(given["DatabaseName"])
    if "Database" not in operation:
        return None
    return given.get("Name") or (given.get("DatabaseInput") or {}).get("Name")


def _tables(operation: str, given: Mapping[str, Any]) -> list[str]:
    if operation in _ALL_TABLES:
        return ["*"]
    if operation == "BatchDeleteTable":
        return [str(name) for name in given.get("TablesToDelete", [])]
    name = given.get("TableName") or (given.get("TableInput") or {}).get("Name")
    if name is None and operation in _NAME_OF_TABLE:
        name = given.get("Name")
    return [str(name)] if name else []


def _other(operation: str, given: Mapping[str, Any], account: Account) -> str:
    """Jobs and crawlers by name; everything else has no resource here."""
    kind = next((each for each in ("Job", "Crawler", "Trigger") if each in operation), None)
    name = given.get("JobName") or given.get("Name")
    return account.arn("glue", f"{kind.lower()}/{name}") if kind and name else "*"
