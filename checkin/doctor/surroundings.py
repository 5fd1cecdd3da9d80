"""The machine: disks and their file systems, the clock, the address to listen on, mistyped settings."""

import ctypes
import difflib
import http.client
import os
import re
import shutil
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkin.config import VARIABLES
from checkin.doctor.finding import Finding, fault, ok, warning

MIB: Final = 1024 * 1024
LITTLE, TOO_LITTLE = 1024 * MIB, 100 * MIB
"""Free bytes below which a disk is told of."""

FEW_FILES: Final = 1000
"""Free inodes below which a disk counts as full."""

NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "9p", "davfs", "virtiofs"}
    | {f"fuse.{name}" for name in ("sshfs", "rclone", "glusterfs", "s3fs", "davfs2", "grpcfuse")}
)
MEMORY: Final = frozenset({"tmpfs", "ramfs"})
LAYERS: Final = frozenset({"overlay", "aufs", "fuse-overlayfs", "fuse.fuse-overlayfs"})

UNSYNCHRONISED: Final = 5
"""adjtimex(2): TIME_ERROR."""

MOUNTS: Final = Path("/proc/self/mountinfo")


def check_space(folder: Path, what: str, little: int = LITTLE, too_little: int = TOO_LITTLE) -> Finding:
    """Whether the disk of a folder has room."""
    try:
        free = shutil.disk_usage(folder).free
        inodes = os.statvfs(folder)
    except OSError as problem:
        return fault("disk", f"{what}: {folder}: {problem.strerror}", "make the folder, or name another one")
    says = f"{what}: {free // MIB} MB free in {folder.resolve()}"
    if free < too_little:
        return fault("disk", says, "make room: on a full disk scans are refused")
    if inodes.f_files and inodes.f_favail < FEW_FILES:
        return fault(
            "disk", f"{says}, for {inodes.f_favail} files", "delete files: their number is limited too"
        )
    if free < little:
        return warning("disk", says, "make room before the day")
    return ok("disk", says)


def find_filesystem(path: Path, mounts: str) -> str:
    """The kind of file system a path lies on, by the text of /proc/self/mountinfo; empty if unknown."""
    place, best, found = path.resolve(), -1, ""
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split()
        if not separator or len(fields) < 5:
            continue
        point = Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        if place.is_relative_to(point) and len(point.parts) >= best:  # a later mount hides an earlier one
            best, found = len(point.parts), after.split()[0]
    return found


def check_filesystem(folder: Path, what: str, mounts: str | None = None) -> Finding | None:
    """Whether a database may lie in a folder; None if nothing is to be said."""
    if mounts is None:
        try:
            mounts = MOUNTS.read_text()
        except OSError:
            return None
    kind = find_filesystem(folder, mounts)
    says = f"{what} lies on {kind}"
    if kind in NETWORK:
        return fault(
            "disk",
            f"{says}: SQLite's log needs memory that processes share",
            "move it to a disk of this machine",
        )
    if kind in MEMORY:
        return fault("disk", f"{says}: all is lost when the power fails", "move it to a disk")
    if kind in LAYERS:
        return warning(
            "disk", f"{says}, a container's own layer: it goes with the container", "put it on a volume"
        )
    return None


def read_clock_state() -> int | None:
    """What the system says of its clock, by adjtimex(2); None where there is no such call."""
    try:
        call = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError):
        return None
    return int(call(ctypes.create_string_buffer(1024)))  # all zero: asks, and sets nothing


def check_synchronised(state: int | None) -> Finding:
    """Whether this machine's clock follows others."""
    if state is None or state < 0:
        return ok("clock", "whether the clock is synchronised can't be told here")
    if state == UNSYNCHRONISED:
        says = "the clock is not synchronised; late scans and several servers rely on it"
        return warning("clock", says, "timedatectl set-ntp true (or start chrony), and look at the clock")
    return ok("clock", "the clock is synchronised")


def check_zones(names: Iterable[str] = ("UTC", "America/Denver")) -> Finding:
    """Whether time zones are known."""
    for name in names:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return fault("time zones", f"the time zone {name} is unknown", "pip install --upgrade tzdata")
    return ok("time zones", "time zones are known")


def check_variables(unknown: Iterable[str]) -> list[Finding]:
    """Settings of the environment that nobody reads."""
    found = []
    for name in unknown:
        near = difflib.get_close_matches(name, VARIABLES, 1, 0.7)
        hint = f"did you mean {near[0]}?" if near else "take it away; README.md lists the settings"
        found.append(warning("settings", f"{name} is no setting of this program", hint))
    return found


def check_public_url(url: str, host: str) -> Finding:
    """Whether people and tablets can use the address that links are made with."""
    if not url:
        if host in ("127.0.0.1", "localhost", "::1"):
            return ok("address", f"only this machine can connect ({host}); links are relative")
        way_out = "set CHECKIN_PUBLIC_URL, such as https://checkin.example.org"
        return warning("address", "CHECKIN_PUBLIC_URL is not set: commands can't print whole links", way_out)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        says = f"CHECKIN_PUBLIC_URL {url} is not https: tablets give no camera to such pages"
        return fault("address", says, "serve with --tls, or behind a proxy that does, and write https://")
    return ok("address", f"links begin with {url}")


def check_port(host: str, port: int) -> Finding:
    """Whether a server can listen, or does already."""
    try:
        family, _, _, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        socket.create_server(place, family=family).close()
        return ok("port", f"{host} port {port} is free")
    except OSError as problem:
        if _answers(host, port):
            return ok("port", f"a server of this program answers on {host} port {port}")
        number = problem.errno or 0  # below zero: of looking the name up
        reason = os.strerror(number).lower() if number > 0 else str(problem)
        return fault(
            "port",
            f"can't listen on {host} port {port}: {reason}",
            "choose another by --port or CHECKIN_PORT",
        )


def _answers(host: str, port: int) -> bool:
    """Whether one of our servers is there. Its certificate is of no matter: nothing is told to it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    for connection in (
        http.client.HTTPConnection(host, port, timeout=2),
        http.client.HTTPSConnection(host, port, timeout=2, context=unchecked),
    ):
        with suppress(OSError, http.client.HTTPException):
            connection.request("HEAD", "/api/v1/openapi.json")
            if connection.getresponse().headers.get("Checkin-Time"):
                return True
        connection.close()
    return False
