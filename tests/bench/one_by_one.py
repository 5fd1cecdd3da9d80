"""A baseline: the product, but each scan in a transaction of its own. Takes `checkin`'s arguments."""

import sys
from functools import partial

from checkin.cli import main
from checkin.service import scans
from checkin.service.batcher import Batcher

if __name__ == "__main__":
    setattr(scans, "Batcher", partial(Batcher, cap=1))  # noqa: B010 - a type is replaced by what makes it
    sys.exit(main())
