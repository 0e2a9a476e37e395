"""The static site: what readers look at. Made from published reports, facts and receipts alone.

Reads the reports folder, the published copy of the warehouse and the archive; writes files.
Nothing here computes a figure, and nothing on a page is loaded from another host.
"""
