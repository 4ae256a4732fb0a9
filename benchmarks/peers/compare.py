#!/usr/bin/env python3
"""Diptych beside its peers: each in turn, a process for each turn, and the ratio of the medians of several rounds.

    benchmarks/peers/compare.py step       the training step against PyTorch's fastest variant, which is found first
    benchmarks/peers/compare.py product    matrix products against OpenBLAS

`make peers` installs the peers. The machine's speed changes from minute to minute: turns cancel that, single runs do not.
"""
import argparse
import os
import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE / ".venv/bin/python"
sys.path.insert(0, str(HERE.parent))
from run import diptych, keep, output, step  # noqa: E402

VARIANTS = ("plain", "channels_last", "compile", "channels_last+compile")
SIZES = (1024, 2048)


def peer(script: str, *words: str) -> dict:
    """What a peer's script prints. OpenBLAS chooses its kernels by itself."""
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is missing; make peers")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    return output([PYTHON, HERE / script, *words], environment)


def median(rows: list, name: str) -> float:
    return statistics.median(row[name] for row in rows)


def compare_steps(device: str, rounds: int, runs: int) -> None:
    def pytorch(variant: str, steps: int) -> dict:
        return peer(
            "pytorch_step.py", "--variant", variant, "--runs", str(steps), "--threads", str(os.cpu_count()))

    def tell(name: str, row: dict) -> None:
        print(f"{name:30} {row['viewsPerSecond']:7.1f} views/s {row['peakBytes'] >> 20:6} MiB", flush=True)

    variants = []
    for variant in VARIANTS:
        variants.append(pytorch(variant, runs))
        tell(f"PyTorch, {variant}", variants[-1])
    fastest = max(variants, key=lambda row: row["viewsPerSecond"])["variant"]
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(pytorch(fastest, runs))
        tell(f"PyTorch, {fastest}", theirs[-1])
        ours.append(step(device, runs))
        tell("Diptych", ours[-1])
    speed = median(ours, "viewsPerSecond") / median(theirs, "viewsPerSecond")
    memory = median(ours, "peakBytes") / median(theirs, "peakBytes")
    print(f"Diptych over PyTorch: {speed:.2f} x the views/s, {memory:.2f} x the peak resident memory")
    for row in ours:
        del row["kernels"]
    keep("step-beside-pytorch", {
        "device": ours[0]["device"], "driver": ours[0]["driver"], "speedRatio": speed, "memoryRatio": memory,
        "fastestVariant": fastest, "variants": variants, "pytorch": theirs, "diptych": ours})


def compare_products(device: str, rounds: int, runs: int) -> None:
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(peer("openblas_product.py", *map(str, SIZES), "--runs", str(runs)))
        ours.append(diptych(
            "bench", "kernels", "--operation", "matrixProduct", "--device", device, "--runs", str(runs)))
    library = f"OpenBLAS {theirs[0]['version']}, kernels {theirs[0]['kernels']}, {theirs[0]['threads']} threads"
    ratios = []
    for size in SIZES:
        shape = f"[{size}, {size}] [{size}, {size}]"
        own = [row for result in ours for row in result["kernels"] if row["shape"] == shape]
        other = [row for result in theirs for row in result["products"] if row["size"] == size]
        ratios.append({
            "size": size, "ratio": median(own, "gigaflops") / median(other, "gigaflops"),
            "shareOfCeiling": median(own, "share"), "diptychGigaflops": [row["gigaflops"] for row in own],
            "openBLASGigaflops": [row["gigaflops"] for row in other]})
        print(f"{size} cubed: {ratios[-1]['ratio']:.2f} x {library}; {ratios[-1]['shareOfCeiling']:.2f} of the ceiling")
    keep("product-beside-openblas", {
        "device": ours[0]["device"], "driver": ours[0]["driver"], "openBLAS": library, "runs": runs, "products": ratios})


COMPARISONS = {"step": (compare_steps, 5), "product": (compare_products, 20)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comparison", choices=COMPARISONS)
    parser.add_argument("--device", default="auto", help="as for the program")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--runs", type=int, help="runs within a turn, of which the median counts")
    options = parser.parse_args()
    compare, runs = COMPARISONS[options.comparison]
    compare(options.device, options.rounds, options.runs or runs)
