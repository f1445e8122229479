"""The demo from end to end, on a small input: three nodes, a kill, a repair.

usage: demo_test.py BIN_DIRECTORY"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARIES = sys.argv.pop(1)
DEMO = pathlib.Path(__file__).resolve().parents[2] / "tools" / "stage" / "demo.py"


def demo(*arguments):
    return subprocess.run([sys.executable, "-B", DEMO, "--bin", BINARIES, *arguments], capture_output=True, text=True,
                          timeout=240)


class Demo(unittest.TestCase):
    def test_all_nodes_are_equal_again_after_a_kill(self):
        with tempfile.TemporaryDirectory() as directory:
            records = pathlib.Path(directory) / "notes.jsonl"
            records.write_text("".join(f'{{"id": {i}, "text": "note {i}"}}\n' for i in range(2000)))
            run = demo("--once", "--input", records, "--data", pathlib.Path(directory) / "demo")
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertIn("of 200 deleted keys none came back", run.stdout)
            self.assertIn("1,800", run.stdout)

    def test_a_bad_input_is_named_before_anything_starts(self):
        with tempfile.TemporaryDirectory() as directory:
            records = pathlib.Path(directory) / "notes.jsonl"
            records.write_text('{"id": 1}\nnonsense\n')
            run = demo("--once", "--input", records, "--data", pathlib.Path(directory) / "demo")
            self.assertEqual(run.returncode, 2)
            self.assertIn("notes.jsonl:2", run.stdout)

    def test_a_directory_with_something_else_is_left_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            kept = pathlib.Path(directory) / "letter.txt"
            kept.write_text("dear")
            run = demo("--once", "--data", directory)
            self.assertEqual((run.returncode, kept.read_text()), (4, "dear"))


if __name__ == "__main__":
    unittest.main()
