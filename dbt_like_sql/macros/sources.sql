-- Holding one source's figure against another's.

-- Whether a basis is the value at the exporting border: free on board, free alongside ship and US
-- customs value all leave freight and insurance to the importing side out.
create or replace macro is_border_value(basis) as
    basis in ('FOB', 'FAS', 'customs');

-- Why two figures cannot be judged by their bases; null where they can. Figures republished from a
-- source (`as_comtrade`) have that source's basis, whatever it is.
create or replace macro basis_gap(one, other) as
    case
        when other = 'as_comtrade' then null
        when one = 'unstated' or other = 'unstated' then 'valuation_unstated'
        when one = other or (is_border_value(one) and is_border_value(other)) then null
        else 'valuation_differs'
    end;

-- Why a difference rests on figures of the demonstration world; null where both are published.
create or replace macro reconstruction_gap(one_is_reconstructed, other_is_reconstructed) as
    case
        when one_is_reconstructed and other_is_reconstructed then 'both_reconstructed'
        when one_is_reconstructed or other_is_reconstructed then 'one_side_reconstructed'
    end;

-- Whether a ratio lies between a factor and its inverse; a ratio that cannot be told does.
create or replace macro within_factor(ratio, factor) as
    coalesce(ratio between 1.0 / factor and factor, true);
