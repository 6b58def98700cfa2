"""A short torment of the local executor; scripts/chaos.py is the long one, for all executors."""

from pathlib import Path

from scripts.chaos import Chaos, torment


def test_killed_workers_and_a_killed_driver_lose_nothing(tmp_path: Path) -> None:
    chaos = Chaos(
        tmp_path,
        tmp_path / "out",
        "local",
        num_clips=2,
        moves=("arc_left", "static", "spiral", "pan_left"),
        sleep_s=0.3,
        attempts=6,
    )
    torment(chaos, chaos.kill_worker, num_kills=3, num_driver_kills=1)
    assert chaos.end() == 0
    assert chaos.check().startswith("8 items and 2 geometries done once each")
    assert [event.event for event in chaos.events()].count("quarantined") == 2
