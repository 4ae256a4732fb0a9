#!/usr/bin/env python3
"""Holds the released `diptych` against PyTorch: features of `embed`, losses and weights of `train`.

Without files it makes weights, images and pairs at full size; with --weights, --images or --pairs it takes yours
(the formats of `diptych`). PyTorch computes in float64: its float32 has several answers, by memory layout, that lie
some 1e-5 apart. Prints a table; exits with 1 where anything misses its limit.

    python3 -m venv .venv && .venv/bin/pip install torch numpy safetensors
    .venv/bin/python Tests/Golden/parity.py --diptych .build/release/diptych
    .venv/bin/python Tests/Golden/parity.py --runs all --channels 16 --device reference
"""
import argparse
import copy
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

from model import Model, random_images, random_model, random_pairs, unit
from training import RUNS, distance, overrides, train, trained_names, weight_vector

FEATURES, LOSS, FIRST_LOSS, WEIGHTS, STATISTICS = 1e-4, 2e-4, 1e-5, 2e-4, 1e-5
SLOW, FAST = 1e-5, 1e-3
PRECISION = torch.float64


class Table:
    """Prints one line per check and remembers whether any missed."""

    def __init__(self):
        self.missed = False
        print(f"{'check':<72} {'found':>9} {'limit':>9}", flush=True)

    def hold(self, check: str, found: float, limit: float):
        inside = found <= limit  # false for NaN
        self.missed |= not inside
        print(f"{check:<72} {found:>9.1e} {limit:>9.1e}  {'ok' if inside else 'MISS'}", flush=True)

    def miss(self, check: str, why: str):
        self.missed = True
        print(f"{check:<72} MISS: {why}", flush=True)


class Diptych:
    """The command line under test, with a folder for what it reads and writes."""

    def __init__(self, options, folder: pathlib.Path):
        self.path, self.folder, self.made = options.diptych, folder, 0
        self.device = ["--device", options.device] if options.device else []

    def file(self, tensors: dict) -> str:
        self.made += 1
        path = self.folder / f"input-{self.made}.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
        return str(path)

    def call(self, *arguments: str):
        command = [self.path, *arguments, *self.device]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\nexited with {done.returncode}: {done.stderr.strip()}")

    def embed(self, weights: str, images: str):
        output = str(self.folder / "features.safetensors")
        self.call("embed", "--checkpoint", weights, "--input", images, "--output", output)
        return load_file(output)["features"]

    def train(self, weights: str, pairs: str, terms: dict, rate: float, steps: int, batch: int, channels: int) -> tuple:
        """The lines of `metrics.jsonl` that tell of a step, and the weights of the last checkpoint."""
        self.made += 1
        out = self.folder / f"run-{self.made}"
        self.call("train", "--data", f"pairs:{pairs}", "--init", weights, "--out", str(out), "--batch", str(batch),
                  "--steps", str(steps), f"encoder.channels={channels}", f"optimizer.learningRate={rate}",
                  *overrides(terms))
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        checkpoints = sorted(out.glob("checkpoints/step-*/weights.safetensors"))
        if not checkpoints:
            sys.exit(f"{out}/checkpoints: no weights.safetensors after {steps} steps")
        return [line for line in lines if "loss" in line], load_file(checkpoints[-1])


def as_images(tensor):
    """[N,28,28,1] or [N,1,28,28] -> [N,1,28,28]."""
    return tensor.reshape(len(tensor), 1, *(tensor.shape[2:] if tensor.shape[1] == 1 else tensor.shape[1:3]))


def inputs(options) -> tuple:
    """The model, the images and the two views: brought, or random."""
    if options.weights:
        weights = load_file(options.weights)
        model = Model(weights["f.0.weight"].shape[0])
        wrong = model.load_state_dict(weights, strict=False)
        absent = [name for name in wrong.missing_keys if not name.startswith("recon.") or options.needs_reconstructor]
        if absent or wrong.unexpected_keys:
            sys.exit(f"{options.weights}: missing {absent}, unexpected {wrong.unexpected_keys}")
    else:
        model = random_model(options.channels, options.seed)
    images = as_images(load_file(options.images)["images"]) if options.images else random_images(64, options.seed + 1)
    if options.pairs:
        pairs = load_file(options.pairs)
        return model, images, as_images(pairs["view1"]), as_images(pairs["view2"])
    return model, images, *random_pairs(options.batch, options.seed + 2)


