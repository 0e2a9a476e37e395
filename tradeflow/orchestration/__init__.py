"""The only Dagster code: partitions, resources, assets, checks, jobs, schedules and sensors."""

import warnings

import dagster as dg

# Back-fill policies and partition mappings that reach beyond the last week are marked beta in
# this release and are used on purpose.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
