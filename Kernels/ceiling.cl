// The device's two ceilings, for shares in benchmarks:
//   ceiling_fma    16 independent chains of a = a * x + y, `rounds` long: 2 * 16 * rounds * lanes of VALUE operations per work-item
//   ceiling_copy   y[i] = x[i]: 8 bytes per element
//   ceiling_triad  z[i] = scale * x[i] + y[i]: 12 bytes per element
//
// Layout: x, y, z rows of float32; the sums of ceiling_fma one VALUE per work-item (so that nothing is optimised away).
// Launch: one dimension; copy and triad one work-item per element, the tail beyond count does nothing.
//   ceiling_fma: a few work-items per compute unit (work-group 1) on a CPU with VALUE float16 (AVX2: float8), thousands
//   on a GPU with VALUE float. Take x = 0.999999f, y = 1e-6f: the chains stay finite and away from subnormals.
// Constants: VALUE, the vector type of a chain.

#ifndef VALUE
#define VALUE float16
#endif

#define CHAINS 16

__kernel void ceiling_fma(const uint rounds, const float x, const float y, __global VALUE* sums)
{
    const VALUE factor = (VALUE)x;
    const VALUE term = (VALUE)y;
    VALUE chain[CHAINS];
#pragma unroll
    for (int i = 0; i < CHAINS; ++i) {
        chain[i] = (VALUE)(i + 1);
    }
    for (uint round = 0; round < rounds; ++round) {
#pragma unroll
        for (int i = 0; i < CHAINS; ++i) {
            chain[i] = fma(chain[i], factor, term);
        }
    }
    VALUE sum = chain[0];
#pragma unroll
    for (int i = 1; i < CHAINS; ++i) {
        sum += chain[i];
    }
    sums[get_global_id(0)] = sum;
}

__kernel void ceiling_copy(const uint count, __global const float* x, __global float* y)
{
    const size_t i = get_global_id(0);
    if (i < count) {
        y[i] = x[i];
    }
}

__kernel void ceiling_triad(
    const uint count, const float scale, __global const float* x, __global const float* y, __global float* z)
{
    const size_t i = get_global_id(0);
    if (i < count) {
        z[i] = fma(scale, x[i], y[i]);
    }
}
