"""The paper's Omniglot encoder and reconstructor in PyTorch, their random weights, and images to feed them.

Written from the description of the architecture, with the names of the paper's code: `f.0.weight` ... `f.16.bias` for
the encoder, the same under the prefix `recon.` for the reconstructor.
"""
import torch
from torch import nn
from torch.nn import functional

FEATURES = 1024
STEM_BIASES = ("f.0.bias", "f.3.bias", "f.7.bias", "f.11.bias")  # they feed a batch norm: the true gradient is zero


class Encoder(nn.Module):
    """`omniglot-28`: [N,1,28,28] -> [N,1024], not normalised."""

    def __init__(self, channels: int):
        super().__init__()
        layers, before = [], 1
        for block in range(4):
            layers += [nn.Conv2d(before, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if block > 0 else []
            before = channels
        self.f = nn.Sequential(*layers, nn.Flatten(), nn.Linear(9 * channels, FEATURES))

    def forward(self, images):
        return self.f(images)


class Reconstructor(nn.Module):
    """Unit features [N,1024] -> logits of the other view [N,1,28,28]."""

    def __init__(self, channels: int):
        super().__init__()
        c = channels
        layers = [nn.Linear(FEATURES, 9 * c, bias=False), nn.BatchNorm1d(9 * c), nn.ReLU(), nn.Unflatten(1, (c, 3, 3))]
        for padding in (0, 1, 1):  # 3 -> 7 -> 14 -> 28
            layers += [nn.ConvTranspose2d(c, c, 3, stride=2, padding=padding, output_padding=padding, bias=False)]
            layers += [nn.BatchNorm2d(c), nn.ReLU()]
        self.f = nn.Sequential(*layers, nn.ConvTranspose2d(c, 1, 3, padding=1))

    def forward(self, features):
        return self.f(features)


class Model(nn.Module):
    """Encoder and reconstructor under the names they have on disk."""

    def __init__(self, channels: int):
        super().__init__()
        self.f = Encoder(channels).f
        self.recon = Reconstructor(channels)

    def forward(self, images):
        return self.f(images)


def unit(features):
    return functional.normalize(features, dim=1)


def random_model(channels: int, seed: int) -> Model:
    """PyTorch's default initialization, but batch norms get random scales, shifts and statistics, and a count of 5."""
    torch.manual_seed(seed)
    model = Model(channels)
    for layer in model.modules():
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.2)
            nn.init.normal_(layer.running_mean, 0, 0.2)
            nn.init.uniform_(layer.running_var, 0.5, 1.5)
            layer.num_batches_tracked.fill_(5)
    return model


def random_images(count: int, seed: int, size: int = 28):
    """Soft strokes on paper, [N,1,size,size] in [0,1]: much of it exactly 0, some of it exactly 1."""
    draw = torch.Generator().manual_seed(seed)
    row = torch.arange(size, dtype=torch.float32).view(1, size, 1)
    column = torch.arange(size, dtype=torch.float32).view(1, 1, size)
    ink = torch.zeros(count, size, size)
    for _ in range(5):
        centre = (torch.rand(count, 2, 1, 1, generator=draw) * 0.7 + 0.15) * size
        angle = torch.rand(count, 1, 1, generator=draw) * torch.pi
        length = size * (0.1 + 0.2 * torch.rand(count, 1, 1, generator=draw))
        y, x = row - centre[:, 0], column - centre[:, 1]
        along, across = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
        ink += (-(along / length) ** 2 - (across / 1.2) ** 2).exp()
    return (1.3 * ink - 0.15).clamp(0, 1).unsqueeze(1).contiguous()


def random_pairs(count: int, seed: int):
    """Two views of each image: the second is shifted by up to two pixels, dimmed, and roughened where there is ink."""
    first = random_images(count, seed)
    draw = torch.Generator().manual_seed(seed + 1)
    second = torch.empty_like(first)
    for index in range(count):
        shift = torch.randint(-2, 3, (2,), generator=draw).tolist()
        second[index] = first[index].roll(shift, (1, 2))
    gain = 0.75 + 0.5 * torch.rand(count, 1, 1, 1, generator=draw)
    rough = 1 + 0.2 * torch.randn(second.shape, generator=draw)
    return first, (second * gain * rough).clamp(0, 1)
