import os

from running import ExampleTest, add


class Sources(ExampleTest):
    def test_lines_of_a_socket_are_printed(self) -> None:
        server = self.serve()
        program = self.run_on(server, "socket-text-stream", "--batch-seconds", 0.5)
        server.send("Never confuse motion", "with action.", "caf\u00e9")
        rows: list[str] = []
        program.batch_that(lambda batch: rows.extend(batch.rows) or len(rows) == 3)
        self.assertEqual(rows, ["Never confuse motion", "with action.", "caf\u00e9"])
        self.assertEqual(program.stop(), 0)

    def test_socket_that_is_not_there_yet_is_tried_again(self) -> None:
        server = self.serve()
        port = server.port
        server.close()
        program = self.run_on(server, "socket-text-stream", "--batch-seconds", 0.5)
        program.wait_for_error("WARN")
        self.assertEqual(program.batch().rows, [])
        later = self.serve(port)
        later.send("here")
        program.batch_that(lambda batch: batch.rows == ["here"])

    def test_files_that_are_moved_in_are_counted_once(self) -> None:
        watched = self.directory / "in"
        watched.mkdir()
        (watched / "old").write_text("before the start\n")
        program = self.run_example(
            "text-file-stream", "--directory", watched, "--batch-seconds", 0.5
        )
        program.batch()
        for name in ("a", "b"):
            (self.directory / name).write_text(f"to be or not to be {name}\n")
            os.rename(self.directory / name, watched / name)
        expected = {"to": 4, "be": 4, "or": 2, "not": 2, "a": 1, "b": 1}
        sums: dict[str, int] = {}
        program.batch_that(lambda batch: add(sums, batch.counts()) == expected)
        for _ in range(3):
            self.assertEqual(program.batch().rows, [])
        self.assertEqual(program.stop(), 0)

    def test_directory_may_come_later(self) -> None:
        watched = self.directory / "later"
        program = self.run_example(
            "text-file-stream", "--directory", watched, "--batch-seconds", 0.5
        )
        program.wait_for_error("No directory to scan")
        (self.directory / "a").write_text("hello\n")
        watched.mkdir()
        os.rename(self.directory / "a", watched / "a")
        program.batch_that(lambda batch: batch.counts() == {"hello": 1})
