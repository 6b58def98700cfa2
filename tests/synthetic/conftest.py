import pytest
import torch


@pytest.fixture(autouse=True, scope="package")
def one_thread():
    """Frames here are tiny: on a busy machine the threads would wait for one another longer than they work."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)
