// momentum: one step of gradient descent with momentum (Sutskever et al., ICML 2013, in PyTorch's form), element by
// element, of many parameters at once:
//   g = gradient + weight_decay parameter;  m = momentum m + g;  parameter -= rate m
//
// Layout: parameter, gradient, m and their new values: rows of float32, one of each per segment; rate: one float.
// Launch: segment s has the work-items from `first` on, each with LANES elements, the tail beyond its `count` does
//   nothing; `first` is a multiple of the work-group's size. New values may lie in the memory of the old ones.
// Constants: SEGMENTS(X), X(s) for each segment, one per parameter; LANES, elements of a work-item.

#include "wide/lanes.h"

#ifndef SEGMENTS
#define SEGMENTS(X) X(0)
#endif

#define OPERANDS(s) \
    , const uint first##s, const uint count##s, __global const float* parameter##s, __global const float* gradient##s, \
    __global const float* m##s, __global float* new_parameter##s, __global float* new_m##s

// The last segment that begins before the work-group serves all of it.
#define CHOOSE(s) \
    if (begin >= first##s) { \
        first = first##s; \
        count = count##s; \
        parameter = parameter##s; \
        gradient = gradient##s; \
        m = m##s; \
        new_parameter = new_parameter##s; \
        new_m = new_m##s; \
    }

__kernel void momentum(
    const float momentum, const float weight_decay, __global const float* rate SEGMENTS(OPERANDS))
{
    const size_t begin = get_group_id(0) * get_local_size(0);
    uint first = first0, count = 0;
    __global const float *parameter = parameter0, *gradient = gradient0, *m = m0;
    __global float *new_parameter = new_parameter0, *new_m = new_m0;
    SEGMENTS(CHOOSE)
    const size_t i = (begin - first + get_local_id(0)) * LANES;
    if (i < count) {
        const int rest = count - i;
        const lanes old = load_first(rest, parameter + i);
        const lanes g = fma((lanes)weight_decay, old, load_first(rest, gradient + i));
        const lanes sum = fma((lanes)momentum, load_first(rest, m + i), g);
        store_first(rest, fma((lanes)-rate[0], sum, old), new_parameter + i);
        store_first(rest, sum, new_m + i);
    }
}
