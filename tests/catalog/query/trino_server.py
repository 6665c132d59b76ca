"""A real Trino on a local lake, for as long as a block runs: one process on loopback that can only read."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import RetryableError
from catalog.machine.jars import resolved_jars
from catalog.machine.workplace import workplace
from catalog.profiles.profile import CATALOG
from tests.catalog.query.trino_install import installed_trino, trino_java

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.profiles.profile import LocalProfile

_START_SECONDS = 300


@contextmanager
def trino_server(profile: LocalProfile, say: Callable[[str], None]) -> Iterator[int]:
    """The port of a Trino whose catalog ``stedi`` is the lake.

    Raises:
        UsageError: there is no lake.
        RetryableError: its files cannot be brought, or it does not start.
    """
    profile.must_exist()
    server, plugin = installed_trino(say)
    java = trino_java(say)
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="trino_", dir=workplace()) as name:
        home = Path(name)
        _configure(home, profile, port, plugin)
        say("starting Trino")
        with (home / "server.log").open("wb") as log:
            process = subprocess.Popen(_command(home, server, java), cwd=home, stdout=log, stderr=log)
            try:
                _wait(process, port)
                yield port
            finally:
                process.terminate()
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _configure(home: Path, profile: LocalProfile, port: int, plugin: Path) -> None:
    """Its settings, and the Iceberg plugin with the driver of the lake's catalog beside its own jars."""
    (home / "etc" / "catalog").mkdir(parents=True)
    (home / "plugin" / "iceberg").mkdir(parents=True)
    driver = next(path for path in resolved_jars() if "sqlite-jdbc" in path.name)
    for jar in (*plugin.glob("*.jar"), driver):
        (home / "plugin" / "iceberg" / jar.name).symlink_to(jar)
    config = {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": str(port),
        "discovery.uri": f"http://127.0.0.1:{port}",
        "query.max-memory": "600MB",
        "query.max-memory-per-node": "500MB",
    }
    lake = {
        "connector.name": "iceberg",
        "iceberg.catalog.type": "jdbc",
        "iceberg.jdbc-catalog.driver-class": "org.sqlite.JDBC",
        "iceberg.jdbc-catalog.connection-url": f"jdbc:sqlite:{profile.catalog_file}",
        "iceberg.jdbc-catalog.catalog-name": CATALOG,
        "iceberg.jdbc-catalog.schema-version": "V1",
        "iceberg.jdbc-catalog.default-warehouse-dir": f"file://{profile.warehouse}",
        "fs.native-local.enabled": "true",
        "local.location": "/",
    }
    _write(home / "etc" / "config.properties", config)
    _write(home / "etc" / "catalog" / f"{CATALOG}.properties", lake)
    _write(home / "etc" / "access-control.properties", {"access-control.name": "read-only"})


def _write(path: Path, properties: dict[str, str]) -> None:
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()), encoding="utf-8")


def _command(home: Path, server: Path, java: Path) -> list[str]:
    settings = {
        "config": home / "etc" / "config.properties",
        "node.environment": "stedi",
        "node.id": "local",
        "node.data-dir": home / "data",
        # All its listeners, on loopback only.
        "node.bind-ip": "127.0.0.1",
        "node.internal-address": "127.0.0.1",
        "plugin.dir": home / "plugin",
        "log.enable-console": "true",
        "jdk.attach.allowAttachSelf": "true",
    }
    options = ["-Xmx1200M", "-XX:+UseG1GC", "--add-modules", "jdk.incubator.vector"]
    flags = [f"-D{key}={value}" for key, value in settings.items()]
    return [str(java / "bin" / "java"), *options, *flags, "-cp", f"{server}/lib/*", "io.trino.server.TrinoServer"]


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RetryableError(f"Trino ended with exit code {process.returncode} while starting; run again")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/info", timeout=5) as answer:
                if not json.load(answer)["starting"]:
                    return
        except (urllib.error.URLError, OSError, ValueError):
            pass
        time.sleep(0.5)
    raise RetryableError(f"Trino did not start within {_START_SECONDS} s; run again")
