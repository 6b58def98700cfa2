import os
import signal
import time
from collections.abc import Callable

from postcam_core.jobs.executors.local import LocalExecutor
from postcam_core.jobs.outputs import OutputFolder
from postcam_core.jobs.plan import make_plan
from postcam_core.jobs.tasks import GEOMETRY_FILE, Task
from tests.jobs.conftest import WEIGHTS, Batch


def wait_for_a_free_worker(executor: LocalExecutor, task: Task) -> str:
    deadline = time.monotonic() + 60
    while (worker := executor.free_worker(task)) is None:
        assert time.monotonic() < deadline, "no worker starts"
        assert executor.next_result(0.1) is None
    return worker


def test_a_worker_killed_while_idle_gets_no_second_task(make_batch: Callable[..., Batch]) -> None:
    batch = make_batch("a")
    outputs = OutputFolder(batch.out, driver="test")
    task = make_plan(batch.items, outputs, weights=WEIGHTS)[0].task
    with LocalExecutor(batch.runner(), num_workers=1) as executor:
        killed = wait_for_a_free_worker(executor, task)
        process_id = int(killed.split()[-1])
        os.kill(process_id, signal.SIGKILL)
        os.waitid(os.P_PID, process_id, os.WEXITED | os.WNOWAIT)  # dead, and nobody has looked yet
        executor.submit(killed, task, outputs.lend(task))
        result = executor.next_result(0)
        assert result is not None and result.outcome == "returned"
        assert executor.free_worker(task) is None, "its replacement is not ready yet"

        folder = outputs.lend(task)
        executor.submit(wait_for_a_free_worker(executor, task), task, folder)
        result = executor.next_result(60)
        assert result is not None and result.outcome == "done"
        assert (folder / GEOMETRY_FILE).is_file()
