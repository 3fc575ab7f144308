"""A near region for the tests of a session: in memory, on a free port, gone with them."""

import json
import os
import subprocess
import tempfile

import pytest

NEARGATE = os.environ.get("NEARGATE", "npx neargate").split()


class Region:
    """A region that runs, as `neargate start --json` tells of it."""

    def __init__(self, data, **told):
        self.data = data
        self.endpoint = told["endpoint"]
        self.region = told["region"]
        self.environment = told["environment"]

    def up(self, *paths):
        """Builds the cluster of some files with its applications, and waits until they are ready."""
        return json.loads(neargate(self.data, "up", *map(str, paths), "--json"))

    def run(self, *command):
        """Runs aws, kubectl, helm or another program there; what it prints."""
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, check=True, text=True, capture_output=True).stdout


def neargate(data, *args):
    command = [*NEARGATE, *args]
    environment = {**os.environ, "NEARGATE_HOME": data}
    return subprocess.run(command, env=environment, check=True, text=True, capture_output=True).stdout


@pytest.fixture(scope="session")
def region():
    with tempfile.TemporaryDirectory(prefix="neargate-") as data:
        told = json.loads(neargate(data, "start", "--ephemeral", "--port", "0", "--region", "eu-west-1", "--json"))
        try:
            yield Region(**told)
        finally:
            neargate(data, "stop")
