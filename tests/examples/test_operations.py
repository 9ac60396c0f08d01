import itertools
import re
import time

from running import ExampleTest, Program, add


class Operations(ExampleTest):
    def test_transformations_sort_by_count(self) -> None:
        server = self.serve()
        program = self.run_on(server, "transformations", "--batch-seconds", 1)
        server.send("the cat and the dog and the end")
        batch = program.batch_that(lambda batch: batch.rows)
        self.assertEqual(
            batch.rows, ["('the', 3)", "('and', 2)", "('cat', 1)", "('dog', 1)", "('end', 1)"]
        )

    def test_foreach_rdd_prints_each_line(self) -> None:
        server = self.serve()
        program = self.run_on(server, "foreach-rdd", "--batch-seconds", 0.5, "--master", "local[1]")
        words = ["Lorem", "ipsum", "ipsum", "vitae", "sit", "amet"]
        server.send(*words)
        deadline = time.monotonic() + 120
        lines = [program.line(deadline) for _ in words]
        # Blocks are partitions, which tasks may run in any order.
        self.assertEqual(sorted(lines), sorted(f"received : {word}" for word in words))
        self.assertEqual(program.stop(), 0)

    def test_save_as_text_files_makes_a_directory_per_batch(self) -> None:
        server = self.serve()
        program = self.run_on(
            server,
            "save-as-text-files",
            "--batch-seconds",
            0.5,
            "--directory",
            self.directory,
            "--stop-after-batches",
            6,
        )
        server.send("one two two")
        self.assertEqual(program.ends(), 0)
        rows: list[str] = []
        for batch in self.directory.iterdir():
            self.assertRegex(batch.name, r"^counts-\d{13}$")
            names = {path.name for path in batch.iterdir() if not path.name.startswith(".")}
            self.assertIn("_SUCCESS", names)
            parts = names - {"_SUCCESS"}
            self.assertTrue(all(re.fullmatch(r"part-\d{5}", part) for part in parts), parts)
            for part in parts:
                rows += (batch / part).read_text().splitlines()
        self.assertEqual(len(list(self.directory.iterdir())), 6)
        self.assertEqual(sorted(rows), ["(one,1)", "(two,2)"])

    def test_window_prints_two_batches_every_two(self) -> None:
        server = self.serve()
        program = self.run_on(server, "window", "--batch-seconds", 1)
        dates = [f"Mon 23 Oct 09:28:{second:02} AEDT 2017" for second in range(5, 13)]
        rows: list[str] = []
        times: list[str] = []

        def take(program: Program, until: int) -> None:
            while len(rows) < until:
                batch = program.batch()
                assert batch is not None
                times.append(batch.time)
                rows.extend(batch.rows)

        server.send(*dates[:4])
        take(program, 4)
        server.send(*dates[4:])
        take(program, 8)
        self.assertEqual(rows, dates)
        seconds = [time.mktime(time.strptime(text[:19], "%Y-%m-%d %H:%M:%S")) for text in times]
        for earlier, later in itertools.pairwise(seconds):
            self.assertEqual(later - earlier, 2)


class KeptState(ExampleTest):
    def test_update_state_by_key_adds_up(self) -> None:
        server = self.serve()
        program = self.run_on(
            server,
            "update-state-by-key",
            "--batch-seconds",
            0.5,
            "--checkpoint",
            self.directory / "checkpoint",
        )
        server.send("Lorem ipsum dolor")
        once = {"Lorem": 1, "ipsum": 1, "dolor": 1}
        program.batch_that(lambda batch: batch.counts() == once)
        self.assertEqual(program.batch().counts(), once)
        server.send("Lorem ipsum dolor")
        twice = dict.fromkeys(once, 2)
        program.batch_that(lambda batch: batch.counts() == twice)
        self.assertEqual(program.batch().counts(), twice)
        self.assertEqual(program.stop(), 0)

    def test_reduce_by_key_and_window_forgets(self) -> None:
        server = self.serve()
        program = self.run_on(
            server,
            "reduce-by-key-and-window",
            "--batch-seconds",
            0.5,
            "--checkpoint",
            self.directory / "checkpoint",
        )
        server.send("a b a")
        # Three batches have it, the next one has not.
        program.batch_that(lambda batch: batch.counts() == {"a": 2, "b": 1})
        sums = add({}, program.batch().counts())
        add(sums, program.batch().counts())
        self.assertEqual(sums, {"a": 4, "b": 2})
        self.assertEqual(program.batch().rows, [])

    def test_checkpointing_goes_on_after_a_restart(self) -> None:
        server = self.serve()
        options = ["--batch-seconds", 0.5, "--checkpoint", self.directory / "checkpoint"]
        program = self.run_on(server, "checkpointing", *options)
        server.send("one", "two")
        program.batch_that(lambda batch: batch.counts() == {"lines": 2})
        # Without a write-ahead log the lines of an unfinished batch are lost: see it committed.
        program.batch()
        program.kill()
        server.hang_up()
        program = self.run_on(server, "checkpointing", *options)
        server.send("three")
        program.batch_that(lambda batch: batch.counts() == {"lines": 3})
        self.assertEqual(program.stop(), 0)
