#!/usr/bin/env python3
"""Makes operations.safetensors: single operations with their gradients in the engine's layout, from float64.

Images are [N,H,W,C]. A filter is [R,S,C,K]; that of a transposed convolution is the filter [R,S,C,K] of the convolution
whose input gradient it is: K channels in, C channels out.
"""
import torch
from torch.nn import functional

from storage import rows_last, write

# Name -> (N, H, W, C, K, R, S, stride, padding, bias)
CONVOLUTIONS = {
    "plain": (2, 5, 6, 3, 4, 3, 3, 1, 0, True), "padded": (2, 7, 7, 3, 5, 3, 3, 1, 1, True),
    "strided": (2, 8, 7, 2, 3, 3, 3, 2, 1, False), "wide": (1, 9, 10, 2, 3, 5, 3, 3, 2, True),
    "pointwise": (3, 4, 4, 5, 2, 1, 1, 1, 0, False)}
# Name -> (N, P, Q, K in, C out, R, S, stride, padding, output padding, bias)
TRANSPOSED = {
    "plain": (2, 3, 3, 4, 3, 3, 3, 2, 0, 0, False), "outputPadded": (2, 4, 5, 3, 2, 3, 3, 2, 1, 1, False),
    "unstrided": (2, 6, 5, 3, 1, 3, 3, 1, 1, 0, True), "wide": (1, 3, 4, 2, 3, 4, 5, 3, 2, 2, True)}
# Name -> (N, H, W, C, window, stride)
POOLS = {"floored": (2, 7, 7, 3, 2, 2), "even": (2, 6, 4, 2, 2, 2), "overlapping": (1, 8, 7, 2, 3, 2)}


def laid_out(key: str, tensor):
    """The tensor as the file has it: images channels last, filters [K,C,R,S] -> [R,S,C,K] (both roles alike)."""
    if key.endswith("filter"):
        return tensor.permute(2, 3, 1, 0)
    return rows_last(tensor) if tensor.dim() == 4 else tensor


def record(name: str, function, inputs: dict, constants: dict | None = None) -> dict:
    """Inputs, output, an upstream gradient, and with it the gradient of each input."""
    exact = {key: value.double().requires_grad_() for key, value in inputs.items()}
    output = function(*exact.values())
    upstream = torch.randn(output.shape)
    out = {f"{name}.{key}": laid_out(key, value) for key, value in (inputs | (constants or {})).items()}
    out[f"{name}.output"] = laid_out("output", output)
    out[f"{name}.upstream"] = laid_out("upstream", upstream)
    for key, gradient in zip(exact, torch.autograd.grad(output, list(exact.values()), upstream.double())):
        out[f"{name}.gradient.{key}"] = laid_out(key, gradient)
    return out


def convolutions() -> dict:
    out = {}
    for name, (n, h, w, c, k, r, s, stride, padding, bias) in CONVOLUTIONS.items():
        inputs = {"input": torch.randn(n, c, h, w), "filter": torch.randn(k, c, r, s)}
        inputs |= {"bias": torch.randn(k)} if bias else {}
        settings = {"stride": stride, "padding": padding}
        out |= record(f"convolution.{name}", lambda *x: functional.conv2d(*x, **settings), inputs)
        out[f"convolution.{name}.strideAndPadding"] = torch.tensor([stride, padding], dtype=torch.int32)
    for name, (n, p, q, k, c, r, s, stride, padding, extra, bias) in TRANSPOSED.items():
        inputs = {"input": torch.randn(n, k, p, q), "filter": torch.randn(k, c, r, s)}
        inputs |= {"bias": torch.randn(c)} if bias else {}
        settings = {"stride": stride, "padding": padding, "output_padding": extra}
        out |= record(f"transposedConvolution.{name}", lambda *x: functional.conv_transpose2d(*x, **settings), inputs)
        numbers = torch.tensor([stride, padding, extra], dtype=torch.int32)
        out[f"transposedConvolution.{name}.strideAndPaddings"] = numbers
    return out


