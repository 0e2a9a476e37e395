"""How the steps of a run are executed, by the setting."""

import dagster as dg

from tradeflow.settings import Executor

_PRELOADED = ["tradeflow.definitions"]
"""What every step needs; without it each would import it for seconds."""
_AT_ONCE = 2
"""Steps wait for each other at the warehouse; a second one fetches or computes meanwhile."""


def executor_of(chosen: Executor) -> dg.ExecutorDefinition:
    """The executor of all jobs of the code location."""
    if chosen is Executor.IN_PROCESS:
        return dg.in_process_executor
    return dg.multiprocess_executor.configured(
        {
            "max_concurrent": _AT_ONCE,
            "start_method": {"forkserver": {"preload_modules": _PRELOADED}},
        },
        name="multiprocess",
    )
