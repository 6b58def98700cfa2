import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from postcam_core.errors import BatchError
from postcam_core.jobs.journal import Event, Journal, OutputFile, histories, read_events, read_histories

ROOT = Path(__file__).parents[2]
FILE = OutputFile(path="a/result.mp4", sha256="0" * 64, num_bytes=7)
WRITER = """
import itertools, sys
from pathlib import Path
from postcam_core.jobs.journal import Event, Journal
with Journal(Path(sys.argv[1])) as journal:
    print("ready", flush=True)
    for number in itertools.count(1):
        journal.append(Event(event="failed", task="a", key="k", attempt=number, error="x" * (number % 4000)))
        print(number, flush=True)
"""


def event(kind: str, **fields: object) -> Event:
    return Event(event=kind, task="a", key="k", **fields)


def test_events_come_back_as_they_were_written(tmp_path: Path) -> None:
    written = [
        event("started", attempt=1, worker="local-0 pid 7"),
        event("failed", attempt=1, error='MediaError: "ä"\nsecond line\u2028'),
        event("done", attempt=2, outputs=(FILE, FILE)),
    ]
    for part in (written[:1], written[1:]):  # the second driver goes on where the first one stopped
        with Journal(tmp_path) as journal:
            for each in part:
                journal.append(each)
    assert read_events(journal.path) == written


def test_a_line_that_was_cut_off_is_dropped_for_good(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(event("started"))
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + b'{"event":"done","ta')
    assert [each.event for each in read_events(journal.path)] == ["started"]
    with Journal(tmp_path) as journal:
        journal.append(event("released"))
    assert [each.event for each in read_events(journal.path)] == ["started", "released"]


def test_a_writer_killed_at_any_moment_leaves_all_that_it_confirmed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        confirmed = 0
        while confirmed < 50:
            line = writer.stdout.readline().strip()
            confirmed = 0 if line == "ready" else int(line)
        with pytest.raises(BatchError, match="one that holds journal.lock"), Journal(tmp_path):
            pass
        os.kill(writer.pid, signal.SIGKILL)
        confirmed = max(confirmed, *(int(line) for line in writer.stdout.read().split()), 0)
    attempts = [each.attempt for each in read_events(tmp_path / "journal.jsonl")]
    assert attempts == list(range(1, len(attempts) + 1))
    assert len(attempts) >= confirmed
    with Journal(tmp_path):  # the lock died with its owner
        pass


def test_other_lines_are_refused_by_number(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"event":"started","task":"a","key":"k"}\n[1]\n')
    with pytest.raises(BatchError, match="line 2"):
        read_histories(tmp_path)


def test_what_events_come_to() -> None:
    failed = [event("failed", error=f"{number}", time_s=number) for number in range(3)]
    found = histories([*failed, event("released", time_s=4), event("quarantined", error="2", time_s=5)])
    history = found[("a", "k")]
    assert (history.num_failed, history.error, history.is_quarantined) == (3, "2", True)
    history.add(event("retried"))
    assert (history.num_failed, history.is_quarantined, history.outputs) == (0, False, None)
    history.add(event("done", outputs=(FILE,)))
    assert history.outputs == (FILE,)


def test_parts_of_a_batch_have_journals_of_their_own_and_read_each_other_s(tmp_path: Path) -> None:
    with Journal(tmp_path, shard="1of2") as first, Journal(tmp_path, shard="2of2") as second:
        first.append(event("done", outputs=(FILE,)))
        second.append(Event(event="failed", task="b", key="k", error="e"))
    assert {task for task, _ in read_histories(tmp_path)} == {"a", "b"}


def test_parts_may_run_at_the_same_time_and_overlapping_ones_may_not(tmp_path: Path) -> None:
    with Journal(tmp_path, shard="1of4"), Journal(tmp_path, shard="2of4"):
        for shard in ("", "1of8", "2of4"):
            with pytest.raises(BatchError, match="expected no other driver"), Journal(tmp_path, shard=shard):
                pass
    with Journal(tmp_path), pytest.raises(BatchError, match="got one that holds journal.lock"):
        Journal(tmp_path, shard="1of4").__enter__()
    with Journal(tmp_path, shard="1of8"):
        pass
