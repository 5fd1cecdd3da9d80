"""What of a database's address may be shown: enough to know which it is, and never its password."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkin.domain.errors import AppError
from checkin.store.address_postgres import read_address
from checkin.store.addresses import UNCLEAR, shown_address
from checkin.store.engines import is_postgres

SECRET = "s3cret"

hostile = st.lists(st.sampled_from([*"%@#?/: +.,;[]\\|'\"äß✓", "://", "%40", "\n"]), max_size=3).map("".join)
passwords = st.lists(hostile, min_size=2, max_size=5).map(SECRET.join)
"""Words that must never be seen, with letters between them that stand for something in an address."""

places = st.sampled_from(
    [
        "postgresql://ana:{}@db.example.org/checkin",
        "postgresql://ana:{}@a:5432,[::1]:5433/checkin?sslmode=require",
        "postgres://:{}@/checkin?host=/run/postgresql",
        "postgresql://ana@db/checkin?password={}",
        "postgresql://db/checkin?user=ana&password={}&sslmode=require",
        "postgresql://db?password={}",
        "postgresql:///?sslpassword={}",
        "postgresql://ana:{}@db/checkin?password={}&sslpassword={}",
        "mysql+x://ana:{}@db/checkin",
        "ana:{}@db/checkin",
        "postgresql:ana:{}@db/checkin",
        "host=db user=ana password={}",
        "sqlite://ana:{}@db/checkin",
        "sqlite:///checkin.db?password={}",
    ]
)


@given(place=places, password=passwords)
def test_a_password_is_never_shown_whatever_is_in_it(place: str, password: str) -> None:
    for written in (password, quote(password), quote(password, safe="")):
        address = place.replace("{}", written)
        assert SECRET not in shown_address(address)


@given(place=places.filter(is_postgres), password=passwords)
def test_an_address_is_refused_without_its_password(place: str, password: str) -> None:
    assert SECRET not in refusal(place.replace("{}", password))


def refusal(address: str) -> str:
    """What is said of an address that can't be used; nothing of another."""
    try:
        read_address(address)
    except AppError as refused:
        return refused.message
    return ""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:///checkin.db", "sqlite:///checkin.db"),
        ("sqlite:////var/lib/a b@c/checkin.db", "sqlite:////var/lib/a b@c/checkin.db"),
        ("postgresql://db.example.org/checkin", "postgresql://db.example.org/checkin"),
        ("postgresql:///checkin", "postgresql:///checkin"),
        (f"postgresql://ana:{SECRET}@a,b:5433/checkin?x=1", "postgresql://ana@a,b:5433/checkin"),
        (f"postgresql://ana:{SECRET}@[::1]:5433/checkin", "postgresql://ana@[::1]:5433/checkin"),
        (f"postgresql://ana:a@/{SECRET}@a/checkin?password={SECRET}", "postgresql://…"),
        (f"postgresql://a/checkin?password=abc@{SECRET}", "postgresql://…"),
        (f"postgresql://ana:12/{SECRET}@a/checkin", "postgresql://…"),
        (f"postgresql://u@h/db?sslpassword={SECRET}&sslmode=require", "postgresql://u@h/db?sslmode=require"),
        (
            f"postgresql://u@/db?host=/a,%2Fb&port=1,2&password={SECRET}&pgbouncer=true",
            "postgresql://u@/db?host=/a,%2Fb&port=1,2&pgbouncer=true",
        ),
        (f"postgresql://h/db?dbname=postgresql%3A%2F%2Fu%3A{SECRET}%40h%2Fd", "postgresql://h/db"),
        (f"mysql+x://ana:{SECRET}@a/b", "mysql+x://ana@a/b"),
        (f"checkin:{SECRET}@db/x", UNCLEAR),
        (f"checkin:{SECRET}://@db/x", UNCLEAR),
        ("", UNCLEAR),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert shown_address(address) == shown
