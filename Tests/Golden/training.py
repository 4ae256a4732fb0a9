"""Training steps as the paper's code takes them, for any weighted sum of objectives."""
import torch

from model import STEM_BIASES, Model, unit
from objectives import CONTRASTIVE, INVERSE, cross_view

# Name of a run -> its terms: family -> (weight, kind). The families and kinds are those of a configuration.
RUNS = {
    "infoNCE": {"contrastive": (1, "infoNCE")},
    "ntXent": {"contrastive": (1, "ntXent")},
    "jensenShannon": {"contrastive": (1, "jensenShannon")},
    "ntXent+elementMean": {"contrastive": (1, "ntXent"), "inversePredictive": (10, "elementMean")},
    "ntXent+squaredNorm": {"contrastive": (1, "ntXent"), "inversePredictive": (0.3, "squaredNorm")},
    "squaredError": {"forwardPredictive": (1, "squaredError")},
    "squaredErrorMean": {"forwardPredictive": (1, "squaredErrorMean")},
    "binaryCrossEntropy": {"forwardPredictive": (1, "binaryCrossEntropy")},
    "reversedBinaryCrossEntropy": {"forwardPredictive": (1, "reversedBinaryCrossEntropy")},
    "squaredErrorInLogits": {"forwardPredictive": (1, "squaredErrorInLogits")},
    "ntXent+squaredErrorInLogits+elementMean": {
        "contrastive": (1, "ntXent"), "forwardPredictive": (0.005, "squaredErrorInLogits"),
        "inversePredictive": (1, "elementMean")},
}


def overrides(terms: dict) -> list:
    """The terms as dotted overrides of a configuration; a family that is not named gets the weight 0."""
    lines = []
    for family, label in (("contrastive", "kind"), ("forwardPredictive", "kind"), ("inversePredictive", "scale")):
        weight, kind = terms.get(family, (0, None))
        lines.append(f"objective.{family}.weight={weight}")
        lines += [f"objective.{family}.{label}={kind}"] if kind else []
    return lines


def evaluate(model: Model, view1, view2, terms: dict) -> dict:
    """Each term unweighted under its family's name, their weighted sum as `loss`; two encoder calls, view 1 first."""
    raw1, raw2 = model(view1), model(view2)
    z1, z2 = unit(raw1), unit(raw2)
    values = {}
    for family, (_, kind) in terms.items():
        if family == "contrastive":
            values[family] = CONTRASTIVE[kind](*((raw1, raw2) if kind == "infoNCE" else (z1, z2)))
        elif family == "inversePredictive":
            values[family] = INVERSE[kind](z1, z2)
        else:
            values[family] = cross_view(kind, model.recon(z1), model.recon(z2), view1, view2)
    values["loss"] = sum(weight * values[family] for family, (weight, _) in terms.items())
    return values


def train(model: Model, view1, view2, terms: dict, rate: float, steps: int = 10, batch: int = 24) -> dict:
    """Trains `model` in place with Adam on the next `batch` pairs of each step, wrapping around.

    Returns every term of every step, and under `gradients` those of the first step.
    """
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-6)
    record = {"loss": [], **{family: [] for family in terms}}
    for step in range(steps):
        rows = (torch.arange(batch) + step * batch) % len(view1)
        values = evaluate(model, view1[rows], view2[rows], terms)
        optimizer.zero_grad()
        values["loss"].backward()
        if step == 0:
            gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        optimizer.step()
        for name, value in values.items():
            record[name].append(value.detach())
    return {**{name: torch.stack(values) for name, values in record.items()}, "gradients": gradients}


def trained_names(model: Model, terms: dict) -> list:
    """What such a training writes: the reconstructor only where there is a forward predictive term."""
    return [n for n in model.state_dict() if "forwardPredictive" in terms or not n.startswith("recon.")]


def weight_vector(weights: dict, names):
    """All trainable weights as one float64 vector, without the convolution biases whose true gradient is zero."""
    left_out = ("running_mean", "running_var", "num_batches_tracked")
    parts = [weights[n] for n in sorted(names) if n not in STEM_BIASES and not n.endswith(left_out)]
    return torch.cat([part.detach().double().flatten() for part in parts])


def distance(found, wanted) -> float:
    """The norm of the difference over the norm of `wanted`."""
    return ((found - wanted).norm() / wanted.norm()).item()
