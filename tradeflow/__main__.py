"""`python -m tradeflow` is the command `tradeflow`."""

from tradeflow.cli import main

main()
