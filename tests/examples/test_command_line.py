import subprocess
import unittest

from running import PROGRAMS, ExampleTest

# The programs of the chapter, and which options they have beside those that all have.
EXAMPLES = {
    "streaming-word-count": {"--host", "--port", "--checkpoint", "--save-counts"},
    "streaming-context-lifecycle": {"--host", "--port"},
    "socket-text-stream": {"--host", "--port"},
    "text-file-stream": {"--directory", "--checkpoint"},
    "transformations": {"--host", "--port"},
    "checkpointing": {"--host", "--port", "--checkpoint"},
    "save-as-text-files": {"--host", "--port", "--directory"},
    "foreach-rdd": {"--host", "--port"},
    "update-state-by-key": {"--host", "--port", "--checkpoint"},
    "window": {"--host", "--port"},
    "reduce-by-key-and-window": {"--host", "--port", "--checkpoint"},
}


class CommandLine(ExampleTest):
    def test_each_example_explains_its_options(self) -> None:
        for name, options in EXAMPLES.items():
            with self.subTest(name):
                text = subprocess.run(
                    [PROGRAMS / name, "--help"], capture_output=True, text=True, check=True
                ).stdout
                for option in {"--master", "--batch-seconds", "--stop-after-batches"} | options:
                    self.assertIn(option, text)

    def test_unknown_option_is_refused(self) -> None:
        done = subprocess.run(
            [PROGRAMS / "window", "--windows", "3"], capture_output=True, text=True, check=False
        )
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--windows", done.stderr)

    def test_mistake_in_the_master_ends_with_a_message(self) -> None:
        done = subprocess.run(
            [PROGRAMS / "window", "--master", "yarn"], capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("yarn", done.stderr)


if __name__ == "__main__":
    unittest.main()
