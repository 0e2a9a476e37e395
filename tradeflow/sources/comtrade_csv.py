"""The CSV file of Comtrade Plus' download button, read into the records of the API.

The file is ISO-8859-1 and gives every row one field more than the header; a reader that trusts
the header shifts all columns by one. Nothing here checks the figures.
"""

from __future__ import annotations

import csv
import io

from tradeflow.answers import Answer
from tradeflow.sources.errors import ChangedShape
from tradeflow.sources.reading import refuse_empty


def read_download(answer: Answer, fields: tuple[str, ...]) -> dict[str, list[str | None]]:
    """Columns of a download, under the API's field names; an empty cell is null.

    Raises:
        IncompleteAnswer: the file is empty.
        ChangedShape: other columns than the API's fields, or a row of another length.
    """
    request = answer.request
    refuse_empty(answer, "a CSV file")
    try:
        rows = list(csv.reader(io.StringIO(_decode(answer.body), newline=""), strict=True))
    except csv.Error as error:
        raise ChangedShape(request, "body", "a CSV file", error) from error
    header = tuple(rows[0])
    if header != fields:
        odd = next((f for f in (*header, *fields) if (f in header) != (f in fields)), "order")
        raise ChangedShape(
            request, odd, f"the {len(fields)} columns of the download", f"{len(header)} others"
        )
    records = [_cells(answer, number, row, len(fields)) for number, row in enumerate(rows[1:], 2)]
    return {field: [record[place] for record in records] for place, field in enumerate(fields)}


def _cells(answer: Answer, number: int, row: list[str], width: int) -> list[str | None]:
    cells = row[:-1] if len(row) == width + 1 and row[-1] == "" else row
    if len(cells) != width:
        raise ChangedShape(answer.request, f"line {number}", f"{width} fields", len(row))
    return [cell or None for cell in cells]


def _decode(body: bytes) -> str:
    # The site writes ISO-8859-1; a copy saved by an editor is UTF-8, and accented Latin-1 text
    # is practically never valid UTF-8.
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("iso-8859-1")
