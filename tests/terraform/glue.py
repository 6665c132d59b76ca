"""Glue on this machine: it starts the jobs that Terraform made, as they are defined, from the code that is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3

from catalog.machine.jars import resolved_jars
from catalog.machine.java import java_home
from tests.jobs.deployment.asl import TaskError

if TYPE_CHECKING:
    from catalog.profiles.glue import GlueProfile

GLUE = "glue"
"""What Glue itself signs with."""
LIBRARY = Path(__file__).parents[1] / "glue" / "library"


def client_of(profile: GlueProfile, service: str, key: str, secret: str = "") -> Any:
    """A client that signs with that access key; the emulator looks at no secret."""
    return boto3.client(
        service,
        region_name=profile.settings.region,
        endpoint_url=profile.endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret or key,
    )


class LocalGlue:
    """Answers the state machine's tasks; as a context manager, for a block.

    Attributes:
        ran: the jobs that were started, in that order.
        told: messages that were published.
        lines: by job, the JSON lines that its run wrote.
    """

    def __init__(self, profile: GlueProfile, folder: Path) -> None:
        self.ran: list[str] = []
        self.lines: dict[str, list[dict[str, Any]]] = {}
        self.told: list[str] = []
        self._profile, self._folder = profile, folder
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(timeout=60)
            assert self._process.stdout is not None
            self._process.stdout.close()

    def __call__(self, resource: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One task.

        Raises:
            TaskError: the job's run failed.
        """
        if resource.endswith(":sns:publish"):
            self.told.append(parameters["Message"])
            return {}
        if resource.endswith(":sfn:listExecutions"):
            return {"Executions": []}
        job = self._profile.client("glue").get_job(JobName=parameters["JobName"])["Job"]
        arguments = job["DefaultArguments"]
        keys = self._take_on(job["Role"])
        process = self._process = self._process or self._start(arguments, keys)
        self._fetched(arguments["--additional-python-modules"], keys)
        script = self._fetched(job["Command"]["ScriptLocation"], keys)
        given = {**arguments, "--JOB_NAME": job["Name"], "--JOB_RUN_ID": f"jr_{len(self.ran):064x}"}
        self.ran.append(job["Name"])
        assert process.stdin is not None
        process.stdin.write(json.dumps([keys, str(script), *(part for pair in given.items() for part in pair)]) + "\n")
        process.stdin.flush()
        ended = self._wait(process, job["Name"])
        if ended != "done":
            raise TaskError(
                "States.TaskFailed", json.dumps({"ErrorMessage": ended, "Log": self.lines[job["Name"]][-2:]})
            )
        return {"JobRunState": "SUCCEEDED"}

    def _wait(self, process: subprocess.Popen[str], job: str) -> str:
        assert process.stdout is not None
        lines = self.lines.setdefault(job, [])
        for line in process.stdout:
            if line.startswith("@ended "):
                return str(json.loads(line.removeprefix("@ended ")))
            if line.startswith("{"):
                lines.append(json.loads(line))
        raise AssertionError(f"{job} ended without a word")

    def _take_on(self, role: str) -> list[str]:
        """Keys of the job's role, which Glue takes on."""
        sts = client_of(self._profile, "sts", GLUE)
        taken = sts.assume_role(RoleArn=role, RoleSessionName="GlueJobRunnerSession")
        return [taken["Credentials"]["AccessKeyId"], taken["Credentials"]["SecretAccessKey"]]

    def _start(self, arguments: dict[str, str], keys: list[str]) -> subprocess.Popen[str]:
        """Python with Glue's library and the packaged code, Spark with the job's --conf."""
        code = self._fetched(arguments["--extra-py-files"], keys)
        jars = ",".join(map(str, resolved_jars(self._profile.jars)))
        here = (
            "--conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 --conf spark.ui.enabled=false"
        )
        here += " --conf 'spark.driver.extraJavaOptions=-Daws.accessKeyId=KEY -Daws.secretAccessKey=SECRET'"
        options = f"--master local[2] --jars {jars} --py-files {code} {here} --conf {arguments['--conf']} pyspark-shell"
        with (self._folder / "stderr").open("w") as log:
            return subprocess.Popen(
                [sys.executable, "-P", Path(__file__).with_name("runner.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self._folder,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{code}:{LIBRARY}",
                    "JAVA_HOME": str(java_home()),
                    "PYSPARK_PYTHON": sys.executable,
                    "PYSPARK_SUBMIT_ARGS": options,
                    "STEDI_ENDPOINT": self._profile.endpoint or "",
                },
            )

    def _fetched(self, address: str, keys: list[str]) -> Path:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        path = self._folder / Path(key).name
        client_of(self._profile, "s3", *keys).download_file(bucket, key, str(path))
        return path