def check_features(table: Table, diptych: Diptych, model, images):
    weights = {n: v for n, v in model.state_dict().items() if not n.startswith("recon.")}
    found = diptych.embed(diptych.file(weights), diptych.file({"images": images}))
    with torch.no_grad():
        exact = copy.deepcopy(model).to(PRECISION).eval()
        wanted = torch.cat([unit(exact(part.to(PRECISION))) for part in images.split(64)])
    if found.shape != wanted.shape:
        return table.miss("features", f"shape {list(found.shape)}, not {list(wanted.shape)}")
    table.hold("features: largest difference", (found - wanted).abs().max().item(), FEATURES)


def check_run(table: Table, diptych: Diptych, model, view1, view2, name: str, options):
    """Ten slow steps, then one fast step: its loss, and the statistics that no update has touched yet."""
    terms, channels = RUNS[name], model.f[0].out_channels
    names = trained_names(model, terms)
    weights = diptych.file({n: model.state_dict()[n] for n in names})
    pairs = diptych.file({"view1": view1, "view2": view2})

    def torch_and_diptych(rate: float, steps: int) -> tuple:
        trained = copy.deepcopy(model).to(PRECISION)
        wanted = train(trained, view1.to(PRECISION), view2.to(PRECISION), terms, rate, steps, options.batch)
        lines, found = diptych.train(weights, pairs, terms, rate, steps, options.batch, channels)
        if len(lines) != steps:
            sys.exit(f"{name}: {len(lines)} lines with a loss in metrics.jsonl after {steps} steps")
        errors = {}
        for term in ("loss", *terms):
            numbers = [math.nan if line.get(term) is None else line[term] for line in lines]  # null stands for NaN
            values = torch.tensor(numbers, dtype=torch.float64)
            errors[term] = (values / wanted[term].double() - 1).abs().max().item()
        return errors, trained.state_dict(), found

    errors, wanted, found = torch_and_diptych(SLOW, options.steps)
    for term, error in errors.items():
        table.hold(f"{name}: {term}", error, LOSS)
    if same_shapes(table, name, wanted, found, names):
        table.hold(f"{name}: weights", distance(weight_vector(found, names), weight_vector(wanted, names)), WEIGHTS)
        counts = [abs(int(found[n]) - int(wanted[n])) for n in names if n.endswith("num_batches_tracked")]
        table.hold(f"{name}: num_batches_tracked", max(counts), 0)
    errors, wanted, found = torch_and_diptych(FAST, 1)
    table.hold(f"{name}: first loss at rate {FAST}", errors["loss"], FIRST_LOSS)
    if same_shapes(table, name, wanted, found, names):
        running = [distance(found[n].double(), wanted[n].double()) for n in names if "running" in n]
        table.hold(f"{name}: running statistics of one step", float(torch.tensor(running).max()), STATISTICS)


def same_shapes(table: Table, name: str, wanted: dict, found: dict, names: list) -> bool:
    wrong = [n for n in names if n not in found or found[n].shape != wanted[n].shape]
    if wrong:
        table.miss(f"{name}: weights", f"absent or of another shape: {', '.join(wrong)}")
    return not wrong


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--diptych", default=".build/release/diptych", help="the program under test")
    parser.add_argument("--device", help="passed on to diptych")
    parser.add_argument("--runs", default="ntXent", help="names with commas, or all: " + ", ".join(RUNS))
    parser.add_argument("--weights", help="your weights.safetensors in place of random ones")
    parser.add_argument("--images", help="your file with `images`")
    parser.add_argument("--pairs", help="your file with `view1` and `view2`")
    parser.add_argument("--channels", type=int, default=128)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    configurable = [name for name in RUNS if name != "squaredErrorMean"]  # a reading of equation 2, not a kind
    options.runs = configurable if options.runs == "all" else options.runs.split(",")
    unknown = [name for name in options.runs if name not in configurable]
    if unknown:
        parser.error(f"unknown run {', '.join(unknown)}; known: {', '.join(configurable)}")
    options.needs_reconstructor = any("forwardPredictive" in RUNS[name] for name in options.runs)
    return options


def main():
    options = parse()
    model, images, view1, view2 = inputs(options)
    table = Table()
    with tempfile.TemporaryDirectory(prefix="diptych-parity-") as folder:
        diptych = Diptych(options, pathlib.Path(folder))
        check_features(table, diptych, model, images)
        for name in options.runs:
            check_run(table, diptych, model, view1, view2, name, options)
    sys.exit(1 if table.missed else 0)


if __name__ == "__main__":
    main()
