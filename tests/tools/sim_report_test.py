"""What tutti-sim leaves behind with --out, and what sweep, compare and plan say: files, columns, exit codes.

usage: sim_report_test.py TUTTI_SIM"""

import csv
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SIM = sys.argv.pop(1)
HELD, FAILED, USAGE, UNKNOWN = range(4)
SMALL = ("--set", "workload.seconds=6", "--set", "workload.writes_per_second=10")
FILES = {"manifest.json", "convergence.csv", "latency.csv", "nodes.csv", "events.jsonl", "index.html"}


def sim(*arguments):
    return subprocess.run([SIM, *map(str, arguments)], capture_output=True, text=True, timeout=240)


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Page(html.parser.HTMLParser):
    """What a page would load, and the data within it."""

    def __init__(self, path):
        super().__init__()
        self.loads, self.scripts, self.data, self.in_data = [], 0, "", False
        self.text = pathlib.Path(path).read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.loads += [given[name] for name in ("src", "href") if name in given]
        self.scripts += tag == "script"
        self.in_data = given.get("id") == "data"

    def handle_endtag(self, tag):
        self.in_data = self.in_data and tag != "script"

    def handle_data(self, text):
        if self.in_data:
            self.data += text


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.run_of = {}
        for name, arguments in {
            "one": ("run", "ci", "--seed", 3),
            "again": ("run", "ci", "--seed", 3),
            "seeds": ("run", "ci", "--seeds", "1..5", "-j2"),
            "lossy": ("run", "ci", "--seeds", "1..5", "--set", "network.loss=0.3"),
            "sweep": ("sweep", "lan", "--grid", "network.loss=0,0.1", "--grid", "cluster.nodes=3,5", "--seeds", "1..3"),
        }.items():
            cls.run_of[name] = sim(*arguments, *SMALL, "--out", cls.root / name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_command_held(self):
        for name, run in self.run_of.items():
            self.assertEqual(run.returncode, HELD, f"{name}: {run.stdout}{run.stderr}")

    def test_a_run_leaves_every_file_and_its_manifest_tells_what_it_was(self):
        self.assertEqual({f.name for f in (self.root / "one").iterdir()}, FILES)
        manifest = json.loads((self.root / "one/manifest.json").read_text())
        self.assertEqual((manifest["kind"], manifest["scenario"], manifest["seed"], manifest["verdict"]), ("run", "ci", 3, "ok"))
        self.assertRegex(manifest["trace_hash"], "^[0-9a-f]{16}$")
        self.assertIn(manifest["trace_hash"], self.run_of["one"].stdout)
        self.assertRegex(manifest["configuration_hash"], "^[0-9a-f]{16}$")
        self.assertIn("workload.seconds = 6", manifest["configuration"])
        self.assertGreater(manifest["totals"]["operations"], 0)
        self.assertGreater(manifest["real_seconds"], 0)

    def test_convergence_grows_to_all_nodes_holding_everything(self):
        rows = table(self.root / "one/convergence.csv")
        manifest = json.loads((self.root / "one/manifest.json").read_text())
        times = [float(row["t_s"]) for row in rows]
        self.assertEqual(times, sorted(times))
        self.assertAlmostEqual(times[-1], manifest["virtual_seconds"], places=6)
        self.assertEqual(int(rows[-1]["written"]), manifest["totals"]["operations"])
        self.assertEqual(float(rows[-1]["complete_share"]), 1)
        self.assertEqual(int(rows[-1]["behind_max"]), 0)
        self.assertGreater(max(int(row["behind_max"]) for row in rows), 0)
        for row in rows:
            self.assertLessEqual(int(row["behind_min"]), int(row["behind_median"]))
            self.assertLessEqual(int(row["behind_median"]), int(row["behind_max"]))

    def test_latency_is_a_distribution_and_agrees_with_the_metrics(self):
        rows = table(self.root / "one/latency.csv")
        metrics = json.loads((self.root / "one/manifest.json").read_text())["metrics"]
        for kind, metric in (("each", "latency_p50_ms"), ("all", "all_p50_ms")):
            steps = [(float(r["ms"]), float(r["share"])) for r in rows if r["visible_on"] == kind]
            self.assertEqual(steps, sorted(steps))
            self.assertEqual(steps[-1][1], 1)
            self.assertEqual(metrics[metric], next(ms for ms, share in steps if share >= 0.5))

    def test_nodes_sum_up_to_the_totals(self):
        rows = table(self.root / "one/nodes.csv")
        totals = json.loads((self.root / "one/manifest.json").read_text())["totals"]
        self.assertEqual({int(r["node"]) for r in rows}, set(range(totals["nodes"])))
        for column, total in (("sent_bytes", "bytes_sent"), ("sent_packets", "packets_sent")):
            self.assertEqual(sum(int(r[column]) for r in rows), totals[total])
        self.assertEqual({r["up"] for r in rows} - {"0", "1"}, set())

    def test_events_are_in_order_and_every_fault_that_began_ended(self):
        for folder in sorted((self.root / "seeds").glob("seed-*")):
            lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
            times = [line["t"] for line in lines]
            self.assertEqual(times, sorted(times))
            kinds = [line["kind"] for line in lines]
            self.assertEqual(kinds.count("fault began"), kinds.count("fault ended"))
            self.assertEqual(kinds.count("healing"), 1)
            self.assertGreaterEqual(kinds.count("node started"), 3)

    def test_pages_need_nothing_else_and_their_data_parses(self):
        for path in [self.root / "one/index.html", self.root / "seeds/index.html", self.root / "sweep/index.html"]:
            page = Page(path)
            self.assertEqual(re.findall(r"https?://", page.text), [], path)
            self.assertEqual(page.loads, [], path)
            self.assertEqual(page.scripts, 2, path)
            self.assertNotIn("@{", page.text)
            self.assertIn("cells" if path.parent.name != "one" else "frames", json.loads(page.data))

    def test_a_page_holds_as_many_cells_as_nodes_and_frames(self):
        data = json.loads(Page(self.root / "one/index.html").data)
        frames = data["frames"]
        for name in ("behind", "bytes", "packets", "state"):
            self.assertEqual(len(frames[name]), data["nodes"] * len(frames["end"]), name)
        self.assertEqual(len(frames["links"]), len(frames["end"]))

    def test_the_same_seed_leaves_the_same_bytes_but_for_real_time(self):
        for name in FILES - {"manifest.json"}:
            self.assertEqual((self.root / "one" / name).read_bytes(), (self.root / "again" / name).read_bytes(), name)
        first, second = (json.loads((self.root / n / "manifest.json").read_text()) for n in ("one", "again"))
        del first["real_seconds"], second["real_seconds"]
        self.assertEqual(first, second)

    def test_recording_changes_no_trace(self):
        unwatched = sim("run", "ci", "--seed", 3, *SMALL)
        trace = re.compile(r"seed 3 ok ([0-9a-f]{16})")
        self.assertEqual(trace.search(unwatched.stdout)[1], trace.search(self.run_of["one"].stdout)[1])

    def test_seeds_have_folders_of_their_own(self):
        self.assertEqual({f.name for f in (self.root / "seeds").iterdir() if f.is_dir()}, {f"seed-{n}" for n in range(1, 6)})
        self.assertEqual(len(table(self.root / "seeds/runs.csv")), 5)
        self.assertEqual({f.name for f in (self.root / "seeds/seed-2").iterdir()}, FILES)

    def test_a_sweep_tabulates_every_cell(self):
        cells = table(self.root / "sweep/cells.csv")
        self.assertEqual(len({row["cell"] for row in cells}), 4)
        for row in cells:
            self.assertEqual((row["runs"], row["failed"]), ("3", "0"))
            if row["median"]:
                self.assertLessEqual(float(row["low95"]), float(row["median"]))
                self.assertLessEqual(float(row["median"]), float(row["high95"]))
        self.assertIn("network.loss=0.1, cluster.nodes=5", self.run_of["sweep"].stdout)
        self.assertEqual(len(table(self.root / "sweep/runs.csv")), 12)

    def test_compare_names_what_was_set_and_what_differs(self):
        said = sim("compare", self.root / "seeds", self.root / "lossy")
        self.assertEqual(said.returncode, HELD, said.stderr)
        self.assertIn("B alone: network.loss = 0.3", said.stdout)
        self.assertRegex(said.stdout, r"latency_p50_ms.*p ")
        same = sim("compare", self.root / "seeds", self.root / "seeds")
        self.assertRegex(same.stdout, r"latency_p99_ms .*equal")

    def test_compare_says_what_it_cannot_read(self):
        for other, word in ((self.root / "none", "cannot read"), (self.root / "sweep", "sweep")):
            said = sim("compare", self.root / "one", other)
            self.assertEqual(said.returncode, UNKNOWN)
            self.assertIn(word, said.stderr)
        broken = self.root / "broken"
        broken.mkdir(exist_ok=True)
        (broken / "manifest.json").write_text('{"kind": 7}')
        self.assertIn("not a manifest", sim("compare", broken, self.root / "one").stderr)

    def test_a_plan_finds_settings_that_meet_its_target_or_says_none_does(self):
        vary = ("--vary", "cluster.probe_period_ms=100..2000", "--seeds", "1..2", "--tries", 12)
        found = sim("plan", "lan", *SMALL, "--target", "latency_p50_ms<100", *vary)
        self.assertEqual(found.returncode, HELD, found.stdout + found.stderr)
        self.assertRegex(found.stdout, r"meets all targets: cluster\.probe_period_ms=2000\b")
        none = sim("plan", "lan", *SMALL, "--target", "latency_p50_ms<0.0001", *vary)
        self.assertEqual(none.returncode, FAILED)
        self.assertIn("None of", none.stdout)

    def test_wrong_words_are_refused_with_the_right_ones(self):
        for arguments, word in (
            (("sweep", "lan", "--grid", "network.los=0"), "network.loss"),
            (("sweep", "lan", "--grid", "network.loss"), "key=value"),
            (("plan", "lan", "--target", "speed<1", "--vary", "network.loss=0.0..0.1"), "latency_p99_ms"),
            (("plan", "lan", "--target", "latency_p50_ms<1", "--vary", "network.loss=0.1..7.5"), "within 0 and 1"),
            (("plan", "lan", "--target", "latency_p50_ms<1", "--vary", "network.loss=1"), "low..high"),
            (("plan", "lan", "--target", "latency_p50_ms<1", "--vary", "cluster.nodes=3.0..8.0"), "whole numbers"),
            (("run", "lan", "--set", "workload.clients=1e6"), "10000"),
        ):
            said = sim(*arguments, *SMALL)
            self.assertEqual(said.returncode, USAGE, arguments)
            self.assertIn(word, said.stderr)

    def test_a_folder_that_cannot_be_written_is_told(self):
        (self.root / "file").write_text("in the way")
        said = sim("run", "ci", "--seed", 1, *SMALL, "--out", self.root / "file/report")
        self.assertEqual(said.returncode, UNKNOWN)
        self.assertIn("cannot make the folder", said.stderr)

    def test_a_sweep_or_plan_that_is_interrupted_keeps_the_cells_that_were_done(self):
        endless = "workload.seconds=90000000"  # the second cell never ends
        for name, arguments in {
            "cut-sweep": ("sweep", "lan", "--grid", f"workload.seconds=6,{endless.split('=')[1]}"),
            "cut-plan": ("plan", "lan", "--target", "latency_p50_ms<1e9", "--vary", f"workload.seconds=6..{endless.split('=')[1]}"),
        }.items():
            run = subprocess.Popen([SIM, *arguments, "--seeds", "1..2", "--out", self.root / name], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
            try:
                self.assertRegex(run.stderr.readline(), r"^1/\d+  workload.seconds=6: 2 runs, 0 failed, .*\blatency_p50_ms ")
                # The line is told first; the manifest is written last.
                while not (self.root / name / "manifest.json").exists():
                    self.assertIsNone(run.poll())
            finally:
                run.terminate()
                run.communicate()
            self.assertFalse(json.loads((self.root / name / "manifest.json").read_text())["complete"])
            self.assertGreaterEqual(len(table(self.root / name / "runs.csv")), 2)
        self.assertTrue(json.loads((self.root / "sweep/manifest.json").read_text())["complete"])

    def test_a_folder_with_another_report_is_replaced_cleanly(self):
        out = self.root / "replaced"
        self.assertEqual(sim("run", "ci", "--seeds", "1..3", *SMALL, "--out", out).returncode, HELD)
        self.assertEqual(sim("run", "ci", "--seed", 2, *SMALL, "--out", out).returncode, HELD)
        self.assertEqual({f.name for f in out.iterdir()}, FILES)

    def test_a_folder_with_anything_else_is_refused_before_the_run_and_left_alone(self):
        for mine in ("notes.txt", "seed-1/notes.txt"):
            out = self.root / ("mine-" + mine.replace("/", "-"))
            (out / mine).parent.mkdir(parents=True)
            (out / mine).write_text("mine")
            (out / "index.html").write_text("mine")
            for arguments in (
                ("run", "ci", "--seed", 1),
                ("sweep", "lan", "--grid", "network.loss=0"),
                ("plan", "lan", "--target", "latency_p50_ms<100", "--vary", "cluster.neighbours=3..4"),
            ):
                said = sim(*arguments, *SMALL, "--out", out)
                self.assertEqual(said.returncode, USAGE, said.stderr)
                self.assertIn("notes.txt", said.stderr)
                self.assertEqual(said.stdout, "")
            self.assertEqual((out / "index.html").read_text(), "mine")

    def test_progress_is_one_line_on_stderr_alone(self):
        said = subprocess.run([SIM, "run", "lan", "--set", "workload.seconds=400", "--set", "cluster.nodes=20", "--progress"],
                              capture_output=True, timeout=240)  # bytes: else \r becomes a newline
        self.assertEqual(said.returncode, HELD)
        self.assertNotIn(b"\r", said.stdout)
        self.assertNotIn(b"\n", said.stderr)
        self.assertRegex(said.stderr, rb"\r[\d.]+ / 400 s simulated .* events/s .* ETA ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
