"""Glue, S3, Athena and the rest of AWS's API on loopback: moto in this process, and what moto lacks.

An operation that moto does not have, or answers otherwise than AWS does where it matters here, is answered by a
function in ``ANSWERS``. All state is in this process's memory, so one emulator at a time is in use in a process.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self, cast

from catalog.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.serving import BaseWSGIServer
    from werkzeug.wrappers import Response

    Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
    Moto = Callable[[], Iterable[bytes]]
    Interruption = Callable[[dict[str, Any], Callable[[], None]], "Response | None"]

_LOOPBACK = "127.0.0.1"
_COMMITS = threading.Lock()
_SCOPE = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/")


def failure(code: str, message: str, status: int = 400) -> Response:
    """An error as AWS's JSON services answer it."""
    from werkzeug.wrappers import Response

    body = json.dumps({"__type": code, "message": message})
    return Response(body, status, {"x-amzn-errortype": code}, content_type="application/x-amz-json-1.1")


def _update_table(environ: dict[str, Any], asked: dict[str, Any]) -> Response | None:
    """Glue's optimistic locking, which moto lacks: a commit upon another version than the last one is refused."""
    from moto.core.exceptions import JsonRESTError
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.glue.models import glue_backends

    expected = asked.get("VersionId")
    if expected is None:
        return None
    try:
        backend = glue_backends[DEFAULT_ACCOUNT_ID][_region(environ)]
        table = backend.get_table(asked["DatabaseName"], asked["TableInput"]["Name"])
    except JsonRESTError:
        return None  # moto says so itself
    if str(table.as_dict()["VersionId"]) == expected:
        return None
    return failure("ConcurrentModificationException", "Update table failed due to concurrent modifications.")


def _region(environ: dict[str, Any]) -> str:
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return scope[1] if scope else "us-east-1"


ANSWERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Response | None]] = {"AWSGlue.UpdateTable": _update_table}
"""By X-Amz-Target: called with the WSGI environment and the request's document; None leaves the answer to moto."""


class Emulator:
    """A server on loopback, from ``start`` to ``stop``; as a context manager, for a block.

    Attributes:
        interrupt: is called before every request, with its WSGI environment and what has it done all the same; what it
            returns is the answer, unless that is None. Tests make services fail with it.
    """

    def __init__(self, port: int = 0) -> None:
        self.interrupt: Interruption | None = None
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._moto: Wsgi | None = None

    @property
    def endpoint(self) -> str:
        """The address of every service."""
        if self._server is None:
            raise UsageError("the emulator is not running")
        return f"http://{_LOOPBACK}:{self._server.server_port}"

    def start(self) -> Self:
        """Forget what an emulator of this process held before, and answer from now on.

        Raises:
            UsageError: moto is not installed, or the port is taken.
        """
        try:
            from moto.moto_api._internal.models import moto_api_backend
            from moto.moto_server.werkzeug_app import (
                DomainDispatcherApplication,
                MotoRequestHandler,
                create_backend_app,
            )
            from moto.s3.models import FakeDeleteMarker
            from werkzeug.serving import make_server
        except ImportError as error:
            raise UsageError(
                "the emulator needs moto; install it with: pip install 'stedi-lakehouse[emulated]'"
            ) from error
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for each request
        # moto disposes of what goes with a key, and its delete markers cannot be disposed of.
        cast("Any", FakeDeleteMarker).dispose = lambda _self, garbage=False: None
        self._moto = DomainDispatcherApplication(create_backend_app)
        try:
            self._server = make_server(_LOOPBACK, self._port, self, threaded=True, request_handler=MotoRequestHandler)
        except SystemExit as error:  # so werkzeug says that the port is taken
            raise UsageError(f"port {self._port} is in use; choose another with --port") from error
        moto_api_backend.reset()
        self._thread = threading.Thread(target=self._server.serve_forever, name="emulator", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request, as a WSGI application."""
        if self.interrupt is not None:
            refused = self.interrupt(environ, lambda: self._do(environ))
            if refused is not None:
                _read_body(environ)
                return refused(environ, start_response)
        return self._answered(environ, start_response)

    def _do(self, environ: dict[str, Any]) -> None:
        """Do what is asked for; the answer is lost."""
        for _ in self._answered(environ, lambda *_: None):
            pass

    def _answered(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self._moto is None:
            raise UsageError("the emulator is not running")
        answer = ANSWERS.get(environ.get("HTTP_X_AMZ_TARGET", ""))
        if answer is None:
            return self._moto(environ, start_response)
        asked = json.loads(_read_body(environ) or b"{}")
        with _COMMITS:  # between the look at a version and the update, nobody else updates
            own = answer(environ, asked)
            return self._moto(environ, start_response) if own is None else own(environ, start_response)


def _read_body(environ: dict[str, Any]) -> bytes:
    """The request's body; moto can read it again."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body
