"""The doctor's look at the secret file, beside a database with badges."""

import os
from functools import partial
from pathlib import Path

import pytest

from badges.credential import KeyPair, KeyRing
from badges.keys import create_keys, load_keys
from checkin.doctor.finding import Level
from checkin.doctor.secret import check_badges, check_owner, open_keys
from checkin.domain.model import Agenda
from checkin.service import attendees
from checkin.service.services import Services
from tests.store.people import ORGANIZER, SLUG, register


def test_a_secret_file_that_can_not_be_used_is_told(tmp_path: Path) -> None:
    path = tmp_path / "checkin.secret"
    assert open_keys(path, has_badges=False)[1].level is Level.OK
    keys, missing = open_keys(path, has_badges=True)
    assert (keys, missing.level) == (None, Level.FAULT)
    assert "put it back" in missing.way_out
    assert not path.exists()
    create_keys(path)
    keys, found = open_keys(path, has_badges=True)
    assert keys == load_keys(path)
    assert found.says.endswith("with key 0")
    path.chmod(0o644)
    keys, open_to_all = open_keys(path, has_badges=True)
    assert (keys, open_to_all.level) == (None, Level.FAULT)
    assert open_to_all.way_out == f"run: chmod 600 {path}"
    path.chmod(0o600)
    path.write_text("{}")
    assert "not a key file" in open_keys(path, has_badges=True)[1].says


def test_a_folder_that_is_not_there_can_hold_no_secret(tmp_path: Path) -> None:
    assert open_keys(tmp_path / "absent" / "checkin.secret", has_badges=False)[1].level is Level.FAULT


def test_files_of_two_owners_are_told(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "checkin.secret", Path("/proc/1/cmdline" if os.geteuid() else "/proc/self/exe")
    assert check_owner(mine, theirs) is None
    mine.touch()
    assert check_owner(mine, mine) is None
    if os.geteuid() == 0:
        theirs = tmp_path / "checkin.db"
        theirs.touch()
        os.chown(theirs, 12345, -1)
    found = check_owner(mine, theirs)
    assert found is not None
    assert found.level is Level.WARNING
    assert str(theirs.stat().st_uid) in found.says


async def test_badges_of_other_keys_are_told(services: Services, event: Agenda, keys: KeyRing) -> None:
    for _ in range(3):
        await register(services)
    page = await attendees.list_attendees(services, SLUG)
    await attendees.reissue(services, SLUG, page.items[0].number, ORGANIZER)
    other = KeyPair(b"x" * 32, b"y" * 32)
    checks = {
        "its own": KeyRing(0, keys.pairs),
        "its own and a newer one": KeyRing(1, {**keys.pairs, 1: other}),
        "others": KeyRing(0, {0: other}),
        "only a newer one": KeyRing(1, {1: other}),
    }
    found = {name: await services.db.read(partial(check_badges, keys=ring)) for name, ring in checks.items()}
    assert {name: one.level for name, one in found.items()} == {
        "its own": Level.OK,
        "its own and a newer one": Level.OK,
        "others": Level.FAULT,
        "only a newer one": Level.FAULT,
    }
    assert found["its own"].says.startswith("all 3 badges")
    assert f"3 of 3 of {SLUG}" in found["others"].says


@pytest.mark.parametrize("name", ["fifo", "folder"])
def test_what_is_no_file_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    os.mkfifo(path) if name == "fifo" else path.mkdir()
    assert open_keys(path, has_badges=True)[1].level is Level.FAULT
