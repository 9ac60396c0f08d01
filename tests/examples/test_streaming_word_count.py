import pathlib
import re

from running import ExampleTest, LineServer, Program, add

LINE = "Now is the winter of our discontent, made glorious summer by this sun of York;"
COUNTS = {word: 1 for word in re.findall(r"\w+", LINE.lower())} | {"of": 2}


def saved(directory: pathlib.Path) -> dict[str, int]:
    """The sum of all batches that are completely saved."""
    sums: dict[str, int] = {}
    for success in directory.glob("counts-*/_SUCCESS"):
        for part in success.parent.glob("part-*"):
            for row in part.read_text().splitlines():
                word, count = row[1:-1].rsplit(",", 1)
                add(sums, {word: int(count)})
    return sums


class StreamingWordCount(ExampleTest):
    def start(self, server: LineServer, *more: object) -> Program:
        return self.run_on(server, "streaming-word-count", "--batch-seconds", 0.5, *more)

    def test_prints_the_words_of_each_batch(self) -> None:
        server = self.serve()
        program = self.start(server)
        server.send("And laugh, and have old trifles:", "is imitate; IS")
        sums: dict[str, int] = {}
        expected = {"and": 2, "laugh": 1, "have": 1, "old": 1, "trifles": 1, "imitate": 1, "is": 2}
        program.batch_that(lambda batch: add(sums, batch.counts()) == expected)
        self.assertEqual(program.stop(), 0)

    def test_prints_ten_words_and_an_ellipsis(self) -> None:
        server = self.serve()
        program = self.start(server)
        server.send(LINE)
        batch = program.batch_that(lambda batch: batch.rows)
        self.assertTrue(batch.more)
        self.assertEqual(len(batch.rows), 10)
        for word, count in batch.counts().items():
            self.assertEqual(count, COUNTS[word])

    def test_stops_after_so_many_batches(self) -> None:
        server = self.serve()
        program = self.start(server, "--stop-after-batches", 3)
        batches = 0
        while program.batch() is not None:
            batches += 1
        self.assertEqual(batches, 3)
        self.assertEqual(program.ends(), 0)

    def test_killed_and_started_again_it_counts_nothing_twice(self) -> None:
        server = self.serve()
        where = ["--checkpoint", self.directory / "ck", "--save-counts", self.directory / "out"]
        program = self.start(server, *where)
        server.send(LINE)
        program.batch_that(lambda _: saved(self.directory / "out") == COUNTS)
        program.kill()
        server.hang_up()
        program = self.start(server, *where)
        server.send(LINE)
        twice = {word: 2 * count for word, count in COUNTS.items()}
        program.batch_that(lambda _: saved(self.directory / "out") == twice)
        self.assertEqual(program.stop(), 0)
        self.assertEqual(saved(self.directory / "out"), twice)
