"""Options that several commands share."""

import click

only_contracts = click.option(
    "--contract",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this contract, or dead_letters; may be repeated.",
)
