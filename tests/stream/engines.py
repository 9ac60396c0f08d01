"""What a `.stream` file is run on: a server that is started here, one that runs, or real Spark."""

from __future__ import annotations

import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing

if typing.TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The Python workers, the server's and Spark's, are to have what this Python has.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

START_SECONDS = 60
DEATH_SECONDS = 5
# A JVM that runs each query once has no use for its best compiler.
SHORT_LIVED_JVM = "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class Engine:
    """Gives sessions. `kill` is for those that can be killed."""

    can_be_killed = False
    # The fault points that were reached.
    reached: frozenset[str] | set[str] = frozenset()

    def session(self) -> SparkSession:
        raise NotImplementedError

    def kill(self) -> None:
        raise NotImplementedError

    def is_alive(self) -> bool:
        return True

    def has_died(self) -> bool:
        return not self.is_alive()

    def restart(self, kill_at: str | None = None) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


class RemoteEngine(Engine):
    """A Spark Connect server that somebody else has started."""

    def __init__(self, url: str) -> None:
        self.url = url

    def session(self) -> SparkSession:
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        return typing.cast("SparkSession", ConnectSession.builder.remote(self.url).create())


class ServerEngine(RemoteEngine):
    """A server of our own: `command` with {port} in it. Dies by SIGKILL when asked to."""

    can_be_killed = True

    def __init__(self, command: str, log: str) -> None:
        self.command = command
        self.log = log
        self.reached = set()
        self.points = pathlib.Path(tempfile.mkdtemp(prefix="spate-points-")) / "reached"
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__(f"sc://127.0.0.1:{self.port}")
        self.restart()
        # The client asks its first session about its debugging when the first column is made; a
        # session does not survive its server.
        self.session()
        from pyspark.sql.connect.functions import col

        col("any")

    def restart(self, kill_at: str | None = None) -> None:
        """`kill_at` is POINT:NTH, the fault point at which the server ends itself."""
        self.kill()
        command = shlex.split(self.command.format(port=self.port))
        command += ["--fault-points", str(self.points)]
        if kill_at:
            command += ["--kill", kill_at]
        environment = dict(os.environ, TZ="UTC")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server did not start, see {self.log}") from error
                time.sleep(0.02)

    def session(self) -> SparkSession:
        deadline = time.monotonic() + START_SECONDS
        while True:
            session = super().session()
            # A server that died is not waited for: whoever killed it starts the next one.
            session.client.set_retry_policies([])
            try:
                # Of the server before, gRPC may remember that it cannot be reached.
                session.version  # noqa: B018
                return session
            except Exception:
                if not self.is_alive() or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def has_died(self) -> bool:
        """After an error: whether it came of the server's death, which may show up later."""
        try:
            self.process.wait(DEATH_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        if self.process is None:
            return
        if self.points.exists():
            self.reached.update(self.points.read_text(encoding="utf-8").split())
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.points.parent)


class LocalSpark(Engine):
    """Real Spark in this process, from the full pyspark package and a JVM."""

    def __init__(self) -> None:
        from pyspark.sql import SparkSession

        os.environ["TZ"] = "UTC"
        self.spark = (
            SparkSession.builder.master("local[2]")
            .appName("replay")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.extraJavaOptions", SHORT_LIVED_JVM)
            .config("spark.sql.streaming.stopTimeout", "60s")
            .getOrCreate()
        )
        self.spark.sparkContext.setLogLevel("OFF")

    def session(self) -> SparkSession:
        return self.spark.newSession()

    def close(self) -> None:
        self.spark.stop()
