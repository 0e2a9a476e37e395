"""Requests through the proxy that is set for them, or straight to the host.

httpx honours the environment's proxies only where no transport of one's own is given; ours
always is, so the choice is made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from threading import Lock

import httpx

from tradeflow.errors import InputError


class Network(httpx.BaseTransport):
    """The network, each request by the proxy of its scheme.

    Args:
        proxies: proxy address by scheme (`http`, `https`, `all`), under `no` a comma-separated
            list of hosts reached without one.

    Raises:
        InputError: a proxy's address is not one; its text, which may hold a password, is not
            repeated.
    """

    def __init__(self, proxies: Mapping[str, str]) -> None:
        self._addresses = {
            scheme: _proxy(scheme, proxies.get(scheme) or proxies.get("all") or "")
            for scheme in ("http", "https")
        }
        self._direct_hosts = [part.strip() for part in proxies.get("no", "").split(",")]
        self._open: dict[str | None, httpx.HTTPTransport] = {}
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._carrier(self.proxy_for(request.url)).handle_request(request)

    def proxy_for(self, url: httpx.URL) -> str | None:
        """The proxy's address for a request, None for a request without one."""
        if any(_is_meant(entry, url) for entry in self._direct_hosts if entry):
            return None
        return self._addresses[url.scheme]

    def close(self) -> None:
        for carrier in self._open.values():
            carrier.close()

    def _carrier(self, proxy: str | None) -> httpx.HTTPTransport:
        with self._lock:
            if proxy not in self._open:
                self._open[proxy] = httpx.HTTPTransport(proxy=proxy)
            return self._open[proxy]


def _proxy(scheme: str, address: str) -> str | None:
    if not address:
        return None
    full = address if "://" in address else f"http://{address}"
    try:
        url = httpx.URL(full)
        fits = url.scheme in ("http", "https") and bool(url.host)
    except httpx.InvalidURL:
        fits = False
    if not fits:
        raise InputError(
            f"the proxy for {scheme} (TRADEFLOW_PROXY, HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) is "
            "not an address of the form http://host:port"
        )
    return full


def _is_meant(entry: str, url: httpx.URL) -> bool:
    """Whether an entry of NO_PROXY means the host: `*`, a name with its subdomains, a network."""
    if entry == "*":
        return True
    name, host = entry.lower(), url.host.lower()
    bare, _, port = name.rpartition(":")
    if bare and port.isdigit() and not bare.endswith(":") and "::" not in bare:
        name = bare
        if int(port) != (url.port or {"http": 80, "https": 443}[url.scheme]):
            return False
    try:
        return ip_address(host) in ip_network(name.strip("[]"), strict=False)
    except ValueError:
        suffix = name.removeprefix("*").removeprefix(".")
        return host == suffix or host.endswith(f".{suffix}")
