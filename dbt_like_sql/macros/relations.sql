-- What two structures of trade say about each other: the only definitions in the project.

-- Grubel–Lloyd index over the chapters of one pair: 1 where exports and imports match in each, 0 where
-- every chapter goes one way. Exports and imports are money (exact), 0 where there is none.
create or replace macro grubel_lloyd(exports, imports) as
    1.0 - cast(sum(abs(exports - imports)) as double)
    / nullif(cast(sum(exports + imports) as double), 0);

-- A share over the same share of a reference: Balassa's revealed comparative advantage for a chapter of
-- exports, trade intensity for a partner. 1 means like the reference.
create or replace macro relative_share_of(part, whole, reference_part, reference_whole) as
    (cast(part as double) / nullif(cast(whole as double), 0))
    / nullif(cast(reference_part as double) / nullif(cast(reference_whole as double), 0), 0);

-- How much of two distributions (shares that add up to 100) coincides, 0–100: Finger and Kreinin's
-- export similarity; for one side's exports and the other's imports Michaely's complementarity, as
-- half the sum of absolute differences is what does not coincide. Rows without both add nothing.
create or replace macro overlap_pct(share_pct, other_pct) as
    sum(least(share_pct, other_pct) order by least(share_pct, other_pct));

-- Imports over exports of one code, at most the value that stands for no exports at all; null where
-- either is not known.
create or replace macro import_export_ratio_of(imports, exports) as
    case
        when imports is null or exports is null then null
        when exports = 0 and imports > 0 then threshold('dependency_ratio_without_exports')
        else least(
            cast(imports as double) / nullif(cast(exports as double), 0),
            threshold('dependency_ratio_without_exports')
        )
    end;

-- Whether something that must hold in `needed` of `looked_at` years does: null while the years that
-- cannot be assessed could still decide it.
create or replace macro holds_in_years(met, assessed, needed, looked_at) as
    case
        when met >= needed then true
        when met + looked_at - assessed < needed then false
    end;

-- Why what an importer reports may differ from what the exporter does.
create or replace macro mirror_basis_of(export_valuation, import_valuation) as
    case
        when export_valuation = 'FOB' and import_valuation = 'CIF' then 'cif_over_fob'
        when export_valuation is null or import_valuation is null then null
        when export_valuation = import_valuation and export_valuation <> 'unstated' then 'same_basis'
        else 'basis_unstated'
    end;
