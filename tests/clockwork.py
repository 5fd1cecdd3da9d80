"""What a running server does by the clock, done in one go."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from checkin.domain.model import EventId
from checkin.service.services import Clock
from checkin.service.timekeeping import Timekeeper, find_versions
from checkin.store.database import Database

_keepers: WeakKeyDictionary[Database, tuple[Clock, Timekeeper]] = WeakKeyDictionary()


async def catch_up(db: Database, clock: Clock) -> Mapping[EventId, int]:
    """Does what is due, as the one who keeps time of this open database, and gives the versions after it."""
    known, keeper = _keepers.get(db, (None, None))
    if keeper is None or known is not clock:
        keeper = Timekeeper(db, clock)
        _keepers[db] = clock, keeper
    await look_once(keeper)
    return await find_versions(db, clock)


async def look_once(keeper: Timekeeper) -> None:
    """The same for one who keeps time; nothing may go wrong."""
    await keeper.look()
    await keeper.until_done()
    assert not keeper.troubles
