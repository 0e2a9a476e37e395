"""The list of files to download, and what each holds, column by column with units."""

from __future__ import annotations

from collections.abc import Iterator

from tradeflow.site.data_files import DataFile
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

_DESCRIPTION_LENGTH = 150


def data_pages(view: View) -> Iterator[Page]:
    """The list of files, and a page for each mart with its columns."""
    template = environment().get_template("data.html.j2")
    yield Page(
        "data/index.html",
        "資料下載",
        "每張資料表的 CSV 與 Parquet，附欄位、型別、單位與說明。",
        template.render(files=view.files, week=view.marts.week, as_of=view.as_of),
        structured={
            "@type": "DataCatalog",
            "dataset": [{"@id": f"site:data/{file.model.name}.html#page"} for file in view.files],
        },
        modified=view.as_of,
    )
    for file in view.files:
        yield _data_page(view, file)


def _data_page(view: View, file: DataFile) -> Page:
    model, name = file.model, file.model.name
    columns = model.contract.columns
    distribution = [
        {
            "@type": "DataDownload",
            "contentUrl": f"site:data/{name}.{ending}",
            "encodingFormat": form,
        }
        for ending, form in (("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet"))
    ]
    return Page(
        path=f"data/{name}.html",
        title=name,
        description=model.contract.description[:_DESCRIPTION_LENGTH],
        body=environment().get_template("model.html.j2").render(file=file, model=model),
        trail=(("資料下載", "data/index.html"),),
        structured={
            "@type": "Dataset",
            "name": name,
            "description": f"{model.contract.description} Rows as known on {view.as_of}.",
            "license": "site:sources/",
            "creator": {"@id": "site:#publisher"},
            "version": view.marts.week,
            "variableMeasured": [
                {
                    "@type": "PropertyValue",
                    "name": column.name,
                    "description": column.description,
                    **({"unitText": column.unit} if column.unit else {}),
                }
                for column in columns
            ],
            **({"distribution": distribution} if file.is_offered else {}),
        },
        searchable=False,
        modified=view.as_of,
    )
