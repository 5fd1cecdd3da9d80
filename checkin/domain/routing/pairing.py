"""The cheapest way to give each row a column of its own: the assignment problem, exactly.

Owns the arithmetic only; what rows (slots) and columns (topics) mean, `placement` says. Made for a day's few
slots, in pure Python: the server runs it inside a scan's transaction.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Column = TypeVar("Column", bound=Hashable)


def pair(rows: Sequence[Mapping[Column, int]], without: int) -> list[Column | None]:
    """For each row one of its columns, none twice, with the least sum of costs; None costs `without`.

    `without` must be more than all costs together differ, so that as many rows as possible get a column.
    Among equals the result depends on the order of the rows and of their columns alone.

    By successive cheapest paths (Busacker and Gowen 1960): rows come in one by one, each by the cheapest
    chain in which it takes another row's column, that row a third's, and the last one a column that is free.
    Of n rows each matters with its n cheapest columns only, as the others take at most n - 1 of them.
    """
    wanted = [min(row, key=row.__getitem__) if row else None for row in rows]
    named = [column for column in wanted if column is not None]
    if len(set(named)) == len(named):
        return wanted  # no two rows want the same: nearly always
    few = [{c: row[c] for c in sorted(row, key=row.__getitem__)[: len(rows)]} for row in rows]
    got: list[Column | None] = [None] * len(rows)
    for start in range(len(rows)):
        cost, before = _chains(few, got, start)
        best, last, gift = without, start, None
        for row in cost:
            free = next((column for column in few[row] if column not in got), None)
            total = cost[row] + (without if free is None else few[row][free])
            if total < best:
                best, last, gift = total, row, free
        while last != start:
            got[last], gift, last = gift, got[last], before[last]
        got[start] = gift
    return got


def _chains(
    rows: Sequence[Mapping[Column, int]], got: Sequence[Column | None], start: int
) -> tuple[dict[int, int], dict[int, int]]:
    """What it costs until a row is without its column, for each row that `start` can reach, and through whom.

    What was given so far is the cheapest, so that no round trip gains anything and this comes to an end.
    """
    cost, before, changed = {start: 0}, dict[int, int](), [start]
    for row in changed:
        for other, column in enumerate(got):
            if column is None or other == row or column not in rows[row]:
                continue
            total = cost[row] + rows[row][column] - rows[other][column]
            if other not in cost or total < cost[other]:
                cost[other], before[other] = total, row
                changed.append(other)
    return cost, before
