"""The doctor's look at the program itself."""

import resource
from pathlib import Path

from checkin.doctor.finding import Level
from checkin.doctor.program import check_fonts, check_open_files, check_packages, check_pages, requirements


def test_packages_that_are_missing_or_old_are_told() -> None:
    assert [one.level for one in check_packages(requirements(), ["postgres"])] == [Level.OK]
    required = ["aiohttp>=99.1", "no-such-package-of-ours>=1", "alembic>=0.1"]
    old, missing = check_packages(required)
    assert (old.level, missing.level) == (Level.FAULT, Level.FAULT)
    assert "is older than 99.1" in old.says
    assert old.way_out == "pip install 'aiohttp>=99.1'"
    assert missing.says == "no-such-package-of-ours is missing"


def test_packages_of_an_extra_matter_where_it_is_used() -> None:
    required = ['no-such-package-of-ours[binary]>=1; extra == "postgres"']
    assert [one.level for one in check_packages(required)] == [Level.OK]
    assert [one.level for one in check_packages(required, ["postgres"])] == [Level.FAULT]


def test_pages_that_are_not_built_are_told(tmp_path: Path) -> None:
    found = check_pages(tmp_path)
    assert found.level is Level.FAULT
    assert "not built" in found.says


def test_a_script_without_a_font_is_told() -> None:
    assert check_fonts({"Latin": "Núñez"}).level is Level.OK
    found = check_fonts({"Latin": "Núñez", "Private": "\ue000\uf8ff"})
    assert found.level is Level.WARNING
    assert found.says == "badges can't show names in Private"
    assert "fonts-noto" in found.way_out


def test_few_open_files_are_told() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, limits[1]))
        found = check_open_files()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert found.level is Level.WARNING
    assert "1024 files" in found.says
    assert "LimitNOFILE" in found.way_out
