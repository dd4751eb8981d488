"""The argument that all commands about one table take."""

from typing import Annotated

import typer

TableArgument = Annotated[
    str, typer.Argument(metavar="TABLE", help="As in its contract: database.table.")
]
