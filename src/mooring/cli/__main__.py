"""``python -m mooring.cli`` is ``moor``."""

import sys

from mooring.cli.main import main

sys.exit(main())
