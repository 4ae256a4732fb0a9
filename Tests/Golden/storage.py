"""Writes golden tensors as safetensors beside this file, with what they are in the metadata."""
import json
import pathlib

import torch
from safetensors.torch import save

FOLDER = pathlib.Path(__file__).resolve().parent


def write(name: str, tensors: dict, **metadata: str):
    torch_version = torch.__version__.split("+")[0]
    path = FOLDER / f"{name}.safetensors"
    tensors = {key: value.detach().contiguous().clone() for key, value in tensors.items()}
    path.write_bytes(with_sorted_metadata(save(tensors, {"made_with": f"torch {torch_version}", **metadata})))
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


def with_sorted_metadata(file: bytes) -> bytes:
    """The same file with its metadata in order, so that the same tensors are the same bytes."""
    end = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + file[end:]


def both(name: str, value) -> dict:
    """A float64 result under its name, rounded to float32, and whole under `name.float64`."""
    return {name: value.detach().float(), f"{name}.float64": value.detach().double()}


def rows_last(images):
    """[N,C,H,W] -> [N,H,W,C]."""
    return images.permute(0, 2, 3, 1)
