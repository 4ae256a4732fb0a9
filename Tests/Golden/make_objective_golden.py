#!/usr/bin/env python3
"""Makes objectives.safetensors: value and gradient of every objective on small inputs, from float64."""
import torch

from model import unit
from objectives import CONTRASTIVE, FORWARD, INVERSE, cross_view
from storage import both, rows_last, write

# Case -> (N, D, spread of the raw features, temperature). `sharp` and `large` make logits of hundreds and thousands.
CASES = {"small": (7, 5, 1, 0.1), "pair": (2, 5, 1, 0.1), "warm": (5, 17, 1, 0.5), "sharp": (7, 5, 1, 0.003),
         "large": (7, 5, 60, 0.1), "identical": (6, 4, 1, 0.1)}
SIDE = 3  # reconstructions are [N,3,3,1]


def with_gradients(name: str, loss, inputs: dict) -> dict:
    """`name.value`, and `name.gradient.<input>` for each of `inputs`."""
    gradients = torch.autograd.grad(loss, list(inputs.values()))
    out = both(f"{name}.value", loss)
    for key, gradient in zip(inputs, gradients):
        out |= both(f"{name}.gradient.{key}", rows_last(gradient) if gradient.dim() == 4 else gradient)
    return out


def features_case(case: str) -> dict:
    """The objectives on features, of the raw ones through the normalization and of given unit vectors."""
    count, depth, spread, temperature = CASES[case]
    raw1, raw2 = ((spread * torch.randn(count, depth)).requires_grad_() for _ in range(2))
    if case == "identical":
        raw2 = raw1.detach().clone().requires_grad_()
    z1, z2 = unit(raw1).detach().requires_grad_(), unit(raw2).detach().requires_grad_()
    out = {f"{case}.raw1": raw1, f"{case}.raw2": raw2, f"{case}.z1": z1, f"{case}.z2": z2,
           f"{case}.temperature": torch.tensor([temperature])}
    raw = {"raw1": raw1.double(), "raw2": raw2.double()}
    given = {"z1": z1.double(), "z2": z2.double()}
    for kind, objective in (CONTRASTIVE | INVERSE).items():
        arguments = () if kind in INVERSE or kind == "infoNCE" else (temperature,)
        if kind == "infoNCE":
            out |= with_gradients(f"{case}.infoNCE", objective(*raw.values()), raw)
        out |= with_gradients(f"{case}.{kind}.unit", objective(*given.values(), *arguments), given)
        out |= with_gradients(f"{case}.{kind}.normalized", objective(*map(unit, raw.values()), *arguments), raw)
    return out


def images_case(case: str) -> dict:
    """The forward predictive losses: r1 against s2 plus r2 against s1."""
    count, _, spread, _ = CASES[case]
    r1, r2 = (3 * spread * torch.randn(count, 1, SIDE, SIDE) for _ in range(2))
    s1, s2 = (torch.rand(count, 1, SIDE, SIDE).mul(1.4).sub(0.2).clamp(0, 1) for _ in range(2))
    out = {f"{case}.{name}": rows_last(value) for name, value in (("r1", r1), ("r2", r2), ("s1", s1), ("s2", s2))}
    inputs = {"r1": r1.double().requires_grad_(), "r2": r2.double().requires_grad_()}
    for kind in FORWARD:
        loss = cross_view(kind, *inputs.values(), s1.double(), s2.double())
        out |= with_gradients(f"{case}.{kind}", loss, inputs)
    return out


def main():
    torch.manual_seed(7)
    tensors = {}
    for case in CASES:
        tensors |= features_case(case) | images_case(case)
    write("objectives", tensors,
          names="<case>.<input>; <case>.<kind>[.unit|.normalized].value and .gradient.<input>",
          unit="z1, z2 as the independent inputs", normalized="raw1, raw2 through the L2 normalization",
          infoNCE="without a suffix: equation 1 on raw1 (X) and raw2 (S); temperature 1 in all three forms",
          images="[N,H,W,1]; `squaredErrorMean` is `squaredError` with the mean over pixels, and no configuration kind")


if __name__ == "__main__":
    main()