def batch_normalizations() -> dict:
    out = {}
    for name, shape in (("images", (3, 4, 5, 2)), ("rows", (6, 4)), ("shifted", (3, 2, 4, 4))):
        channels = shape[1]
        x = 2 * torch.randn(shape) + (100 if name == "shifted" else 1)
        inputs = {"input": x, "scale": torch.rand(channels) + 0.5, "shift": torch.randn(channels)}
        mean, variance = torch.randn(channels), torch.rand(channels) + 0.5
        constants = {"runningMean": mean, "runningVariance": variance}
        after = mean.double(), variance.double()

        def training(x, scale, shift):
            return functional.batch_norm(x, *after, scale, shift, training=True, momentum=0.1, eps=1e-5)

        def inference(x, scale, shift):
            return functional.batch_norm(x, mean.double(), variance.double(), scale, shift, training=False, eps=1e-5)

        out |= record(f"batchNormalization.training.{name}", training, inputs, constants)
        out[f"batchNormalization.training.{name}.runningMean.after"] = after[0]
        out[f"batchNormalization.training.{name}.runningVariance.after"] = after[1]
        out |= record(f"batchNormalization.inference.{name}", inference, inputs, constants)
    return out


def pools() -> dict:
    out = {}
    for name, (n, h, w, c, window, stride) in POOLS.items():
        size = torch.tensor([window, stride], dtype=torch.int32)
        tied = torch.randint(-2, 3, (n, c, h, w)).float()  # a tie goes to the first in row order
        x = {"maximum": torch.randn(n, c, h, w), "maximum.tied": tied, "average": torch.randn(n, c, h, w)}
        for kind, image in x.items():
            pool = functional.avg_pool2d if kind == "average" else functional.max_pool2d
            out |= record(f"pool.{kind}.{name}", lambda x: pool(x, window, stride), {"input": image})
            out[f"pool.{kind}.{name}.windowAndStride"] = size
    return out


def rowwise() -> dict:
    rows = torch.cat([torch.randn(3, 6), 200 * torch.randn(2, 6), torch.full((1, 6), 1e4), torch.full((1, 6), -1e4)])
    out = record("logSumExp", lambda x: x.logsumexp(1), {"input": rows})
    out |= record("softmax", lambda x: x.softmax(1), {"input": rows})
    lengths = torch.cat([torch.randn(4, 6), 1e3 * torch.randn(2, 6)])
    return out | record("l2Normalize", functional.normalize, {"input": lengths})


def elementwise() -> dict:
    x = torch.tensor([-100, -30, -20, -5, -1, -1e-3, 0, 1e-3, 0.5, 2, 8, 20, 30, 100])
    out = {}
    for name in ("sigmoid", "tanh", "softplus", "relu"):
        function = (lambda x: functional.softplus(x, threshold=1e3)) if name == "softplus" else getattr(torch, name)
        out |= record(name, function, {"input": x})
    targets = torch.tensor([0, 1, 0.5, 0, 1, 0.25, 0, 1, 0.75, 0, 1, 0, 1, 0.5])
    each = functional.binary_cross_entropy_with_logits
    out |= record("binaryCrossEntropy", lambda l, t: each(l, t, reduction="none"), {"logits": x, "targets": targets})
    out |= record("binaryCrossEntropy.mean", each, {"logits": x, "targets": targets})
    return out


def main():
    torch.manual_seed(13)
    tensors = convolutions() | batch_normalizations() | pools() | rowwise() | elementwise()
    write("operations", {n: v.float() if v.dtype == torch.float64 else v for n, v in tensors.items()},
          layout="images [N,H,W,C], filters [R,S,C,K]",
          transposedConvolution="filter [R,S,C,K] of the convolution whose input gradient it is: K in, C out",
          names="<operation>.<case>.<input>, .output, .upstream (the gradient of the output), .gradient.<input>",
          pools="a tie goes to the first in row order; `strideAndPaddings` ends with the output padding")


if __name__ == "__main__":
    main()
