import pathlib
import signal
import socket
import subprocess
import threading
import unittest

import grpc
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc
from serving import PATIENCE, SERVER, Server, ServerTest

SESSION = "11111111-2222-4333-8444-555555555555"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(SERVER), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


class CommandLine(unittest.TestCase):
    def serve(self, *arguments: object) -> Server:
        server = Server(*arguments)
        self.addCleanup(server.close)
        return server

    def test_help_names_every_option(self) -> None:
        done = run("server", "--help")
        self.assertEqual(done.returncode, 0)
        for option in (
            "host",
            "port",
            "token",
            "token-file",
            "tls-cert",
            "tls-key",
            "master",
            "conf",
        ):
            self.assertIn(f"--{option} ", done.stdout)

    def test_address_that_others_reach_needs_a_token(self) -> None:
        done = run("server", "--host", "0.0.0.0", "--port", 0)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Without a token only a loopback address is served", done.stderr)
        self.assertEqual(done.stdout, "")
        self.serve("--host", "0.0.0.0", "--token", "secret")

    def test_port_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = run("server", "--port", taken.getsockname()[1])
        self.assertEqual(done.returncode, 1)
        self.assertIn("is the port in use?", done.stderr)

    def test_options_that_are_wrong(self) -> None:
        self.assertNotEqual(run("server", "--port", "x").returncode, 0)
        self.assertNotEqual(run("server", "--unknown").returncode, 0)
        self.assertNotEqual(run().returncode, 0)
        self.assertIn("KEY=VALUE", run("server", "--conf", "novalue", "--port", 0).stderr)

    def test_signals_end_it_cleanly(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            server = self.serve()
            server.process.send_signal(number)
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_signal_ends_what_runs(self) -> None:
        server = self.serve()
        channel = grpc.insecure_channel(server.url.removeprefix("sc://"))
        self.addCleanup(channel.close)
        request = pb.ExecutePlanRequest(session_id=SESSION)
        request.plan.root.read.named_table.unparsed_identifier = "endless"
        answers = iter(base_pb2_grpc.SparkConnectServiceStub(channel).ExecutePlan(request))
        next(answers)
        self.assertEqual(server.stop(), 0)
        with self.assertRaises(grpc.RpcError):
            list(answers)


class Token(ServerTest):
    arguments = ("--token", "secret")

    def setUp(self) -> None:
        pass

    def code_with(self, *metadata: tuple[str, str]) -> grpc.StatusCode:
        channel = grpc.insecure_channel(self.server.url.removeprefix("sc://"))
        self.addCleanup(channel.close)
        request = pb.AnalyzePlanRequest(session_id=SESSION)
        request.spark_version.SetInParent()
        stub = base_pb2_grpc.SparkConnectServiceStub(channel)
        try:
            stub.AnalyzePlan(request, metadata=metadata)
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    def test_client_with_the_token_only_is_served(self) -> None:
        self.assertEqual(self.code_with(), grpc.StatusCode.UNAUTHENTICATED)
        wrong = ("authorization", "Bearer secre")
        self.assertEqual(self.code_with(wrong), grpc.StatusCode.UNAUTHENTICATED)
        self.assertEqual(self.code_with(("authorization", "Bearer secret")), grpc.StatusCode.OK)

    def test_official_client_with_the_token(self) -> None:
        # Without TLS the client sends a token to this name only.
        self.server.url = f"sc://localhost:{self.server.port}"
        spark = self.connect(";token=secret")
        self.assertEqual(len(spark.range(3).collect()), 3)
        self.assertIn(";token=secret", spark.conf.get("url"))


class Options(ServerTest):
    arguments = ("--conf", "a.b=1=2", "--conf", "c=", "--master", "local[3]")

    def test_sessions_begin_with_the_configuration(self) -> None:
        self.assertEqual(self.spark.conf.get("a.b"), "1=2")
        self.assertEqual(self.spark.conf.get("c"), "")
        self.assertEqual(self.spark.conf.get("spark.master"), "local[3]")

    def test_user_of_the_url(self) -> None:
        self.assertEqual(self.connect(";user_id=ann").conf.get("user"), "ann")

    def test_many_clients_at_once(self) -> None:
        failures: list[BaseException] = []

        def work() -> None:
            try:
                spark = self.connect()
                for _ in range(10):
                    assert len(spark.range(100).collect()) == 100
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(failures, [])


class Tls(unittest.TestCase):
    def test_certificate_without_its_key(self) -> None:
        done = run("server", "--tls-cert", pathlib.Path(__file__), "--port", 0)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--tls-key", done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main()
