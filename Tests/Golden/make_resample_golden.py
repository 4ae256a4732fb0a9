#!/usr/bin/env python3
"""Makes resample.safetensors: images through Pillow's resize and affine transform, for Tests/PureTests/Imaging.

Needs numpy, safetensors and a pillow before 13 (made with 11.3.0): from 13 on `resize` takes tall images columns first,
and parts by 1 from the pillow of the paper and from ours. Run from anywhere; writes beside itself.

Cases, each three tensors: `<kind>.<n>.in` and `<kind>.<n>.out` (uint8, rows x columns), and `<kind>.<n>.of`:
  resize   [width, height]                         of the output (int64)
  crop     [x, y, width, height, width, height]    of the crop, then of the output (int64)
  affine   the six numbers of the inverse matrix, as torchvision of 2020 makes it, then the fill (float64)
  view     [angle, shift x, shift y, crop x, y, width, height, size] (float64): RandomAffine, RandomResizedCrop, 1 - x
  grey     nothing; `.in` is a PNG file, `.out` its mode L, on white where it is transparent
  jpeg     nothing; `.in` is a JPEG file, `.out` its luma
"""
import io
import math
import pathlib

import numpy as np
import PIL
from PIL import Image
from safetensors.numpy import save_file

rng = np.random.default_rng(20)
tensors = {}


def add(kind, image, out, numbers):
    case = f"{kind}.{sum(k.startswith(kind + '.') and k.endswith('.out') for k in tensors)}"
    tensors[case + ".in"] = np.asarray(image)
    tensors[case + ".out"] = np.asarray(out)
    tensors[case + ".of"] = np.asarray(numbers)


def noise(width, height):
    return Image.fromarray(rng.integers(0, 256, (height, width), dtype=np.uint8))


def drawing(size=105):
    """Black strokes on white, as in Omniglot."""
    pixels = np.full((size, size), 255, np.uint8)
    place = rng.uniform(0.3, 0.7, 2) * size
    heading = rng.uniform(0, 2 * math.pi)
    for _ in range(3 * size):
        heading += rng.normal(0, 0.15)
        place = np.clip(place + (math.cos(heading), math.sin(heading)), 2, size - 3)
        x, y = place.astype(int)
        pixels[y - 1:y + 2, x - 1:x + 2] = 0
    return Image.fromarray(pixels)


def inverse_affine(size, angle, translate):
    """_get_inverse_affine_matrix of torchvision 0.6 without scale and shear."""
    cx, cy = size[0] * 0.5 + 0.5, size[1] * 0.5 + 0.5
    a, b = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    m = [a, b, 0.0, -b, a, 0.0]
    m[2] += m[0] * (-cx - translate[0]) + m[1] * (-cy - translate[1]) + cx
    m[5] += m[3] * (-cx - translate[0]) + m[4] * (-cy - translate[1]) + cy
    return m


def affine(image, matrix, fill):
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST, fillcolor=fill)


def resize(image, width, height):
    return image.resize((width, height), Image.Resampling.BILINEAR)


assert int(PIL.__version__.split(".")[0]) < 13, PIL.__version__

for source, (width, height) in [
    (drawing(), (28, 28)), (noise(61, 67), (28, 28)), (noise(28, 28), (28, 28)),
    (noise(13, 17), (28, 28)), (noise(1, 1), (5, 3)), (noise(1, 50), (7, 7)), (noise(61, 3), (1, 1)),
    (noise(29, 27), (28, 28)), (noise(64, 40), (32, 10)), (Image.new("L", (47, 31), 255), (28, 28)),
    (noise(300, 2), (7, 2)), (noise(33, 6), (33, 3)), (noise(6, 33), (3, 33)),
]:
    add("resize", source, resize(source, width, height), [width, height])

for size, x, y, width, height in [(70, 3, 7, 65, 61), (50, 0, 0, 50, 50), (50, 8, 0, 42, 50), (60, 30, 25, 20, 31)]:
    source = noise(size, size)
    add("crop", source, resize(source.crop((x, y, x + width, y + height)), 28, 28), [x, y, width, height, 28, 28])

for size, angle, shift, fill in [
    ((70, 70), 7.3, (4, -7), 0), ((50, 50), -9.99, (-5, 5), 255), ((50, 50), 0.0, (3, -2), 17),
    ((50, 50), 0.01, (0, 0), 0), ((40, 31), 45.0, (0, 5), 0), ((31, 40), 123.0, (2, 1), 9), ((17, 17), 180.0, (0, 0), 0),
]:
    source = noise(*size)
    matrix = inverse_affine(size, angle, shift)
    add("affine", source, affine(source, matrix, fill), matrix + [float(fill)])

for angle, dx, dy, crop in [
    (8.25, 6, -3, (2, 5, 99, 97)), (-4.5, -10, 10, (0, 0, 105, 97)),
]:
    source = drawing()
    turned = affine(source, inverse_affine(source.size, angle, (dx, dy)), 0)
    x, y, width, height = crop
    view = 255 - np.asarray(resize(turned.crop((x, y, x + width, y + height)), 28, 28))
    add("view", source, view, [float(n) for n in (angle, dx, dy, *crop, 28)])


def on_white(image):
    """What is seen of `image` on white paper."""
    layer = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(layer.convert("RGB"), mask=layer.getchannel("A"))
    return paper


colour = rng.integers(0, 256, (9, 11, 4), dtype=np.uint8)
palette = Image.fromarray(colour[..., :3].copy()).quantize(16)
palette.info["transparency"] = 3
for image in [
    Image.fromarray(colour[..., :3].copy()), Image.fromarray(colour), Image.fromarray(colour[..., :3].copy()).quantize(16),
    Image.fromarray(colour[..., 0] > 127), Image.fromarray(colour[..., 0].copy()),
    Image.fromarray(colour[..., :2].copy(), "LA"), palette,
]:
    file = io.BytesIO()
    image.save(file, "png")
    add("grey", np.frombuffer(file.getvalue(), np.uint8), on_white(image).convert("L"), np.zeros(0))

smooth = resize(noise(5, 4), 37, 29)
for image, options in [
    (smooth, {"quality": 90}), (smooth, {"quality": 50, "progressive": True}),
    (Image.merge("RGB", [resize(noise(5, 4), 37, 29) for _ in range(3)]), {"quality": 90, "subsampling": "4:2:0"}),
]:
    file = io.BytesIO()
    image.save(file, "jpeg", **options)
    decoded = Image.open(file)
    decoded.draft("L", decoded.size)
    assert decoded.mode == "L"
    add("jpeg", np.frombuffer(file.getvalue(), np.uint8), decoded, np.zeros(0))

path = pathlib.Path(__file__).with_name("resample.safetensors")
save_file(tensors, path)
path.chmod(0o644)
