"""How the tables of identities are made: economies under every source's codes, and their names.

`python -m tradeflow.identity` writes `economies.csv` and `census_areas.csv` into the seeds; a
test holds the committed files against a fresh run. What the rest of tradeflow reads is the
seeds (`tradeflow/reference.py`, the SQL models), never this package.
"""
