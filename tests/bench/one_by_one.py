"""A baseline: the product, but each scan in a transaction of its own, one after the other. Takes `checkin`'s
arguments.
"""

import sys
from typing import Any

from checkin.cli import main
from checkin.service import scans
from checkin.service.batcher import Batcher


class _OneByOne(Batcher[Any, Any]):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options | {"cap": 1, "at_once": 1})


if __name__ == "__main__":
    setattr(scans, "Batcher", _OneByOne)  # noqa: B010 - for the linter, a class is a constant
    sys.exit(main())
