"""Losses of pairs and triplets of vectors: triplet, contrastive, ranking."""

import numpy as np
from corpus.case import Case


def make_triplets(rng, n=7, d=3, margin=1.0):
    """The negatives of every second triplet are far away."""
    anchor = rng.normal(size=(n, d))
    away = np.where(np.arange(n) % 2, 4.0, 0.3)[:, None]
    return anchor, anchor + 0.8 * rng.normal(size=(n, d)), anchor + away * rng.choice([-1, 1], size=(n, d)), margin


def make_pairs(rng, n=7, d=3, margin=2.0):
    """(every second pair is of one class; every third is far apart)"""
    a = rng.normal(size=(n, d))
    away = np.where(np.arange(n) % 3, 0.4, 3.0)[:, None]
    return a, a + away * rng.choice([-1, 1], size=(n, d)) + 0.1 * rng.normal(size=(n, d)), np.arange(n) % 2, margin


def make_rank(rng, n=11):
    return rng.normal(size=n), rng.normal(size=n), rng.choice([-1.0, 1.0], size=n)


# --- triplets ---------------------------------------------------------------------------------------------------------


def triplet(anchor, positive, negative, margin):
    dp = np.sum((anchor - positive) ** 2, axis=1)
    dn = np.sum((anchor - negative) ** 2, axis=1)
    return np.mean(np.maximum(dp - dn + margin, 0))


def triplet_grads(anchor, positive, negative, margin):
    dp = np.sum((anchor - positive) ** 2, axis=1)
    dn = np.sum((anchor - negative) ** 2, axis=1)
    on = (dp - dn + margin > 0)[:, None] * 2.0 / len(anchor)
    return on * (negative - positive), on * (positive - anchor), on * (anchor - negative)


def triplet_grads_all_active(anchor, positive, negative, margin):
    k = 2.0 / len(anchor)
    return k * (negative - positive), k * (positive - anchor), k * (anchor - negative)


def triplet_grads_anchor_half(anchor, positive, negative, margin):
    dp = np.sum((anchor - positive) ** 2, axis=1)
    dn = np.sum((anchor - negative) ** 2, axis=1)
    on = (dp - dn + margin > 0)[:, None] * 2.0 / len(anchor)
    d_anchor = on * (anchor - positive)
    return d_anchor, on * (positive - anchor), on * (anchor - negative)


def triplet_grads_swapped(anchor, positive, negative, margin):
    dp = np.sum((anchor - positive) ** 2, axis=1)
    dn = np.sum((anchor - negative) ** 2, axis=1)
    on = (dp - dn + margin > 0)[:, None] * 2.0 / len(anchor)
    d_positive, d_negative = on * (positive - anchor), on * (anchor - negative)
    return on * (negative - positive), d_negative, d_positive


def triplet_grads_negative_sign(anchor, positive, negative, margin):
    dp = np.sum((anchor - positive) ** 2, axis=1)
    dn = np.sum((anchor - negative) ** 2, axis=1)
    on = (dp - dn + margin > 0)[:, None] * 2.0 / len(anchor)
    d_negative = on * (negative - anchor)
    return on * (negative - positive), on * (positive - anchor), d_negative


# --- pairs ------------------------------------------------------------------------------------------------------------


class Contrastive:
    """same = 1: d^2;  same = 0: max(margin - d, 0)^2."""

    def forward(self, a, b, same, margin):
        self.same, self.margin = same, margin
        self.diff = a - b
        self.d = np.sqrt(np.sum(self.diff**2, axis=1))
        self.slack = np.maximum(margin - self.d, 0)
        return np.mean(same * self.d**2 + (1 - same) * self.slack**2)

    def backward(self):
        n = len(self.d)
        pull = 2 * self.same[:, None] * self.diff / n
        push = -2 * ((1 - self.same) * self.slack / self.d)[:, None] * self.diff / n
        return pull + push, -(pull + push)


class ContrastiveNoDirection(Contrastive):
    def backward(self):
        n = len(self.d)
        pull = 2 * self.same[:, None] * self.diff / n
        push = -2 * ((1 - self.same) * self.slack)[:, None] * self.diff / n
        return pull + push, -(pull + push)


class ContrastiveSameSign(Contrastive):
    def backward(self):
        n = len(self.d)
        pull = 2 * self.same[:, None] * self.diff / n
        push = -2 * ((1 - self.same) * self.slack / self.d)[:, None] * self.diff / n
        return pull + push, pull + push


class ContrastiveUnclipped(Contrastive):
    def backward(self):
        n = len(self.d)
        pull = 2 * self.same[:, None] * self.diff / n
        slack = self.margin - self.d
        push = -2 * ((1 - self.same) * slack / self.d)[:, None] * self.diff / n
        return pull + push, -(pull + push)


class ContrastiveOneOutput(Contrastive):
    def backward(self):
        n = len(self.d)
        pull = 2 * self.same[:, None] * self.diff / n
        push = -2 * ((1 - self.same) * self.slack / self.d)[:, None] * self.diff / n
        return pull + push


def ranking(s1, s2, t):
    return np.sum(np.maximum(0, 0.5 - t * (s1 - s2)))


def ranking_gradient(s1, s2, t):
    g = np.where(0.5 - t * (s1 - s2) > 0, -t, 0.0)
    return g, -g


def ranking_gradient_returns_list_of_pairs(s1, s2, t):
    g = np.where(0.5 - t * (s1 - s2) > 0, -t, 0.0)
    return np.stack([g, -g], axis=1)


def case(name, layer, forward, backward, kind="", argument="", site="", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, right=not kind, kind=kind, argument=argument,
        site=site, **more
    )  # fmt: skip


def three(name, backward, *mistake, **more):
    return case(
        f"triplet-{name}",
        "triplet loss",
        triplet,
        backward,
        *mistake,
        style="gradient",
        make=make_triplets,
        static=(3,),
        **more,
    )


def pairs(name, forward, *mistake, **more):
    return case(f"contrastive-{name}", "contrastive loss", forward, "backward", *mistake, style="class", make=make_pairs,
                static=(2, 3), **more)  # fmt: skip


CASES = [
    three("active", triplet_grads),
    three("inactive-too", triplet_grads_all_active, "mask-forgotten", "anchor", "k = 2.0 / len(anchor)", also=("clip-ignored",)),
    three("anchor-half", triplet_grads_anchor_half, "path-dropped", "anchor", "d_anchor = on * (anchor - positive)"),
    three("swapped", triplet_grads_swapped, "swapped-outputs", "positive", "d_negative, d_positive\n"),
    three("negative-sign", triplet_grads_negative_sign, "sign", "negative", "(negative - anchor)"),
    pairs("class", Contrastive),
    pairs("distance-not-divided", ContrastiveNoDirection, "wrong-operand", "a", "(1 - self.same) * self.slack)",
          also=("factor",)),
    pairs("same-sign", ContrastiveSameSign, "sign", "b", "return pull + push, pull + push"),
    pairs("slack-not-clipped", ContrastiveUnclipped, "clip-ignored", "a", "slack = self.margin - self.d",
          also=("mask-forgotten",)),
    pairs("one-of-two", ContrastiveOneOutput, "contract", "a", "return pull + push"),
    case("ranking", "ranking loss", ranking, ranking_gradient, style="gradient", make=make_rank, static=(2,)),
    case("ranking-stacked", "ranking loss", ranking, ranking_gradient_returns_list_of_pairs, "contract", "s1", "np.stack([g, -g]",
         style="gradient", make=make_rank, static=(2,)),
]  # fmt: skip
