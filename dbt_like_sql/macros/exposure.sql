-- Rules of export controls against imports.

-- Strictness of a control's state, 1 the strictest: where several controls reach one code, the
-- strictest decides what the code is counted under.
create or replace macro standing_rank(status) as
    coalesce(
        list_position(
            ['in_force', 'announced', 'suspended', 'lapsed_unconfirmed', 'unknown', 'not_announced',
             'ended'],
            status
        ),
        99
    );

-- Whether a control in this state can still bind; one that is not announced or has ended cannot.
create or replace macro is_live_standing(status) as
    status in ('in_force', 'announced', 'suspended', 'lapsed_unconfirmed');

-- Whether a mapping's evidence says that the notice itself prints the customs code.
create or replace macro is_printed_evidence(evidence) as
    starts_with(evidence, 'printed');

-- Whether a value lies in a band that starts at min_value and ends before below_value; an open end
-- has no limit.
create or replace macro in_band(v, min_value, below_value) as
    v >= min_value and (below_value is null or v < below_value);
