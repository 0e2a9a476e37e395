"""Search: documents of every layer found by what they say, in either script or in English."""
