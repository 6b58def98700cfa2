"""Start a real ComfyUI with this pack in it, queue workflows over HTTP, and follow them.

The demo and the tests share this module. Standard library and aiohttp (which ComfyUI brings) only.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COMFYUI = ROOT / ".comfyui" / "current"
START_TIMEOUT_S = 180


class HostError(RuntimeError):
    """ComfyUI did not start, refused a workflow, or a node failed; the message says which and why."""


def free_port() -> int:
    """A TCP port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_base_folder(base: Path) -> Path:
    """Folders for a ComfyUI of its own, with this pack linked into ``custom_nodes``."""
    for name in ("custom_nodes", "models", "input", "output", "temp", "user/default"):
        (base / name).mkdir(parents=True, exist_ok=True)
    link = base / "custom_nodes" / "ComfyUI-PostCam"
    if not link.exists():
        link.symlink_to(ROOT)
    return base


class ComfyHost:
    """A ComfyUI server process; use as a context manager.

    Args:
        base: Its base folder, see :func:`make_base_folder`.
        output: Where results go; the base folder's ``output`` by default.
        log: File that receives what the server prints.
        port: Port to listen on; a free one by default.
        arguments: Further command line arguments of ComfyUI.
    """

    def __init__(
        self,
        base: Path,
        *,
        output: Path | None = None,
        log: Path,
        port: int | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.base, self.log, self.port = base, log, port or free_port()
        self.output = output or base / "output"
        self._arguments = arguments
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process_id(self) -> int:
        """Of the server, which leads a group of its own."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> "ComfyHost":
        """Start the server and wait until it answers."""
        self.output.mkdir(parents=True, exist_ok=True)
        command = [
            *(sys.executable, "main.py", "--listen", "127.0.0.1", "--port", str(self.port)),
            *("--base-directory", str(self.base), "--output-directory", str(self.output)),
            *("--disable-auto-launch", "--disable-api-nodes", "--database-url", "sqlite:///:memory:"),
            *(("--cpu",) if not _has_gpu() else ()),
            *self._arguments,
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=COMFYUI, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and everything it started."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def wait(self) -> None:
        """Block until the server ends."""
        assert self._process is not None
        self._process.wait()

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise HostError(f"ComfyUI ended while starting; the end of {self.log}:\n{self.log_tail()}")
            try:
                self.get("/system_stats")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        raise HostError(f"ComfyUI did not answer within {START_TIMEOUT_S} s; see {self.log}")

    def log_tail(self, num_lines: int = 30) -> str:
        """The last lines that the server printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-num_lines:])

    def get(self, path: str) -> Any:
        """JSON answer of a GET request."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any) -> Any:
        """JSON answer of a POST request with a JSON body."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def upload(self, file: Path) -> str:
        """Copy a file into the input folder over HTTP, as the page does; returns its name there."""
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{file.name}"\r\n\r\n'
        body = head.encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        request = urllib.request.Request(
            self.url + "/upload/image", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["name"]

    def run(self, prompt: dict, on_event: Callable[[str, dict], None] = lambda kind, data: None) -> dict:
        """Queue an API-format workflow and wait for its end.

        Args:
            prompt: The workflow.
            on_event: Called with the type and data of every websocket message.

        Returns:
            The outputs by node id, as in ComfyUI's history.

        Raises:
            HostError: If the workflow is refused or a node fails.
        """
        return asyncio.run(self._run(prompt, on_event))

    async def _run(self, prompt: dict, on_event: Callable[[str, dict], None]) -> dict:
        import aiohttp

        client_id = uuid.uuid4().hex
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self.url}/ws?clientId={client_id}", max_msg_size=0) as events,
        ):
            async with session.post(
                f"{self.url}/prompt", json={"prompt": prompt, "client_id": client_id}
            ) as answer:
                queued = await answer.json()
            if "prompt_id" not in queued:
                raise HostError(_refusal(queued))
            async for message in events:
                if message.type != aiohttp.WSMsgType.TEXT:
                    continue
                event = json.loads(message.data)
                if event["data"].get("prompt_id", queued["prompt_id"]) != queued["prompt_id"]:
                    continue
                on_event(event["type"], event["data"])
                if event["type"] in ("execution_error", "execution_interrupted"):
                    raise HostError(_failure(event))
                if event["type"] == "execution_success":
                    break
            else:
                raise HostError(f"ComfyUI closed the connection:\n{self.log_tail()}")
        return self._outputs(queued["prompt_id"])

    def _outputs(self, prompt_id: str) -> dict:
        # The history may lag the success message by a moment.
        for _ in range(100):
            entry = self.get(f"/history/{prompt_id}").get(prompt_id)
            if entry:
                return entry["outputs"]
            time.sleep(0.05)
        raise HostError(f"no history of {prompt_id}")

    def saved_files(self, outputs: dict) -> list[Path]:
        """Files that a run wrote to the output folder."""
        return [
            self.output / item["subfolder"] / item["filename"]
            for node in outputs.values()
            for items in node.values()
            for item in items
            if isinstance(item, dict) and item.get("type") == "output"
        ]


def _has_gpu() -> bool:
    return subprocess.run(["which", "nvidia-smi"], capture_output=True, check=False).returncode == 0


def _refusal(answer: dict) -> str:
    lines = [answer.get("error", {}).get("message", "refused")]
    for node in answer.get("node_errors", {}).values():
        lines += [f"{node['class_type']}: {e['message']}: {e['details']}" for e in node["errors"]]
    return "\n".join(lines)


def _failure(event: dict) -> str:
    data = event["data"]
    if event["type"] == "execution_interrupted":
        return f"interrupted at {data['node_type']}"
    return f"{data['node_type']}: {data['exception_type']}: {data['exception_message']}".strip()
