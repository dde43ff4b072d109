"""The command line: `vitrine` and its commands, each kept where its work is done."""

import importlib
import os
import sys
from typing import Any

import click

# Arrow's own allocator keeps a quarter more of what was freed; it reads this when it is imported.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

# A command's module is imported when the command is asked for: landing does not wait for dbt.
_COMMANDS = {
    "land": "ingestion.land_command",
    "pull": "ingestion.pull_command",
    "compact": "ingestion.compact_command",
    "replay": "ingestion.replay_command",
    "serve": "ingestion.serve_command",
    "build": "warehouse.cli",
    "status": "warehouse.cli",
    "report": "warehouse.report_command",
    "docs": "warehouse.docs_command",
    "sql": "warehouse.sql_command",
    "suggestions": "warehouse.suggestions_command",
    "try": "warehouse.trial_command",
    "forget": "warehouse.forget_command",
    "backup": "warehouse.backup_command",
    "restore": "warehouse.backup_command",
    "export": "delivery.export_command",
    "deliver": "delivery.deliver_command",
    "evaluate": "recommendations.evaluate_command",
    "score": "recommendations.score_command",
    "night": "orchestration.night_command",
    "seller": "apps.seller.command",
    "provision": "orchestration.provisioning.command",
    "simulate": "simulator.cli",
}


class _NoArrays:
    """Hides numpy and pandas from pyarrow, which imports them though nothing of theirs is used.

    That would take as long as landing 50,000 messages; what nobody imports is not missed.
    """

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name in ("numpy", "pandas"):
            raise ModuleNotFoundError(name=name)


class _Commands(click.Group):
    """A group that imports its commands when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        if cmd_name == "land":
            sys.meta_path.insert(0, _NoArrays)
        module = importlib.import_module(_COMMANDS[cmd_name])
        command: click.Command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's signature)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\nInterrupted. Run the same command again to go on.", err=True)
            # Not by way of the interpreter's end, where a thread that reads a pipe may hold it up.
            os._exit(130)


@click.group(cls=_Commands)
def main() -> None:
    """Land a shop's messages, and build the warehouse from them.

    \b
      vitrine simulate --help            make the messages of a shop that does not exist
      vitrine land messages.ndjson.gz    keep every message as it came
      vitrine serve --help               take messages over HTTP: hooks, pixels, tills, push
      vitrine compact                    few sorted files of the many that landed
      vitrine replay --help              give the messages of a period again
      vitrine build                      build, audit and publish the warehouse
      vitrine try --help                 see what the models would make of a payload
      vitrine suggestions                see whom a shop should contact today, and why
      vitrine status                     see what is landed and what is published
      vitrine report                     write the page that tells of what is published
      vitrine docs                       write the page that describes all tables, with lineage
      vitrine sql "select …"             ask what is published
      vitrine forget --help              erase a person, and keep them out
      vitrine backup DEST                keep elsewhere what raw cannot give back
      vitrine restore DEST               the warehouse from raw, and that from its backup
      vitrine export                     what to offer to whom, in files for other programs
      vitrine deliver --help             send it to customers, through Twilio
      vitrine evaluate --help            what recommendations would have been worth
      vitrine score --help               let a model of your own score the sales
      vitrine night --help               all of it, between closing and opening
      vitrine seller --help              the page of those who sell in shops
      vitrine provision --help           make what all this needs on Google Cloud

    \b
    Settings (environment variables):
      VITRINE_RAW        the raw layer: a folder, gs://bucket/prefix or s3://bucket/prefix
                         (default data/raw)
      VITRINE_WAREHOUSE  the published database       (default data/vitrine.duckdb)
      VITRINE_OUT        what is exported: a folder, gs:// or s3://   (default data/out)
      VITRINE_CONTRACTS  the file of contracts        (default the one delivered)
      VITRINE_SUPPRESSION_KEY  the key that keeps out who was forgotten
                         (default data/vitrine_suppression.key)
      VITRINE_GATEWAY_CONFIG  who may post to `vitrine serve`  (default data/gateway.toml)
      VITRINE_DELIVERY_CONFIG   who sends to customers, and limits  (default data/delivery.toml)
      VITRINE_DELIVERY_JOURNAL  what was sent  (default data/deliveries.sqlite)
      VITRINE_SELLER_CONFIG   which shops may use `vitrine seller`  (default data/seller.toml)
      VITRINE_SELLER_AUDIT    who looked up whom there  (default data/seller_audit.jsonl)
    """  # noqa: D301 (\b is for click)
