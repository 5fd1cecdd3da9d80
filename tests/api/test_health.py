"""Whether a load balancer may send work here."""

from tests.api.hall import Hall


async def test_health_is_good_while_the_database_answers(hall: Hall) -> None:
    answer = await hall.call("GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
