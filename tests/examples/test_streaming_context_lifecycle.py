from running import ExampleTest


class StreamingContextLifecycle(ExampleTest):
    def test_says_what_state_it_is_in(self) -> None:
        server = self.serve()
        program = self.run_on(
            server,
            "streaming-context-lifecycle",
            "--batch-seconds",
            0.5,
            "--stop-after-batches",
            2,
        )
        program.wait_for_line("StreamingContext is INITIALIZED")
        program.wait_for_line("StreamingContext is ACTIVE")
        server.accept()
        self.assertEqual(program.batch().rows, ["0"])
        self.assertEqual(program.batch().rows, ["0"])
        program.wait_for_line("StreamingContext is STOPPED")
        self.assertEqual(program.ends(), 0)
