"""Commands of the site, and the site at the end of a run.

It shows every published report of every kind, so it belongs to no week's run: a command builds it
after its run, the asset `reports/site` after those of the daemon.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tradeflow.settings import Mode, load_settings

if TYPE_CHECKING:
    from tradeflow.site.build import Built
    from tradeflow.world import World

app = typer.Typer(help="Build or look at the site.", no_args_is_help=True)
out = Console(highlight=False, soft_wrap=True)

_SourcesOption = Annotated[
    Mode | None,
    typer.Option("--sources", help="Whose site; default TRADEFLOW_SOURCES."),
]


@app.command()
def build(sources: _SourcesOption = None) -> None:
    """Build the static site from what has been published."""
    from tradeflow.world import World

    built = _built(World(load_settings(sources=sources)), out)
    state = f"built, {built.changed} files changed" if built.is_new else "unchanged"
    out.print(f"{built.pages} pages, {built.byte_count / 1e6:.1f} MB, {state}: {built.home}")


@app.command()
def serve(
    sources: _SourcesOption = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8000,
) -> None:
    """Serve the built site on this machine until it is stopped."""
    from tradeflow.site.serve import serving

    with serving(load_settings(sources=sources).site_folder, port) as server:
        out.print(f"http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def show_site(world: World, console: Console) -> None:
    """Build the site after a run and say where it is.

    Raises:
        StorageError: a file cannot be written; the site built before is untouched.
        GateRefused: two reports state one fact differently; the site built before is untouched.
    """
    built = _built(world, console)
    state = "" if built.is_new else "，內容未變"
    console.print(
        f"\n網站　{built.home.resolve().as_uri()}（{built.pages} 頁{state}）", markup=False
    )
    console.print("在本機瀏覽與搜尋　tradeflow site serve")


def _built(world: World, console: Console) -> Built:
    from tradeflow.site.build import build_site

    with console.status("Building the site ...") as status:
        return build_site(world, lambda step: status.update(f"Building the site: {step} ..."))
