"""Every page of the bundled world's ministry, through the sandbox's HTTP surface."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import httpx

from tradeflow.sandbox.server import SandboxTransport

_MINISTRY = "https://www.mofcom.gov.cn"
_LIST = f"{_MINISTRY}/api-gateway/jpaas-publish-server/front/page/build/unit"


@cache
def site_pages(shared: Path) -> tuple[tuple[str, str, str], ...]:
    """Address, HTML and listed title of each page, as of the end of the bundled world."""
    with (shared / "facts" / "mofcom_pages.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    listed = [(row["url"], row["title_as_published_elsewhere"]) for row in rows]
    found = []
    with httpx.Client(transport=SandboxTransport(date(2026, 6, 28))) as client:
        for url, title in [*listed, *announced_pages(client)]:
            answer = client.get(url)
            assert answer.status_code == 200, url
            found.append((url, decoded(answer.content), title))
    return tuple(found)


def decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030")


def announced_pages(client: httpx.Client) -> list[tuple[str, str]]:
    """Address and title of every announcement the ministry lists, on all its pages."""
    found: list[tuple[str, str]] = []
    page, total = 1, 1
    while len(found) < total:
        asked = {
            "pageId": "fc8bdff48fa345a48b651c1285b70b8f",
            "paramJson": json.dumps({"pageNo": page, "pageSize": 15}),
        }
        html = client.get(_LIST, params=asked).json()["data"]["html"]
        found += [
            (urljoin(_MINISTRY, address), title)
            for address, title in re.findall(r'<a href="([^"]+)" title="([^"]*)"', html)
        ]
        page, total = page + 1, int(re.search(r'count="(\d+)"', html)[1])
    return found
