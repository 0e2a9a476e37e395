"""The fixed frame of each report kind: title, headings in order, columns of its tables."""
