"""`python -m checkin`: the same program as the `checkin` command."""

import sys

from checkin.cli import main

if __name__ == "__main__":
    sys.exit(main())
