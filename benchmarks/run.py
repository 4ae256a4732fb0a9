#!/usr/bin/env python3
"""Runs one benchmark of the program and keeps what it printed as JSON in results/, with command, commit, device, driver.

    benchmarks/run.py kernels            single operations on the paper's shapes
    benchmarks/run.py step               the training step of 482 pairs, NT-Xent + L_IP, kernel by kernel
    benchmarks/run.py start --runs 3     from process start to first loss, with and without a kernel cache
    benchmarks/run.py batches --runs 5   the step from 32 to 1024 pairs, a process for each
    benchmarks/run.py infonce --runs 3   NT-Xent with its gradient from 1024 to 65536 rows of 128, a process for each
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build/release/diptych"
OBJECTIVE = "objective.inversePredictive.weight=1"
BATCHES = [32, 64, 128, 256, 482, 1024]
ROWS = [1024, 2048, 4096, 8192, 16384, 32768, 65536]


def output(command: list, environment: dict | None = None) -> dict:
    """What `command` prints, as JSON; its messages go to standard error as they come."""
    print("+", shlex.join(map(str, command)), file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with status {done.returncode}")
    return json.loads(done.stdout)


def diptych(*words: str, environment: dict | None = None) -> dict:
    """What the program prints for `words` and `--json`."""
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing; make build")
    return output([PROGRAM, *words, "--json"], environment)


def step(device: str, runs: int, *words: str, environment: dict | None = None) -> dict:
    """A training step as all comparisons mean it, with what `words` change."""
    return diptych(
        "bench", "step", "--device", device, "--runs", str(runs), OBJECTIVE, *words, environment=environment)


def keep(name: str, result: dict) -> None:
    """Writes `result`, which names its device, to results/."""
    commit = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    command = shlex.join([os.path.relpath(os.path.abspath(sys.argv[0]), ROOT), *sys.argv[1:]])
    device = re.sub("[^a-z0-9]+", "-", result["device"].lower()).strip("-")
    path = ROOT / "benchmarks/results" / f"{name}-{device}.json"
    path.write_text(json.dumps({"command": command, "commit": commit, **result}, indent=1) + "\n")
    print(path.relative_to(ROOT))


def kernels(device: str, runs: int) -> dict:
    result = diptych("bench", "kernels", "--device", device, "--runs", str(runs))
    for row in result["kernels"]:
        print(f"{row['share']:6.2f} of the ceiling  {row['operation']}: {row['shape']}")
    return result


def whole_step(device: str, runs: int) -> dict:
    result = step(device, runs)
    # The times of calls come from steps of their own: to take them costs some.
    profiled = step(device, runs, "--profile")
    result.update({name: profiled[name] for name in ("busySeconds", "gapSeconds", "ceilings", "kernels")})
    print(f"{result['viewsPerSecond']:.1f} views/s, {result['peakBytes'] >> 20} MiB")
    return result


def start(device: str, rounds: int) -> dict:
    """Cold, then warm, `rounds` times: each round begins with an empty cache for compiled kernels."""
    result = {}
    seconds = {"cold": [], "warm": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            environment = {name: value for name, value in os.environ.items() if name != "POCL_CACHE_DIR"}
            for state in seconds:
                result = step(device, 3, environment={**environment, "DIPTYCH_CACHE": cache})
                seconds[state].append(result["startUpSeconds"])
    for state in seconds:
        print(f"{state}: {statistics.median(seconds[state]):.2f} s from process start to first loss, less one step")
    return {
        "device": result["device"], "driver": result["driver"], "pairs": result["pairs"],
        **{state: {"medianSeconds": statistics.median(row), "seconds": row} for state, row in seconds.items()}}


def batches(device: str, runs: int) -> dict:
    rows = []
    result = {}
    for pairs in BATCHES:
        result = step(device, runs, f"data.batch={pairs}")
        kept = ("pairs", "medianSeconds", "viewsPerSecond", "plannedBytes", "peakBytes")
        rows.append({name: result[name] for name in kept})
        print(f"{pairs:5} pairs: {result['viewsPerSecond']:7.1f} views/s, {result['peakBytes'] >> 20:5} MiB", flush=True)
    return {"device": result["device"], "driver": result["driver"], "runs": runs, "batches": rows}


def infonce(device: str, runs: int) -> dict:
    rows = []
    result = {}
    for count in ROWS:
        result = diptych("bench", "infonce", "--device", device, "--runs", str(runs), "--rows", str(count))
        row = result["sizes"][0]
        rows.append({**row, "relativeError": result["relativeError"]})
        share = f"{row['share']:5.2f} of the ceiling, " if row["share"] else ""
        print(f"{count:6} rows: {row['medianSeconds']:8.4f} s, {share}{row['peakBytes'] >> 20:5} MiB", flush=True)
    kept = ("device", "driver", "runs", "kind", "features")
    return {**{name: result[name] for name in kept}, "sizes": rows}


BENCHMARKS = {
    "kernels": (kernels, 10), "step": (whole_step, 10), "start": (start, 3), "batches": (batches, 5),
    "infonce": (infonce, 3)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("--device", default="auto", help="as for the program")
    parser.add_argument("--runs", type=int, help="runs, of which the median counts; rounds of `start`")
    options = parser.parse_args()
    measure, runs = BENCHMARKS[options.benchmark]
    keep(options.benchmark, measure(options.device, options.runs or runs))
