"""A ComfyUI server over its HTTP API; the standard library does."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ...errors import BatchError, PostCamError
from .comfy_workflow import FOLDER, Ended, read_end, refusal_of

_TIMEOUT_S = 30.0

T = TypeVar("T")


class ServerAway(Exception):
    """The server does not answer, or with nothing that ComfyUI would say."""


class ComfyServer:
    """One server.

    Args:
        url: Its address, ``http://host:8188``.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def check(self) -> None:
        """Ask for a sign of life.

        Raises:
            ServerAway: If there is none.
        """
        self._get("/system_stats")

    def upload(self, path: Path, name: str) -> str:
        """Put a file into our subfolder of the server's input folder; returns its name for workflows.

        Raises:
            ServerAway: If the server does not answer.
            BatchError: If it refuses the file, or the file cannot be read.
        """
        boundary = uuid.uuid4().hex

        def part(field: str, value: str) -> str:
            return f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'

        head = part("subfolder", FOLDER) + part("overwrite", "true")
        head += f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
        tail = f"\r\n--{boundary}--\r\n".encode()
        with _reading(path):
            length = len(head.encode()) + path.stat().st_size + len(tail)

        def body() -> Iterator[bytes]:
            yield head.encode()
            with _reading(path), open(path, "rb") as file:
                while chunk := file.read(1 << 20):
                    yield chunk
            yield tail

        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": f"{length}",
        }
        request = urllib.request.Request(f"{self.url}/upload/image", body(), headers)
        try:
            return _answered(lambda: "{subfolder}/{name}".format(**_json(request)))
        except urllib.error.HTTPError as error:
            raise self._upload_refused(path, error) from error
        except ServerAway as error:
            # A server that refuses a large file hangs up while we still send: it is the file, not the server.
            self.check()
            raise self._upload_refused(path, error) from error

    def _upload_refused(self, path: Path, error: Exception) -> BatchError:
        cause = error.__cause__ if isinstance(error, ServerAway) else error
        is_too_large = not isinstance(cause, urllib.error.HTTPError) or cause.code == 413
        return BatchError(
            f"upload of {path.name} to {self.url}",
            expected="a server that takes it",
            got=f"{error}",
            todo="If it is too large, start ComfyUI with a larger --max-upload-size (in MB; 100 by default)."
            if is_too_large
            else "The server's log says why; its disk may be full.",
        )

    def queue(self, workflow: dict[str, Any], client_id: str) -> str:
        """Queue a workflow; returns its id.

        Raises:
            ServerAway: If the server does not answer.
            BatchError: If it refuses the workflow.
        """
        try:
            prompt_id, answer = self._post(
                "/prompt",
                {"prompt": workflow, "client_id": client_id},
                lambda answer: (answer["prompt_id"], answer),
            )
        except urllib.error.HTTPError as error:
            raise self._refused(_loaded(_answered(error.read))) from error
        if answer.get("node_errors"):  # it would run the outputs that are not at fault
            self._take_back(prompt_id)
            raise self._refused(answer)
        return prompt_id

    def _refused(self, answer: dict[str, Any]) -> BatchError:
        return BatchError(
            f"workflow for {self.url}",
            expected="one that it takes",
            got=refusal_of(answer),
            todo="Check that it has this version of PostCam, and the models.",
        )

    def outcome(self, prompt_id: str) -> Ended | None:
        """How a workflow ended; None while it is queued or runs.

        Raises:
            ServerAway: If the server does not answer, or does not know the workflow (any more).
        """
        for _ in range(2):  # between queue and history it is in neither for a moment
            ended = self._get(
                f"/history/{prompt_id}",
                lambda entries: read_end(entries[prompt_id]) if prompt_id in entries else None,
            )
            if ended is not None:
                return ended
            if prompt_id in self._queued():
                return None
        raise ServerAway(f"{self.url} was started anew")

    def fetch(self, file: Mapping[str, str], path: Path) -> None:
        """Copy a file that a workflow saved.

        Raises:
            ServerAway: If the server does not answer.
            urllib.error.HTTPError: If the file is not there.
            OSError: If it cannot be written.
        """
        query = urllib.parse.urlencode(file)
        answer = _answered(lambda: urllib.request.urlopen(f"{self.url}/view?{query}", timeout=_TIMEOUT_S))
        with answer, open(path, "wb") as target:
            _copy(answer, target)

    def drop(self, client_id: str) -> bool:
        """Take back what this client has queued or running, of this or an earlier life.

        Returns:
            Whether there was anything; what runs goes on until its node looks up.

        Raises:
            ServerAway: If the server does not answer.
        """
        ours = [prompt_id for prompt_id, owner in self._queued().items() if owner == client_id]
        for prompt_id in ours:
            self._take_back(prompt_id)
        return bool(ours)

    def _take_back(self, prompt_id: str) -> None:
        self._post("/queue", {"delete": [prompt_id]})
        self._post("/interrupt", {"prompt_id": prompt_id})

    def forget_results(self) -> None:
        """Have it empty its cache, so that the next workflow computes everything.

        Raises:
            ServerAway: If the server does not answer.
        """
        self._post("/free", {"free_memory": True})

    def _queued(self) -> dict[str, str]:
        """Workflows that wait or run, and whose they are."""
        return self._get(
            "/queue",
            lambda queue: {
                entry[1]: entry[3].get("client_id", "")
                for entry in (*queue["queue_running"], *queue["queue_pending"])
            },
        )

    def _get(self, path: str, read: Callable[[Any], T] = lambda answer: answer) -> T:
        try:
            return _answered(lambda: read(_json(urllib.request.Request(self.url + path))))
        except urllib.error.HTTPError as error:  # ComfyUI refuses nothing that we ask for in this way
            raise ServerAway(f"{error}") from error

    def _post(self, path: str, values: dict[str, Any], read: Callable[[Any], T] = lambda answer: answer) -> T:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(values).encode(), headers)
        return _answered(lambda: read(_json(request)))


def _json(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def _answered(ask: Callable[[], T]) -> T:
    """What ``ask`` returns, which also reads the answer: one that cannot be read is none."""
    try:
        return ask()
    except urllib.error.HTTPError as error:
        # Up to 500 it is ComfyUI's own answer, if not the wanted one; above, a proxy says that it is away.
        if error.code <= 500:
            raise
        raise ServerAway(f"{error}") from error
    except PostCamError:  # of a file of ours
        raise
    except (OSError, http.client.HTTPException) as error:
        raise ServerAway(f"{error}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ServerAway(f"its answer makes no sense: {error!r}") from error


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Tells a file of ours that cannot be read from a server that is away: both are OSErrors."""
    try:
        yield
    except OSError as error:
        raise BatchError(
            f"{path}",
            expected="a file that can be read",
            got=f"{error}",
            todo="Put it back, and run the same command with --retry.",
        ) from error


def _copy(answer: Any, target: Any) -> None:
    """Tells the server's end of a connection from a disk that is full: only the latter is an OSError."""
    while True:
        try:
            chunk = answer.read(1 << 20)
        except (OSError, http.client.HTTPException) as error:
            raise ServerAway(f"{error}") from error
        if not chunk:
            return
        target.write(chunk)


def _loaded(text: bytes) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    return values if isinstance(values, dict) else {"error": {"message": text.decode(errors="replace")[:300]}}
