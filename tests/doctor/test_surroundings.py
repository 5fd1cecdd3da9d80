"""The doctor's look at disks, clock, address and environment."""

import re
import socket
from pathlib import Path

import pytest

import checkin.config
from checkin.config import VARIABLES, find_unknown_variables
from checkin.doctor import surroundings
from checkin.doctor.finding import Level
from checkin.doctor.surroundings import (
    check_filesystem,
    check_port,
    check_public_url,
    check_space,
    check_synchronised,
    check_variables,
    check_zones,
    find_filesystem,
    read_clock_state,
)

MOUNTS = r"""
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:5 / /srv/net rw - nfs4 server:/export rw
31 22 0:6 / /srv/net/local rw - xfs /dev/sdb rw
32 22 0:7 / /srv/with\040space rw - tmpfs tmpfs rw
33 22 0:8 / /layer rw - overlay overlay rw
"""


def test_little_room_is_told(tmp_path: Path) -> None:
    assert check_space(tmp_path, "it", 0, 0).level is Level.OK
    assert check_space(tmp_path, "it", 2**62, 0).level is Level.WARNING
    assert check_space(tmp_path, "it", 2**62, 2**62).level is Level.FAULT
    absent = check_space(tmp_path / "absent", "it")
    assert absent.level is Level.FAULT
    assert "no such file" in absent.says.lower()


@pytest.mark.parametrize(
    ("path", "kind", "level"),
    [
        ("/home/x", "ext4", None),
        ("/srv/net/a", "nfs4", Level.FAULT),
        ("/srv/network", "ext4", None),
        ("/srv/net/local/a", "xfs", None),
        ("/srv/with space", "tmpfs", Level.FAULT),
        ("/layer/a", "overlay", Level.WARNING),
    ],
)
def test_file_systems_that_lose_data_are_told(path: str, kind: str, level: Level | None) -> None:
    assert find_filesystem(Path(path), MOUNTS) == kind
    found = check_filesystem(Path(path), "it", MOUNTS)
    assert (None if found is None else found.level) == level


def test_this_machine_tells_its_file_systems() -> None:
    mounts = surroundings.MOUNTS.read_text()
    assert find_filesystem(Path("/proc/self"), mounts) == "proc"
    assert find_filesystem(Path("/"), mounts)


def test_a_clock_that_follows_nobody_is_told() -> None:
    assert check_synchronised(surroundings.UNSYNCHRONISED).level is Level.WARNING
    assert check_synchronised(0).level is Level.OK
    assert "can't be told" in check_synchronised(None).says
    assert read_clock_state() in (None, -1, *range(6))


def test_an_unknown_time_zone_is_told() -> None:
    assert check_zones().level is Level.OK
    found = check_zones(["Mars/Olympus"])
    assert found.level is Level.FAULT
    assert "Mars/Olympus" in found.says


def test_the_settings_of_the_environment_are_all_known() -> None:
    assert checkin.config.__file__ is not None
    names = set(re.findall(r'"(CHECKIN_[A-Z_]+)"', Path(checkin.config.__file__).read_text()))
    assert names == VARIABLES


def test_a_mistyped_setting_is_told() -> None:
    unknown = find_unknown_variables(
        {"CHECKIN_PORT": "1", "CHECKIN_PUBLIC_URI": "x", "CHECKIN_ZZ": "", "A": ""}
    )
    near, far = check_variables(unknown)
    assert near.way_out == "did you mean CHECKIN_PUBLIC_URL?"
    assert far.says == "CHECKIN_ZZ is no setting of this program"
    assert {near.level, far.level} == {Level.WARNING}


@pytest.mark.parametrize(
    ("url", "host", "level"),
    [
        ("https://checkin.example.org", "0.0.0.0", Level.OK),
        ("http://checkin.example.org", "0.0.0.0", Level.FAULT),
        ("http://localhost:8080", "127.0.0.1", Level.OK),
        ("", "127.0.0.1", Level.OK),
        ("", "0.0.0.0", Level.WARNING),
    ],
)
def test_an_address_that_tablets_can_not_use_is_told(url: str, host: str, level: Level) -> None:
    assert check_public_url(url, host).level is level


def test_a_port_that_something_else_has_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = check_port("127.0.0.1", port)
    assert found.level is Level.FAULT
    assert "address already in use" in found.says
    assert check_port("127.0.0.1", port).level is Level.OK
    assert check_port("no.such.host.invalid", port).level is Level.FAULT
