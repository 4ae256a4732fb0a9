"""The training step of `diptych bench step` in PyTorch: one variant, in a process of its own; prints one line of JSON.

The encoder has four 3x3 convolutions of 128 channels, each with batch normalization and ReLU, max pooling after all but
the first (28 -> 14 -> 7 -> 3), and a linear layer to 1024 features of unit length. The loss is NT-Xent at temperature 0.1
plus twice the mean squared difference of both views' features; Adam at 1e-3 with weight decay 1e-6. Each view goes through
the encoder by itself, so that batch normalization sees one view, as in Diptych. Views are random and stay the same.
"""
import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

VARIANTS = ("plain", "channels_last", "compile", "channels_last+compile")
# On a GPU with tensor cores, products and convolutions may round their factors.
ROUNDED = tuple(f"{variant}+tf32" for variant in VARIANTS)
TEMPERATURE = 0.1


def peak_bytes(device: str) -> int:
    """The most memory that was taken at a time: on a GPU of its own, else resident in this process."""
    if device != "cpu":
        return torch.cuda.max_memory_allocated(device)
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def encoder(channels: int = 128, features: int = 1024) -> nn.Module:
    parts = []
    for index in range(4):
        parts += [
            nn.Conv2d(channels if index else 1, channels, kernel_size=3, padding=1), nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True)]
        if index:
            parts.append(nn.MaxPool2d(2))
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(3 * 3 * channels, features))


def loss(first: torch.Tensor, second: torch.Tensor, partners: torch.Tensor, itself: torch.Tensor) -> torch.Tensor:
    rows = torch.cat((first, second))
    scores = rows.mm(rows.t()).div(TEMPERATURE).masked_fill(itself, -torch.inf)
    return functional.cross_entropy(scores, partners) + 2 * functional.mse_loss(first, second)


def measure(variant: str, pairs: int, runs: int, device: str) -> dict:
    torch.manual_seed(0)
    torch.set_default_device(device)
    traits = variant.split("+")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = "tf32" in traits
    torch.backends.cudnn.benchmark = True
    layout = torch.channels_last if "channels_last" in traits else torch.contiguous_format
    model = encoder().to(memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-6)
    apply = torch.compile(model) if "compile" in traits else model
    views = [torch.rand(pairs, 1, 28, 28).to(memory_format=layout) for _ in range(2)]
    partners = torch.arange(2 * pairs).roll(pairs)
    itself = torch.eye(2 * pairs, dtype=torch.bool)

    def step() -> float:
        first, second = (functional.normalize(apply(view), dim=1) for view in views)
        value = loss(first, second, partners, itself)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.item()

    seconds = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    median = statistics.median(seconds[1:])
    return {
        "variant": variant, "version": torch.__version__, "threads": torch.get_num_threads(), "pairs": pairs,
        "runs": runs, "medianSeconds": median, "viewsPerSecond": 2 * pairs / median, "peakBytes": peak_bytes(device),
        "device": torch.cuda.get_device_name(device) if device != "cpu" else "cpu"}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--variant", choices=VARIANTS + ROUNDED, required=True)
    parser.add_argument("--pairs", type=int, default=482)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, help="else PyTorch's own choice")
    parser.add_argument("--device", default="cpu", help="as PyTorch names it: cpu, cuda")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    print(json.dumps(measure(options.variant, options.pairs, options.runs, options.device)))
