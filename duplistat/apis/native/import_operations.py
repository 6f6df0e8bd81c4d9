"""The OpenAPI document: imports."""

from duplistat.apis.native import operation
from duplistat.apis.native.import_models import Import, ImportList
from duplistat.apis.native.operation import Operation
from duplistat.apis.native.parameters import ImportQuery, NewestQuery
from duplistat.services.access.api_keys import Scope

IMPORTS = "/api/v1/imports"

IMPORT_OPERATIONS = (
    Operation(
        "startImport",
        "post",
        IMPORTS,
        "Imports",
        "Import servers, jobs and history of another program",
        Import,
        description="The body is its SQLite database, plain or in a .gz or .zip, or the JSON export of Healthchecks; at"
        " most `[intake] max_log_bytes`. It is imported in the background: ask `getImport` until it has ended. The"
        " same file again changes nothing.",
        query=ImportQuery,
        status=202,
        scope=Scope.ACCOUNTS_ADMIN,
        changes=True,
        takes="application/octet-stream",
    ),
    operation.read(
        "listImports",
        IMPORTS,
        "Imports",
        "Imports, newest first",
        ImportList,
        query=NewestQuery,
        scope=Scope.ACCOUNTS_ADMIN,
    ),
    operation.read(
        "getImport",
        f"{IMPORTS}/{{id}}",
        "Imports",
        "How an import stands, and what came over",
        Import,
        about="import",
        scope=Scope.ACCOUNTS_ADMIN,
    ),
)
