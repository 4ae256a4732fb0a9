// adam: one step of Adam with coupled weight decay (Kingma & Ba, ICLR 2015, algorithm 1), element by element, of many
// parameters at once:
//   g = gradient + weight_decay parameter;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//   parameter -= rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//
// adam_rates computes the two factors that all elements share; 1 - beta^t = -expm1(t log beta) keeps its digits when
// beta^t is near 1.
// Layout: parameter, gradient, m, v and their new values: rows of float32, one of each per segment; rate, t: one float
//   each; rates [2].
// Launch: adam_rates: one work-item; adam: segment s has the work-items from `first` on, each with LANES elements, the
//   tail beyond its `count` does nothing; `first` is a multiple of the work-group's size. New values may lie in the
//   memory of the old ones.
// Constants: SEGMENTS(X), X(s) for each segment, one per parameter; LANES, elements of a work-item.

#include "wide/lanes.h"

#ifndef SEGMENTS
#define SEGMENTS(X) X(0)
#endif

#define OPERANDS(s) \
    , const uint first##s, const uint count##s, __global const float* parameter##s, __global const float* gradient##s, \
    __global const float* m##s, __global const float* v##s, __global float* new_parameter##s, __global float* new_m##s, \
    __global float* new_v##s

// The last segment that begins before the work-group serves all of it.
#define CHOOSE(s) \
    if (begin >= first##s) { \
        first = first##s; \
        count = count##s; \
        parameter = parameter##s; \
        gradient = gradient##s; \
        m = m##s; \
        v = v##s; \
        new_parameter = new_parameter##s; \
        new_m = new_m##s; \
        new_v = new_v##s; \
    }

__kernel void adam_rates(
    const float log_beta1, const float log_beta2, __global const float* rate, __global const float* t,
    __global float* rates)
{
    rates[0] = rate[0] / -expm1(t[0] * log_beta1);
    rates[1] = 1.0f / sqrt(-expm1(t[0] * log_beta2));
}

__kernel void adam(
    const float beta1, const float beta2, const float epsilon, const float weight_decay,
    __global const float* rates SEGMENTS(OPERANDS))
{
    const size_t begin = get_group_id(0) * get_local_size(0);
    uint first = first0, count = 0;
    __global const float *parameter = parameter0, *gradient = gradient0, *m = m0, *v = v0;
    __global float *new_parameter = new_parameter0, *new_m = new_m0, *new_v = new_v0;
    SEGMENTS(CHOOSE)
    const size_t i = (begin - first + get_local_id(0)) * LANES;
    if (i < count) {
        const int rest = count - i;
        const lanes old = load_first(rest, parameter + i);
        const lanes g = fma((lanes)weight_decay, old, load_first(rest, gradient + i));
        const lanes mean = fma((lanes)beta1, load_first(rest, m + i), (1.0f - beta1) * g);
        const lanes square = fma((lanes)beta2, load_first(rest, v + i), (1.0f - beta2) * g * g);
        const lanes step = rates[0] * mean / fma(sqrt(square), (lanes)rates[1], (lanes)epsilon);
        store_first(rest, old - step, new_parameter + i);
        store_first(rest, mean, new_m + i);
        store_first(rest, square, new_v + i);
    }
}
