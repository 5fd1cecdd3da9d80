"""The letters of badges that were issued: made again from the keys, since only their digests are stored."""

from sqlalchemy import Connection

from badges.credential import KeyRing, issue
from checkin.domain.errors import conflict
from checkin.domain.model import AttendeeId
from checkin.service.services import Services
from checkin.store.attendees import AttendeeRow
from checkin.store.credentials import list_credentials
from checkin.store.events import EventRow


def letters_of(
    connection: Connection,
    services: Services,
    event: EventRow,
    attendee: AttendeeRow,
    generation: int | None = None,
) -> str:
    """The 28 letters of the attendee's badge in force, or of an earlier generation."""
    wanted = attendee.generation if generation is None else generation
    digests = _digests(connection, attendee.id, wanted)
    return find_letters(services.keys, event.uuid, attendee, wanted, digests)


def find_letters(
    keys: KeyRing, event_uuid: bytes, attendee: AttendeeRow, generation: int, digests: set[bytes]
) -> str:
    """The letters that make one of these digests. A badge may have been made with an older key."""
    numbers = [keys.current, *(number for number in keys.pairs if number != keys.current)]
    for number in numbers:
        made = issue(KeyRing(number, keys.pairs), event_uuid, attendee.uuid, generation)
        if made.digest in digests:
            return made.letters
    raise conflict(
        f"The badge of {attendee.number} was made with a key that is not in the secret file; "
        "put the file back, or reissue the badge."
    )


def _digests(connection: Connection, attendee: AttendeeId, generation: int) -> set[bytes]:
    return {row.digest for row in list_credentials(connection, attendee) if row.generation == generation}
