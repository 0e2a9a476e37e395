"""What kind of address a host is: where a request out of a page or a redirect must not go.

Names are not resolved: no request follows from a judgement made here.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


def inner_kind(host: str) -> str | None:
    """`a loopback address` and the like for a host nobody on the internet serves, else None.

    Reads every spelling of an IPv4 address that the C library reads (`2130706433`, `0x7f.1`)
    and IPv4 addresses inside IPv6 ones (mapped, compatible, 6to4, NAT64).
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return "a loopback address"
    address = _address(name)
    if address is None:
        return None
    inside = _ipv4_inside(address) if isinstance(address, IPv6Address) else None
    if inside is not None:
        kind = _kind(inside)
        return None if kind is None else f"{kind} inside an IPv6 address"
    return _kind(address)


def describe_redirect(asked: str, location: str | None) -> str:
    """What a redirect asked for, in one phrase that names what is wrong with it first.

    Args:
        asked: the address of the request.
        location: the `Location` header as sent.
    """
    if not location:
        return "a redirect to nowhere"
    origin = httpx.URL(asked)
    try:
        target = origin.join(location)
    except (httpx.InvalidURL, ValueError):
        return f"a redirect to an unreadable address ({location!r})"
    if target.scheme not in ("http", "https"):
        return f"a redirect to another kind of address ({target.scheme}): {location}"
    kind = inner_kind(target.host)
    if kind is not None:
        return f"a redirect to {kind}: {location}"
    if origin.scheme == "https" and target.scheme == "http":
        return f"a redirect that gives up encryption: {location}"
    if target.host != origin.host:
        return f"a redirect to another host: {location}"
    return f"a redirect within the host: {location}"


def names_a_key(asked: str, location: str | None) -> bool:
    """Whether a redirect leads to the host's own page on keys, as Census sends it for a bad one."""
    try:
        target = httpx.URL(asked).join(location or "")
    except (httpx.InvalidURL, ValueError):
        return False
    return target.host == httpx.URL(asked).host and "key" in target.path.lower()


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None


def _ipv4_inside(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _kind(address: IPv4Address | IPv6Address) -> str | None:
    if address.is_unspecified:
        return "an unspecified address"
    if address.is_loopback:
        return "a loopback address"
    if address.is_link_local:
        return "a link-local address"
    if address.is_multicast:
        return "a multicast address"
    return None if address.is_global else "a private address"
