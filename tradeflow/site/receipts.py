"""One page a stored answer: what was asked, when, what came, and its hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from tradeflow.answers import Receipt
from tradeflow.site.page import Page
from tradeflow.storage.archive import Archive

_MODES = {"sandbox": "內建示範資料", "live": "網路", "import": "使用者提供的檔案"}


def receipts_of(archive: Archive, response_ids: Iterable[str]) -> dict[str, list[Receipt]]:
    """Answer → how it came to us, for those the archive holds."""
    found = {each: archive.receipts(each) for each in sorted(set(response_ids))}
    return {each: receipts for each, receipts in found.items() if receipts}


def receipt_pages(receipts: dict[str, list[Receipt]]) -> Iterator[Page]:
    """The page of each answer."""
    for response_id, told in receipts.items():
        label = told[0].label
        yield Page(
            path=f"receipts/{response_id[:16]}.html",
            title=f"來源答覆 {response_id[:8]}",
            description=label[:150],
            body=_body(response_id, told),
            trail=(("來源與授權", "sources/index.html"),),
            searchable=False,
        )


def _body(response_id: str, told: list[Receipt]) -> str:
    parts = [
        f"<h1>來源答覆 <code>{response_id[:8]}</code></h1>\n",
        "<p>這是資料庫中某些數字所依據的一筆來源答覆；內文以雜湊值保存，可用 "
        f"<code>tradeflow trace</code> 查驗。</p>\n<p>SHA-256 <code>{response_id}</code></p>\n",
    ]
    for receipt in told:
        asked = "&".join(f"{name}={value}" for name, value in (*receipt.params, *receipt.form))
        rows = [
            ("問題", receipt.label),
            ("請求", f"{receipt.method} {receipt.url}{'?' if asked else ''}{asked}"),
            ("狀態", str(receipt.status)),
            ("大小", f"{receipt.byte_count:,} 位元組"),
            ("取得", f"{receipt.fetched_at:%Y-%m-%d %H:%M:%S %Z}（{_MODES[receipt.mode]}）"),
        ]
        if receipt.source_vintage:
            rows.append(("來源自述版本", receipt.source_vintage))
        source = escape(receipt.source)
        listed = f'<dt>來源</dt><dd><a href="../sources/index.html">{source}</a></dd>'
        listed += "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows)
        parts.append(f'<dl class="receipt">{listed}</dl>\n')
    return "".join(parts)
