import random

from simulator.spool import Spool


def test_messages_leave_in_order_of_arrival_through_memory_and_files(monkeypatch):
    monkeypatch.setattr("simulator.spool._FLUSH_BYTES", 500)
    rng = random.Random(3)
    arrivals = [rng.randrange(10**6) for _ in range(1000)]
    with Spool(period=10_000) as spool:
        for arrival in arrivals:
            spool.add(arrival, b"at %d" % arrival)
        early = list(spool.deliver(until=500_000))
        late = list(spool.deliver())
    assert early + late == [b"at %d" % arrival for arrival in sorted(arrivals)]
    assert len(early) == sum(arrival < 500_000 for arrival in arrivals)


def test_nothing_is_delivered_before_its_period_is_complete():
    with Spool(period=100) as spool:
        spool.add(50, b"first")
        assert list(spool.deliver(until=99)) == []
        spool.add(40, b"earlier")
        assert list(spool.deliver(until=100)) == [b"earlier", b"first"]
