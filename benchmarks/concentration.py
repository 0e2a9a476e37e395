"""How long the concentration marts take on many rows, beside the engine's own sum and libraries.

In one run and for each number of rows: `sum(v)` over the stored values, the SQL of the marts as the
project renders it, its formulas alone, and the same figures by polars and pandas, which must agree.
The rows are generated here: partners (or HS chapters) of as many reporters, flows and years as it
takes. Not here: reading answers, staging, checks and storing (`weekly_run.py` has the whole).

Usage: python benchmarks/concentration.py [rows ...]      (default: 1e5 1e6 1e7)
"""

from __future__ import annotations

import gc
import math
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from tradeflow.bundled import sql_root
from tradeflow.storage.seeds import load_seeds
from tradeflow.storage.sql_macros import load_macros
from tradeflow.storage.sql_project import Project
from tradeflow.storage.sql_templates import Ref

SIZES = (100_000, 1_000_000, 10_000_000)
PARTNERS, CHAPTERS = 220, 97
LARGE = 5_000_000
"""From so many rows on each figure is measured once; below it is the median of three runs."""

MEMORY = "8GB"
"""What DuckDB may take; beyond it writes to disk."""

GROUP = ["reporter_code", "flow", "year"]
FIGURES = ["hhi", "cr1", "cr3", "cr5", "theil", "shannon", "n"]

_SLICES = """
    select
        cast(s // 20 + 1 as integer) as reporter_code,
        'R' || (s // 20 + 1) as reporter_iso3,
        case when s % 2 = 0 then 'X' else 'M' end as flow,
        cast(2015 + s // 2 % 10 as integer) as year,
        cast(m as integer) as member,
        -- Like partners: a power law, each slice with its own steepness and disorder.
        cast(
            1e11 * power(m, -1.0 - s % 7 / 10.0) * (0.5 + hash(s, m) % 1000 / 1000.0)
            as decimal(24, 4)
        ) as value_usd,
        'answer-' || s as response_id
    from range({slices}) as slices (s), range(1, {members} + 1) as members (m)
"""
_FLOWS = f"""
create table int_trade_flows__reconciled as
with members as ({_SLICES})
select
    reporter_code, reporter_iso3, flow, year, member as partner_code, 'economy' as partner_kind,
    value_usd, true as is_partner, true as is_counted, true as is_reconstructed,
    'observed' as vintage, response_id
from members
union all
select
    reporter_code, reporter_iso3, flow, year, 0, 'world', sum(value_usd), false, false, true,
    'observed', response_id
from members
group by reporter_code, reporter_iso3, flow, year, response_id
"""
_CHAPTERS = f"""
create table int_chapter_shares__computed as
with members as ({_SLICES}),
whole as (select response_id, sum(value_usd) as chapters_usd from members group by response_id)
select
    reporter_code, reporter_iso3, flow, year, lpad(cast(member as varchar), 2, '0')
        as commodity_code,
    value_usd, 100.0 * cast(value_usd as double) / cast(chapters_usd as double) as share_pct,
    100.0 as itemised_share_pct, year = 2024 as is_latest, 'observed' as vintage,
    true as is_reconstructed, [response_id] as response_ids
from members
inner join whole using (response_id)
"""
_STRUCTURE = """
create table fct_commodity_structure_yearly as
select
    reporter_code, flow, year, commodity_code, commodity_code as commodity_name_zh, share_pct,
    row_number() over (
        partition by reporter_code, flow, year order by value_usd desc, commodity_code
    ) as commodity_rank
from int_chapter_shares__computed
"""
_FORMULAS = """
select
    reporter_code, flow, year,
    hhi(value_usd) as hhi,
    concentration_ratio_pct(value_usd, 1) as cr1,
    concentration_ratio_pct(value_usd, 3) as cr3,
    concentration_ratio_pct(value_usd, 5) as cr5,
    theil(value_usd) as theil,
    shannon(value_usd) as shannon,
    count(*) as n
from int_trade_flows__reconciled
where is_counted
group by reporter_code, flow, year
"""

_VALUES = """
select reporter_code, flow, year, is_counted, cast(value_usd as double) as value_usd
from int_trade_flows__reconciled
"""


