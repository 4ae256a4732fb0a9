"""Square float32 matrix products by the OpenBLAS that comes with NumPy; prints one line of JSON."""
import argparse
import json
import statistics
import time

import numpy
import threadpoolctl


def measure(size: int, runs: int) -> dict:
    generator = numpy.random.default_rng(0)
    a, b = (generator.uniform(-1, 1, (size, size)).astype(numpy.float32) for _ in range(2))
    y = numpy.empty_like(a)
    seconds = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        numpy.matmul(a, b, out=y)
        seconds.append(time.perf_counter() - begin)
    median = statistics.median(seconds[1:])
    return {"size": size, "medianSeconds": median, "gigaflops": 2e-9 * size**3 / median}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    products = [measure(size, options.runs) for size in options.sizes]
    (library,) = (row for row in threadpoolctl.threadpool_info() if row["internal_api"] == "openblas")
    print(json.dumps({
        "version": library["version"], "kernels": library["architecture"], "threads": library["num_threads"],
        "products": products}))
