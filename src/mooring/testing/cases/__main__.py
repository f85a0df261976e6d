"""``python -m mooring.testing.cases FILE.json``: what of a file of cases holds for Mooring."""

from mooring.testing.cases.command import main

main()
