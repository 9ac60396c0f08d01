"""What the tests of the Spark Connect service share: a server that runs, and clients of it."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import warnings

warnings.simplefilter("ignore")

from pyspark.sql.connect.session import SparkSession  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = pathlib.Path(
    os.environ.get("SPATE_CONNECT_SERVER", ROOT / "build/release/bin/tests/connect-test-server")
)
READY = re.compile(r"Spate serves Spark Connect on (sc://\S+):(\d+)$")
# How long a test waits for what must come. Never waited out when all is well.
PATIENCE = 120.0


class Server:
    """The built server, on a free port."""

    def __init__(self, *arguments: object):
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the object
        command = [str(SERVER), "server", "--port", "0", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        assert self.process.stdout is not None
        found = READY.match(self.process.stdout.readline().rstrip("\n"))
        if found is None:
            self.kill()
            raise AssertionError(f"the server did not start:\n{self.error_text()}")
        self.port = int(found[2])
        self.url = f"{found[1]}:{self.port}"

    def error_text(self) -> str:
        self.errors.seek(0)
        return self.errors.read()

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Asks it to end; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        if self.is_running():
            self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.errors.close()


class ServerTest(unittest.TestCase):
    """One server for a class of tests, and a session for each test."""

    arguments: tuple[object, ...] = ()

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server(*cls.arguments)
        cls.addClassCleanup(cls.server.close)

    def setUp(self) -> None:
        self.spark = self.connect()

    def connect(self, parameters: str = "") -> SparkSession:
        """A session of its own."""
        url = self.server.url + ("/" + parameters if parameters else "")
        spark = SparkSession.builder.remote(url).create()
        self.addCleanup(spark.stop)
        return spark

    def directory(self) -> pathlib.Path:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="spate-connect-"))
        self.addCleanup(shutil.rmtree, folder)
        return folder

    def tearDown(self) -> None:
        self.assertTrue(self.server.is_running(), self.server.error_text())
