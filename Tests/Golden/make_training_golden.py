#!/usr/bin/env python3
"""Makes pairs.safetensors and training.safetensors: ten Adam steps of every objective from the committed weights."""
import copy

import torch

from make_encoder_golden import CHANNELS, SEED
from model import random_model, random_pairs
from storage import rows_last, write
from training import RUNS, distance, overrides, train, trained_names, weight_vector

PAIRS, RATE, SAMPLE = 24, 1e-5, 32
IN_FULL = "ntXent"  # the run whose final weights are stored whole


def thinned(name: str, tensor):
    """Every 32nd of the 1024 feature rows or columns of the two large matrices; all of anything else."""
    if name == "f.16.weight":
        return tensor[::SAMPLE]
    return tensor[:, ::SAMPLE] if name == "recon.f.0.weight" else tensor


def run(start, view1, view2, name: str) -> tuple:
    """The tensors of one run, and a line on how far float32 and float64 part in it."""
    terms = RUNS[name]
    single, double = copy.deepcopy(start), copy.deepcopy(start).double()
    record = train(single, view1, view2, terms, RATE)
    exact = train(double, view1.double(), view2.double(), terms, RATE)
    fast = train(copy.deepcopy(start), view1, view2, terms, 1e-3, steps=1)
    out = {f"{name}.fast.loss": fast["loss"]}
    for term in ("loss", *terms):
        out |= {f"{name}.{term}": record[term], f"{name}.{term}.float64": exact[term]}
    weights, names = single.state_dict(), trained_names(single, terms)
    if name != "squaredErrorMean":  # a reading of equation 2 for comparison: its losses are enough
        keep = (lambda _, tensor: tensor) if name == IN_FULL else thinned
        out |= {f"{name}.weights.{n}": keep(n, weights[n]) for n in names}
    if name == IN_FULL or len(terms) == 3:
        out |= {f"{name}.gradients.{n}": thinned(n, g).float() for n, g in exact["gradients"].items()}
    losses = ((record["loss"] - exact["loss"]) / exact["loss"]).abs().max().item()
    moved = distance(*(weight_vector(m.state_dict(), names) for m in (single, start)))
    parted = distance(*(weight_vector(m.state_dict(), names) for m in (single, double)))
    return out, f"losses {losses:.1e}, weights {parted:.1e} (moved by {moved:.1e})"


def main():
    torch.set_num_threads(1)
    start = random_model(CHANNELS, SEED)
    view1, view2 = random_pairs(PAIRS, SEED + 2)
    write("pairs", {"view1": rows_last(view1), "view2": rows_last(view2)})
    tensors, notes = {}, {}
    for name in RUNS:
        out, notes[f"float32_against_float64.{name}"] = run(start, view1, view2, name)
        tensors |= out
        notes[f"configuration.{name}"] = " ".join(overrides(RUNS[name]))
        print(f"{name}: {notes[f'float32_against_float64.{name}']}")
    write("training", tensors, **notes,
          start="weights.safetensors and weights-reconstructor.safetensors, view 1 and view 2 of pairs.safetensors",
          optimizer="Adam, rate 1e-5 (`fast`: 1e-3), betas 0.9 and 0.999, epsilon 1e-8, coupled weight decay 1e-6",
          thinned="f.16.weight[::32, :] and recon.f.0.weight[:, ::32], except in ntXent.weights",
          gradients="of the first step, from the float64 run")


if __name__ == "__main__":
    main()
