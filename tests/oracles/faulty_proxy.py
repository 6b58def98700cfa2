"""A proxy before a real ComfyUI that gives wrong answers when it is told to."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(kw_only=True)
class Fault:
    """Answers given in place of the server's.

    Attributes:
        path: How the paths begin to which they are given.
        code: HTTP status; 0 hangs up in the middle of the request.
        body: The answer, made from the path that was asked for.
        times: How often.
    """

    path: str
    code: int = 200
    body: Callable[[str], bytes] = lambda path: b""
    times: int = 1


class FaultyProxy:
    """Stands before a server; a context manager.

    Args:
        target: The server's address.
        faults: Each is given for as long as it lasts.
    """

    def __init__(self, target: str, *faults: Fault) -> None:
        proxy = self
        self._target, self._faults = target, faults

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fault = proxy.next_fault(self.path)
                if fault is not None and fault.code == 0:
                    self.rfile.read(1000)
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                code, answer = (fault.code, fault.body(self.path)) if fault else proxy.ask(self, body)
                self.send_response(code)
                self.send_header("Content-Length", f"{len(answer)}")
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FaultyProxy":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next_fault(self, path: str) -> Fault | None:
        for fault in self._faults:
            if path.startswith(fault.path) and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def ask(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        kind = {name: value for name, value in request.headers.items() if name == "Content-Type"}
        forwarded = urllib.request.Request(self._target + request.path, body or None, kind)
        try:
            with urllib.request.urlopen(forwarded, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
