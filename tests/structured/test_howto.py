"""The program of docs/howto/structured-streaming.md runs as printed."""

import os
import re
import subprocess
import sys
import unittest

from serving import PATIENCE, ROOT, ServerTest

PAGE = ROOT / "docs/howto/structured-streaming.md"
OUTPUT = """\
+------------------------------------------+-----+-----+-------+
|window                                    |start|trips|minutes|
+------------------------------------------+-----+-----+-------+
|{2026-03-01 08:00:00, 2026-03-01 08:05:00}|Mitte|2    |15.0   |
+------------------------------------------+-----+-----+-------+

"""


class HowtoTest(ServerTest):
    def test_first_program(self) -> None:
        blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
        folder = self.directory()
        (folder / "trips/in").mkdir(parents=True)
        # The second file closes the first window: rows of a window come when it is over.
        for name, rows in {
            "1.csv": ["Mitte,10,2026-03-01 08:01:00", "Mitte,20,2026-03-01 08:04:59"],
            "2.csv": ["Mitte,5,2026-03-01 08:30:00"],
        }.items():
            text = "\n".join(["start,minutes,at", *rows]) + "\n"
            (folder / "trips/in" / name).write_text(text)
        # The server of the test runs elsewhere: paths are the server's.
        program = blocks[0].replace("sc://localhost:15002", self.server.url)
        program = program.replace('"trips/', f'"{folder}/trips/')
        (folder / "program.py").write_text(program)
        done = subprocess.run(
            [sys.executable, str(folder / "program.py")],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env={**os.environ, "TZ": "UTC"},
        )
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(OUTPUT, done.stdout)


if __name__ == "__main__":
    unittest.main()
