"""What a PostgreSQL address means: the same servers for both drivers, and the writable one of several."""

from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from checkin.domain.errors import AppError
from checkin.store.address_postgres import Address, read_address


def meant(address: Address, key: str) -> str | int | None:
    """What libpq is told."""
    return conninfo_to_dict(address.conninfo).get(key)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://u@h/db", (("h", None),)),
        ("postgres://u@h:6000/db", (("h", 6000),)),
        ("postgresql:///db", ((None, None),)),
        ("postgresql://u@h1:1,h2:2/db", (("h1", 1), ("h2", 2))),
        ("postgresql://u@h1,h2:2/db", (("h1", None), ("h2", 2))),
        ("postgresql://u@[::1]:5,h2/db", (("::1", 5), ("h2", None))),
        ("postgresql://u@/db?host=/run/a,/run/b&port=1,2", (("/run/a", 1), ("/run/b", 2))),
        ("postgresql://u@/db?host=/run/a,/run/b&port=7", (("/run/a", 7), ("/run/b", 7))),
    ],
)
def test_hosts_are_tried_in_their_order(url: str, hosts: tuple[tuple[str | None, int | None], ...]) -> None:
    assert read_address(url).hosts == hosts


def test_of_several_hosts_the_writable_one_is_meant() -> None:
    several = read_address("postgresql://u@h1,h2/db")
    assert several.is_writable_asked
    assert meant(several, "target_session_attrs") == "read-write"
    one = read_address("postgresql://u@h1/db")
    assert not one.is_writable_asked
    assert meant(one, "target_session_attrs") is None
    assert read_address("postgresql://u@h1/db?target_session_attrs=read-write").is_writable_asked
    assert not read_address("postgresql://u@h1,h2/db?target_session_attrs=any").is_writable_asked


def test_what_only_libpq_knows_is_not_told_to_asyncpg() -> None:
    address = read_address("postgresql://u:p%40@h/db?connect_timeout=7&keepalives_idle=9&sslmode=require")
    assert (
        address.options
        == "postgresql://?user=u&password=p%40&dbname=db&sslmode=require&application_name=checkin"
    )
    assert address.connect_seconds == 7
    assert meant(address, "connect_timeout") == "7"
    assert meant(address, "keepalives_idle") == "9"


@pytest.mark.parametrize(
    ("option", "key", "value"),
    [
        ("options=-c%20geqo%3Doff", "options", "-c geqo=off"),
        ("password=a%20b", "password", "a b"),
        ("password=a+b", "password", "a+b"),
        ("password=a%2Bb%26c%25", "password", "a+b&c%"),
    ],
)
def test_what_is_in_an_option_reaches_both_drivers_as_it_was_meant(option: str, key: str, value: str) -> None:
    address = read_address(f"postgresql://u@h/db?{option}&pgbouncer=true")
    assert meant(address, key) == value
    assert f"{key}={quote(value)}&" in f"{address.options}&"
    assert conninfo_to_dict(address.options)[key] == value


def test_a_question_mark_in_a_password_begins_no_options() -> None:
    address = read_address("postgresql://u:a?b&c@h/db?pgbouncer=1")
    assert meant(address, "password") == "a?b&c"
    assert address.is_pooled


def test_a_dead_host_is_noticed_by_its_silence() -> None:
    assert int(meant(read_address("postgresql://u@h/db"), "keepalives_idle") or 0) > 0


@pytest.mark.parametrize(
    ("option", "is_pooled"),
    [("", False), ("?pgbouncer=true", True), ("?pgbouncer=1", True), ("?pgbouncer=false", False)],
)
def test_a_pooler_can_be_named(option: str, is_pooled: bool) -> None:
    address = read_address(f"postgresql://u@h/db{option}")
    assert address.is_pooled is is_pooled
    assert "pgbouncer" not in address.conninfo + address.options


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret@h/db?no_such_option=1",
        "postgresql://u:secret@h:port/db",
        "postgresql://u:secret@h1,h2,h3/db?port=1,2",
        "postgresql://u:secret@h1,h2/db?target_session_attrs=standby",
        "postgresql://u:secret@[::1/db",
        "postgresql://u:secret/more@h/db",
    ],
)
def test_an_address_that_can_not_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(AppError) as refused:
        read_address(url)
    assert refused.value.code == "invalid"
    assert "secret" not in str(refused.value)
