"""`python -m tradeflow.identity [--check]`: write the generated seeds, or say which are stale."""

from __future__ import annotations

import sys

from tradeflow.errors import TradeflowError
from tradeflow.identity.economies import tables


def main(arguments: list[str]) -> int:
    """Write what differs; with `--check` write nothing and return 1 when something would change."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m tradeflow.identity [--check]\n")
        return 2
    try:
        wanted = tables()
    except TradeflowError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stale = {
        path: text
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        if arguments:
            sys.stdout.write(f"{path.name} is stale: run python -m tradeflow.identity\n")
        else:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.name}\n")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
