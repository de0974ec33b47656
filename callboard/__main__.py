"""`python -m callboard`: the command line, also where its script is not on the path."""

import sys

if not sys.flags.safe_path:
    # The current directory stands first, and somebody's own json.py there before Python's.
    del sys.path[0]

from callboard.runtime.gateways.cli.main import main

sys.exit(main())
