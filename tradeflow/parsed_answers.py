"""Archived answers, parsed; equal bytes asked about in the same way are parsed once a process.

A back-fill meets most answers again in every week. Not here: what becomes of an answer that
does not parse (`collect.py`), tables (`materialise.py`).
"""

from __future__ import annotations

from collections import OrderedDict

from tradeflow.answers import Answer
from tradeflow.sources.base import Parsed, Source
from tradeflow.storage.archive import Archive, Entry
from tradeflow.storage.raw_rows import reading_of
from tradeflow.thresholds import threshold

_Key = tuple[str, str, str, str]


class ParsedAnswers:
    """Reads answers of one archive, keeping the most recently used parsed ones in memory."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._kept: OrderedDict[_Key, Parsed] = OrderedDict()
        self._rows = 0

    def read(self, source: Source, entry: Entry) -> tuple[Answer, Parsed]:
        """The answer an entry names, verified, and what the source's parser reads in it.

        Parsed rows are shared with other readers of the same answer; nobody may change them.

        Raises:
            SourceError: the parser refuses it.
            StorageError: the archive is damaged; the file is named.
        """
        answer = self._archive.answer(entry)
        reading = reading_of(entry.request, answer.receipt)
        key = (source.name, source.parser_version, answer.response_id, reading)
        parsed = self._kept.get(key)
        if parsed is None:
            parsed = source.parse(answer)
            self._keep(key, parsed)
        self._kept.move_to_end(key)
        return answer, parsed

    def _keep(self, key: _Key, parsed: Parsed) -> None:
        self._kept[key] = parsed
        self._rows += parsed.row_count
        # The newest stays whatever its size: it is about to be used.
        while self._rows > threshold("parsed_answers_cached_rows") and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._rows -= oldest.row_count
