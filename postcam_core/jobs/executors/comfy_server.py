"""A ComfyUI server over its HTTP API; the standard library does."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from ...errors import BatchError
from .comfy_workflow import FOLDER, refusal_of

_TIMEOUT_S = 30.0

T = TypeVar("T")


class ServerAway(Exception):
    """The server does not answer."""


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
            BatchError: If it refuses the file.
        """
        boundary = uuid.uuid4().hex

        def part(field: str, value: str) -> str:
            return f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'

        head = part("subfolder", FOLDER) + part("overwrite", "true")
        head += f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
        tail = f"\r\n--{boundary}--\r\n".encode()
        length = len(head.encode()) + path.stat().st_size + len(tail)

        def body() -> Iterator[bytes]:
            yield head.encode()
            with open(path, "rb") as file:
                while chunk := file.read(1 << 20):
                    yield chunk
            yield tail

        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": f"{length}",
        }
        request = urllib.request.Request(f"{self.url}/upload/image", body(), headers)
        try:
            answer = _answered(lambda: _json(request))
        except urllib.error.HTTPError as error:
            raise BatchError(
                f"upload of {path.name} to {self.url}",
                expected="a server that takes it",
                got=f"{error}",
                todo="Start ComfyUI with a larger --max-upload-size (in MB).",
            ) from error
        return f"{answer['subfolder']}/{answer['name']}"

    def queue(self, workflow: dict[str, Any], client_id: str) -> str:
        """Queue a workflow; returns its id.

        Raises:
            ServerAway: If the server does not answer.
            BatchError: If it refuses the workflow.
        """
        try:
            answer = self._post("/prompt", {"prompt": workflow, "client_id": client_id})
        except urllib.error.HTTPError as error:
            raise self._refused(_loaded(error.read())) from error
        if answer.get("node_errors"):  # it would run the outputs that are not at fault
            self._take_back(answer["prompt_id"])
            raise self._refused(answer)
        return answer["prompt_id"]

    def _refused(self, answer: dict[str, Any]) -> BatchError:
        return BatchError(
            f"workflow for {self.url}",
            expected="one that it takes",
            got=refusal_of(answer),
            todo="Check that it has this version of PostCam, and the models.",
        )

    def outcome(self, prompt_id: str) -> dict[str, Any] | None:
        """The history's entry of a workflow; None while it is queued or runs.

        Raises:
            ServerAway: If the server does not answer, or does not know the workflow (any more).
        """
        for _ in range(2):  # between queue and history it is in neither for a moment
            entry = self._get(f"/history/{prompt_id}").get(prompt_id)
            if entry is not None:
                return entry
            if prompt_id in self._queued():
                return None
        raise ServerAway(f"{self.url} was started anew")

    def fetch(self, file: dict[str, str], path: Path) -> None:
        """Copy a file that a workflow saved.

        Raises:
            ServerAway: If the server does not answer.
            urllib.error.HTTPError: If the file is not there.
            OSError: If it cannot be written.
        """
        query = urllib.parse.urlencode({name: file[name] for name in ("filename", "subfolder", "type")})
        answer = _answered(lambda: urllib.request.urlopen(f"{self.url}/view?{query}", timeout=_TIMEOUT_S))
        with answer, open(path, "wb") as target:
            _copy(answer, target)

    def drop(self, client_id: str) -> None:
        """Take back what this client has queued or running, of this or an earlier life.

        Raises:
            ServerAway: If the server does not answer.
        """
        for prompt_id, owner in self._queued().items():
            if owner == client_id:
                self._take_back(prompt_id)

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
        queue = self._get("/queue")
        entries = [*queue["queue_running"], *queue["queue_pending"]]
        return {entry[1]: entry[3].get("client_id", "") for entry in entries}

    def _get(self, path: str) -> Any:
        return _answered(lambda: _json(urllib.request.Request(self.url + path)))

    def _post(self, path: str, values: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(values).encode(), headers)
        return _answered(lambda: _json(request))


def _json(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def _answered(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except urllib.error.HTTPError:  # an answer, if not the wanted one
        raise
    except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
        raise ServerAway(f"{error}") from error


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
