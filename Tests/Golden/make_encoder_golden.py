#!/usr/bin/env python3
"""Makes weights.safetensors, weights-reconstructor.safetensors and encoder.safetensors: what both networks compute."""
import copy

import torch

from model import random_images, random_model, unit
from storage import rows_last, write

CHANNELS, SEED = 8, 20210503


def outputs(model, images, features=None) -> dict:
    """Features and reconstructions in both modes, and the statistics that the training call leaves behind."""
    out = {}
    for mode in ("inference", "training"):
        used = copy.deepcopy(model).train(mode == "training")
        with torch.no_grad():
            out[f"features.{mode}"] = unit(used(images))
            given = unit(model.eval()(images)) if features is None else features.to(images.dtype)
            out[f"reconstruction.{mode}"] = rows_last(used.recon(given))
        if mode == "training":
            out |= {f"afterTraining.{n}": v for n, v in used.state_dict().items() if "running" in n or "tracked" in n}
    return out


def main():
    torch.set_num_threads(1)
    model = random_model(CHANNELS, SEED)
    weights = model.state_dict()
    write("weights", {n: v for n, v in weights.items() if not n.startswith("recon.")})
    write("weights-reconstructor", {n: v for n, v in weights.items() if n.startswith("recon.")})
    images = random_images(12, SEED + 1)
    single = outputs(model, images)
    double = outputs(model.double(), images.double(), single["features.inference"])
    parts = [(single[n] - double[n]).abs().max().item() for n in single]
    write("encoder", {"images": rows_last(images), **single},
          images="[N,28,28,1], 1 is ink", features="unit rows of the encoder on `images`",
          reconstruction="logits [N,28,28,1] of the reconstructor on `features.inference`",
          float32_against_float64=f"largest difference {max(parts):.1e}")


if __name__ == "__main__":
    main()
