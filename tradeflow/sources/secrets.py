"""Keys: added to a request below everything that logs, and wiped from what comes back.

httpx logs the address of every request; the key is therefore added underneath the client, and
answers that echo it are cleaned before anyone stores or prints them.
"""

from __future__ import annotations

import logging
import re

import httpx
from pydantic import SecretStr

from tradeflow.answers import Credential
from tradeflow.errors import InputError
from tradeflow.settings import Settings

_REDACTED = b"[redacted]"
_SHORTEST_KEY = 8
"""The sources' keys have 32 digits and more; wiping a short demo word would cut into the data."""


class CredentialTransport(httpx.BaseTransport):
    """Passes requests on with the key that their extension `credential` names."""

    def __init__(self, inner: httpx.BaseTransport, settings: Settings) -> None:
        # httpcore's debug lines show response headers as sent, where a source may echo the key.
        logging.getLogger("httpcore").setLevel(logging.INFO)
        self._inner = inner
        self._settings = settings

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        credential: Credential | None = request.extensions.get("credential")
        secret = secret_of(credential, self._settings)
        if credential is None or secret is None:
            return self._inner.handle_request(request)
        url, headers = request.url, request.headers.copy()
        if credential.place == "query":
            url = url.copy_merge_params({credential.name: secret})
        else:
            headers[credential.name] = secret
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                url,
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        self._inner.close()


def secret_of(credential: Credential | None, settings: Settings) -> str | None:
    """The key a credential names; None for a request without one.

    Raises:
        InputError: the setting is empty or holds what no key has; the message names it.
    """
    if credential is None:
        return None
    secret: SecretStr | None = getattr(settings, credential.setting)
    if secret is None:
        raise InputError(
            f"{credential.setting.upper()} is not set, but a request needs it; set it in .env"
        )
    value = secret.get_secret_value().strip()
    if not value or not value.isascii() or not value.isprintable():
        raise InputError(
            f"{credential.setting.upper()} is empty or holds characters no key has; "
            "copy the key anew"
        )
    return value


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Every key that is set: an answer may repeat one that an earlier request carried."""
    keys = (getattr(settings, name) for name in type(settings).model_fields if "api_key" in name)
    return tuple(key.get_secret_value().strip() for key in keys if key is not None)


def redact(text: bytes, secret: str | None) -> bytes:
    """`text` without the secret, each character plain, percent-encoded or after a backslash."""
    if secret is None or len(secret) < _SHORTEST_KEY:
        return text
    return re.sub("".join(map(_any_spelling, secret)).encode(), _REDACTED, text)


def _any_spelling(character: str) -> str:
    plus = r"|\+" if character == " " else ""
    hexadecimal = f"{ord(character):02x}"
    return rf"\\?(?:%(?i:{hexadecimal})|{re.escape(character)}{plus})"
