"""Telling people that a run failed: a line in a file, and a message to a webhook if one is set.

Here: what is told and to whom. Not here: noticing the failure (`orchestration/alerts.py`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from tradeflow.errors import StorageError, TradeflowError
from tradeflow.settings import Settings
from tradeflow.sources.secrets import redact, secrets_of

_TIMEOUT_S = 10.0


class AlertUndelivered(TradeflowError):
    """The webhook did not take the message; the line in the file stands."""


@dataclass(frozen=True)
class FailedRun:
    """A run that ended in failure."""

    run_id: str
    job: str
    partition: str
    """One partition key, or the ends of a range."""
    step: str
    """The step that failed; empty where the process was lost."""
    error: str
    """What the error says, in one line."""
    at: str
    """ISO instant of the failure, UTC."""


def alert_file(settings: Settings) -> Path:
    """The file that gets a line of JSON for every failed run."""
    return settings.alert_file or settings.world_home / "failed_runs.jsonl"


def tell(settings: Settings, failed: FailedRun) -> None:
    """Append the failure to the file, then send it to the webhook; secrets are taken out of both.

    Raises:
        StorageError: the file cannot be written.
        AlertUndelivered: the webhook cannot be reached or does not answer with success; its
            address, which may be a secret itself, is not named.
    """
    told = {name: _without_secrets(value, settings) for name, value in asdict(failed).items()}
    path = alert_file(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    if settings.alert_webhook is not None:
        _post(settings, told)


def _without_secrets(text: str, settings: Settings) -> str:
    addresses = (settings.alert_webhook, settings.proxy)
    secrets = [each.get_secret_value() for each in addresses if each is not None]
    cleaned = text.encode()
    for secret in (*secrets_of(settings), *secrets):
        cleaned = redact(cleaned, secret)
    return cleaned.decode()


def _post(settings: Settings, told: dict[str, str]) -> None:
    assert settings.alert_webhook is not None
    where = f" in {told['step']}" if told["step"] else ""
    text = f"tradeflow {told['job']} {told['partition']} failed{where}: {told['error']}"
    try:
        answer = httpx.post(
            settings.alert_webhook.get_secret_value(),
            json={"text": text, **told},
            timeout=_TIMEOUT_S,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AlertUndelivered(f"TRADEFLOW_ALERT_WEBHOOK: {type(error).__name__}") from None
    if not answer.is_success:
        raise AlertUndelivered(f"TRADEFLOW_ALERT_WEBHOOK answered {answer.status_code}")
