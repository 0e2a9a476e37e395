"""What each source is asked and how its answers are read. Knows no database and no Dagster."""
