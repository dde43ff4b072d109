"""What a person can mend, told without a traceback."""

import click


class DeliveryError(click.ClickException):
    """Nothing (more) was exported or sent; the message says why and what to do. Exit code 1."""
