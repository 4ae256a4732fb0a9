"""Every objective of the paper and of its authors' code as a minimised loss, under the name it has in a configuration.

z1 and z2 are the features of the two views (X is view 1, S is view 2), r1 = R(z1), r2 = R(z2) the reconstructions
(logits), s1 and s2 the images. `infoNCE` takes raw features; everything else, the reconstructor too, unit vectors.
"""
import math

import torch
from torch.nn import functional


def info_nce(z1, z2):
    """Equation 1: plain dot products, X to S only, the positive and 1/n inside the sum; minus the bracket."""
    logits = z1 @ z2.t()
    return -(logits.diagonal() - logits.logsumexp(1) + math.log(len(z1))).mean()


def nt_xent(z1, z2, temperature=0.1):
    """Both directions and both views' negatives: 2B - 1 terms in each denominator, mean over 2B."""
    both = torch.cat([z1, z2])
    logits = both @ both.t() / temperature
    logits = logits.masked_fill(torch.eye(len(both), dtype=torch.bool), -math.inf)
    positive = (z1 * z2).sum(1).repeat(2) / temperature
    return (logits.logsumexp(1) - positive).mean()


def jensen_shannon(z1, z2, temperature=0.1):
    """The code's Jensen-Shannon form: matching pairs against all others, each block without its own diagonal."""
    count = len(z1)
    others = ~torch.eye(count, dtype=torch.bool)
    cross, first, second = (a @ b.t() / temperature for a, b in ((z1, z2), (z1, z1), (z2, z2)))
    matching = -functional.softplus(-cross.diagonal()).mean()
    unmatched = [functional.softplus(block[others]).mean() for block in (first, second, cross)]
    return (unmatched[0] + unmatched[1] + 2 * unmatched[2]) / 4 - matching


def element_mean(z1, z2):
    """The code's inverse predictive loss: twice the mean squared error over all elements."""
    return functional.mse_loss(z1, z2) + functional.mse_loss(z2, z1)


def squared_norm(z1, z2):
    """Equation 3: the mean over the batch of the squared distance."""
    return (z1 - z2).square().sum(1).mean()


def squared_error(r, s):
    """Equation 2: the mean over the batch of the squared distance, summed over pixels."""
    return (r - s).square().flatten(1).sum(1).mean()


def squared_error_mean(r, s):
    """Equation 2 with the mean over pixels in place of their sum (for comparison; no configuration kind)."""
    return functional.mse_loss(r, s)


def binary_cross_entropy(r, s):
    return functional.binary_cross_entropy_with_logits(r, s)


def reversed_binary_cross_entropy(r, s):
    """Arguments swapped as in the authors' code: softplus(s) - s r, unbounded below."""
    return functional.binary_cross_entropy_with_logits(s, r)


def squared_error_in_logits(r, s):
    return functional.mse_loss(r, torch.logit(s.clamp(1e-4, 1 - 1e-4)))


CONTRASTIVE = {"infoNCE": info_nce, "ntXent": nt_xent, "jensenShannon": jensen_shannon}
INVERSE = {"elementMean": element_mean, "squaredNorm": squared_norm}
FORWARD = {
    "squaredError": squared_error, "squaredErrorMean": squared_error_mean, "binaryCrossEntropy": binary_cross_entropy,
    "reversedBinaryCrossEntropy": reversed_binary_cross_entropy, "squaredErrorInLogits": squared_error_in_logits}


def cross_view(kind, r1, r2, s1, s2):
    """A forward predictive loss across views: R(z1) against view 2 plus R(z2) against view 1."""
    return FORWARD[kind](r1, s2) + FORWARD[kind](r2, s1)
