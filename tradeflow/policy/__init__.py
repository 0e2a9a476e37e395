"""Notices of China's Ministry of Commerce, read by rules and gazetteers.

Here: what one page says, each value with the words that say it. Not here: fetching pages
(`sources/`), merging pages into notices or computing a status (the SQL models).
"""
