// random: element i is drawn from the four words of Philox4x32-10 under counter (i, 0, counter, stream) and key = seed
// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), as in TensorCore's `Philox`:
//   u_w = (word w >> 8) / 2^24, uniform on [0, 1)
//   random_uniform: y[i] = u_0        random_normal: y[i] = sqrt(-2 log(1 - u_0)) cos(2 pi u_1)
//
// Layout: counter, one int; y any tensor of float32, seen as one row.
// Launch: over (count), one work-item per element; the tail beyond count does nothing.

#include "philox.h"

__kernel void random_uniform(
    const uint count, const uint seed_low, const uint seed_high, const uint stream, __global const int* counter,
    __global float* y)
{
    const uint i = get_global_id(0);
    if (i < count) {
        const uint4 words = philox((uint4)(i, 0u, as_uint(counter[0]), stream), (uint2)(seed_low, seed_high));
        y[i] = uniform(words.x);
    }
}

__kernel void random_normal(
    const uint count, const uint seed_low, const uint seed_high, const uint stream, __global const int* counter,
    __global float* y)
{
    const uint i = get_global_id(0);
    if (i < count) {
        const uint4 words = philox((uint4)(i, 0u, as_uint(counter[0]), stream), (uint2)(seed_low, seed_high));
        y[i] = sqrt(-2.0f * log(1.0f - uniform(words.x))) * cospi(2.0f * uniform(words.y));
    }
}
