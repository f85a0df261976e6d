"""Facts about Docker's network, put to the parts of Mooring that answer them.

``python -m mooring.testing.cases FILE.json`` reads groups of cases, each an input and what is
expected of it, and says what passes. ``table.py`` tells which part answers which group.
"""
