"""The account: what became of every message of every input."""

import msgspec

# The messages that name no contract, or one that is not known.
NO_CONTRACT = ""


class Count(msgspec.Struct):
    """Messages of one contract: landed in its table, or as dead letters."""

    landed: int = 0
    dead_letters: int = 0


# By the contract's name, or NO_CONTRACT.
Counts = dict[str, Count]


def merged(one: Counts, other: Counts) -> Counts:
    """Add counts up."""
    return {
        name: Count(
            sum(counts[name].landed for counts in (one, other) if name in counts),
            sum(counts[name].dead_letters for counts in (one, other) if name in counts),
        )
        for name in one | other
    }


class InputAccount(msgspec.Struct):
    """One input: its counts, and whether its content was there already, or why it failed."""

    path: str
    counts: Counts = {}
    was_there: bool = False
    error: str | None = None

    @property
    def status(self) -> str:
        """One word: landed, already_there or failed."""
        return "failed" if self.error else "already_there" if self.was_there else "landed"

    @property
    def message_count(self) -> int:
        """How many messages the input holds."""
        return sum(count.landed + count.dead_letters for count in self.counts.values())


class Total(msgspec.Struct):
    """What became of all messages of one contract in this run."""

    landed: int = 0
    already_there: int = 0
    dead_letters: int = 0


class Account(msgspec.Struct):
    """All inputs of one run."""

    inputs: list[InputAccount] = []

    def totals(self) -> dict[str, Total]:
        """Sum up by contract, NO_CONTRACT last."""
        totals: dict[str, Total] = {}
        for one in self.inputs:
            for name, count in one.counts.items():
                total = totals.setdefault(name, Total())
                if one.was_there:
                    total.already_there += count.landed + count.dead_letters
                else:
                    total.landed += count.landed
                    total.dead_letters += count.dead_letters
        return dict(sorted(totals.items(), key=lambda item: (item[0] == NO_CONTRACT, item[0])))

    def to_json(self) -> bytes:
        """Tell it to a program: every input, every contract, and the sums over all messages."""
        totals = self.totals()
        report = {
            "inputs": [
                {"path": one.path, "status": one.status, "messages": one.message_count}
                | ({"error": one.error} if one.error else {})
                for one in self.inputs
            ],
            "contracts": {name: total for name, total in totals.items() if name != NO_CONTRACT},
            "landed": sum(total.landed for total in totals.values()),
            "already_there": sum(total.already_there for total in totals.values()),
            "dead_letters": sum(total.dead_letters for total in totals.values()),
        }
        return msgspec.json.encode(report)

    def to_text(self) -> str:
        """Tell it to a person: a line per contract, and how the files fared."""
        rows = [["contract", "landed", "already there", "dead letters"]]
        for name, total in self.totals().items():
            numbers = (total.landed, total.already_there, total.dead_letters)
            rows.append([name or "(none known)", *(f"{number:,}" for number in numbers)])
        width = max(len(row[0]) for row in rows)
        lines = [f"{row[0]:{width}}" + "".join(f"  {cell:>13}" for cell in row[1:]) for row in rows]
        statuses = [one.status for one in self.inputs]
        fared = [
            f"{statuses.count(status)} {status.replace('_', ' ')}"
            for status in ("landed", "already_there", "failed")
            if status in statuses
        ]
        return "\n".join([*lines, f"Inputs: {', '.join(fared)}."])
