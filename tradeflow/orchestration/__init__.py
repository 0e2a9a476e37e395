"""The only Dagster code: partitions, resources, assets, checks, jobs and the schedule."""