def table_of(con: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """The rows of a query."""
    table = pl.from_arrow(con.sql(query).to_arrow_table())
    assert isinstance(table, pl.DataFrame)
    return table


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Median wall time of some work, in seconds."""
    taken = []
    for _ in range(repeats):
        gc.collect()
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def by_polars(rows: pl.DataFrame) -> pl.DataFrame:
    """The figures of each reporter, flow and year; columns GROUP and FIGURES."""
    v = pl.col("value_usd")
    share = v / v.sum()
    return (
        rows.lazy()
        .filter(pl.col("is_counted"))
        .group_by(GROUP)
        .agg(
            hhi=10_000 * (share * share).sum(),
            **{f"cr{k}": 100 * v.top_k(k).sum() / v.sum() for k in (1, 3, 5)},
            shannon=-(share * share.log()).sum(),
            n=pl.len(),
        )
        .with_columns(theil=pl.col("n").cast(pl.Float64).log() - pl.col("shannon"))
        .collect()
    )


def by_pandas(rows):
    """The same by pandas, with its vectorised group operations."""
    import numpy

    counted = rows[rows["is_counted"]].sort_values("value_usd", ascending=False)
    keys = [counted[name] for name in GROUP]
    share = counted["value_usd"] / counted.groupby(GROUP, sort=False)["value_usd"].transform("sum")
    place = counted.groupby(GROUP, sort=False).cumcount()
    parts = {
        "hhi": 10_000 * share**2,
        **{f"cr{k}": (100 * share).where(place < k, 0.0) for k in (1, 3, 5)},
        "shannon": -share * numpy.log(share),
    }
    grouped = counted[[]].assign(**parts).groupby(keys, sort=False)
    figures = grouped.sum()
    figures["n"] = grouped.size()
    figures["theil"] = numpy.log(figures["n"]) - figures["shannon"]
    return figures.reset_index()


def agree(one: pl.DataFrame, other: pl.DataFrame, who: str) -> None:
    """Stop unless two tables hold the same figures: timing different results says nothing."""
    both = one.sort(GROUP).join(other, on=GROUP, suffix="_other")
    if not one.height == other.height == both.height:
        raise SystemExit(f"{who} has {other.height} groups, SQL {one.height}")
    for name in FIGURES:
        apart = (both[name] - both[f"{name}_other"]).abs().max()
        if not apart <= 1e-6:
            raise SystemExit(f"{who}: {name} is up to {apart} apart from SQL")


def measure(rows: int, folder: Path, project: Project) -> list[tuple[str, float]]:
    """What each way takes over so many rows: (name, seconds), the sum first."""
    repeats = 1 if rows >= LARGE else 3
    with duckdb.connect(str(folder / f"{rows}.duckdb")) as con:
        con.execute(f"set memory_limit = '{MEMORY}'")
        load_seeds(con, project)
        load_macros(con, project)
        con.execute(_FLOWS.format(slices=math.ceil(rows / (PARTNERS + 1)), members=PARTNERS))
        con.execute(_CHAPTERS.format(slices=math.ceil(rows / CHAPTERS), members=CHAPTERS))
        con.execute(_STRUCTURE)
        con.execute("checkpoint")

        def relation(ref: Ref) -> str:
            return ref.relation if ref.kind == "seed" else ref.name

        def mart(name: str) -> Callable[[], object]:
            model = project.model(name)
            query = project.render(model.template, relation, model.path.name)
            return lambda: con.execute(f"create or replace temp table made as {query}")

        def scan() -> object:
            return con.execute("select sum(value_usd) from int_trade_flows__reconciled").fetchone()

        scan()
        taken = [
            ("sum(v) scan", seconds(scan, max(repeats, 3))),
            ("fct_concentration_yearly", seconds(mart("fct_concentration_yearly"), repeats)),
            (
                "fct_product_concentration_yearly",
                seconds(mart("fct_product_concentration_yearly"), repeats),
            ),
            ("the formulas alone (SQL)", seconds(lambda: table_of(con, _FORMULAS), repeats)),
        ]
        figures = table_of(con, _FORMULAS)
        frame = table_of(con, _VALUES)
    agree(figures, by_polars(frame), "polars")
    taken.append(("the same by polars", seconds(lambda: by_polars(frame), repeats)))
    try:
        import pandas
    except ImportError:
        return taken
    table = pandas.DataFrame({name: frame[name].to_numpy() for name in frame.columns})
    agree(figures, pl.DataFrame(by_pandas(table).to_dict("list"), strict=False), "pandas")
    taken.append(("the same by pandas", seconds(lambda: by_pandas(table), repeats)))
    return taken


def machine() -> str:
    """Processor count, memory, load before the run, and versions, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} CPUs, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f} at the start,"
        f" Python {platform.python_version()}, DuckDB {duckdb.__version__}, polars {pl.__version__}"
    )


def main() -> None:
    sizes = [int(float(size)) for size in sys.argv[1:]] or SIZES
    project = Project.load(sql_root())
    sys.stdout.write(f"{machine()}\n")
    try:
        import pandas

        sys.stdout.write(f"pandas {pandas.__version__}\n")
    except ImportError:
        sys.stdout.write("pandas is not installed, its line is skipped: pip install '.[bench]'\n")
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            taken = measure(rows, Path(folder), project)
        base = taken[0][1]
        sys.stdout.write(f"\n{rows:,} rows\n")
        for name, wall in taken:
            sys.stdout.write(f"  {name:<34}{wall:9.3f} s {wall / base:10.1f} x sum(v)\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
