"""Runs scripts as Glue does, one after the other on a warm Java: whose keys to sign with, a script and its arguments.

Each on a line, as JSON. The keys are those of the job's role, for Python and for Java.
"""

from __future__ import annotations

import json
import os
import runpy
import sys

from catalog.profiles import glue

SUBMIT = os.environ["PYSPARK_SUBMIT_ARGS"]


def sign_with(key: str, secret: str) -> None:
    """Sign whatever this process and its Java ask of AWS from now on."""
    from pyspark import SparkContext

    glue._NOBODY = key  # the emulator looks at no secret
    os.environ["PYSPARK_SUBMIT_ARGS"] = SUBMIT.replace("KEY", key).replace("SECRET", secret)
    if SparkContext._jvm is not None:
        system = SparkContext._jvm.java.lang.System
        system.setProperty("aws.accessKeyId", key)
        system.setProperty("aws.secretAccessKey", secret)


for line in sys.stdin:
    keys, script, *sys.argv[1:] = json.loads(line)
    sign_with(*keys)
    sys.argv[0] = script
    ended = "done"
    try:
        runpy.run_path(script, run_name="__main__")
    except Exception as error:  # noqa: BLE001 - Glue shows it as the run's message
        ended = f"{type(error).__name__}: {error}"
    sys.stdout.write(f"\n@ended {json.dumps(ended)}\n")
    sys.stdout.flush()
