#!/usr/bin/env python3
"""Makes optimizers.safetensors: Adam and SGD with momentum on given gradients, 20 steps of 50 parameters."""
import torch

from storage import write

STEPS, COUNT = 20, 50
ADAM, SGD = torch.optim.Adam, torch.optim.SGD
RUNS = {
    "adam": (ADAM, {"lr": 1e-3, "weight_decay": 1e-6}),
    "adam.decayed": (ADAM, {"lr": 1e-2, "weight_decay": 0.1}),
    "adam.otherBetas": (ADAM, {"lr": 1e-3, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0}),
    "sgd": (SGD, {"lr": 1e-2, "momentum": 0}),
    "sgd.momentum": (SGD, {"lr": 1e-2, "momentum": 0.9, "weight_decay": 1e-4}),
}


def gradients():
    """Ordinary ones, and some that are hard: zero always or at first, far below epsilon, huge, changing sign."""
    given = torch.randn(STEPS, COUNT)
    given[:, 0] = 0
    given[:10, 1] = 0
    given[:, 2] *= 1e-9
    given[:, 3] *= 1e3
    given[:, 4] = 0.3 * torch.tensor([1.0, -1.0]).repeat(STEPS // 2)
    given[1:, 5] = 0
    return given


def run(kind, settings: dict, start, given):
    """The parameters after each step, [20, 50]."""
    parameters = torch.nn.Parameter(start.clone())
    optimizer = kind([parameters], **settings)
    after = []
    for gradient in given:
        parameters.grad = gradient.clone()
        optimizer.step()
        after.append(parameters.detach().clone())
    return torch.stack(after)


def main():
    torch.manual_seed(11)
    start, given = 0.25 * torch.randn(COUNT), gradients()
    tensors, notes = {"start": start, "gradients": given}, {}
    for name, (kind, settings) in RUNS.items():
        tensors[f"{name}.after"] = run(kind, settings, start, given)
        tensors[f"{name}.after.float64"] = run(kind, settings, start.double(), given.double())
        notes[name] = " ".join(f"{key}={value}" for key, value in settings.items())
    write("optimizers", tensors, **notes,
          rule="coupled weight decay: decay * parameter is added to the gradient; SGD without dampening or Nesterov")


if __name__ == "__main__":
    main()
