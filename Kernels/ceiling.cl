// The device's two ceilings, for shares in benchmarks:
//   ceiling_fma    16 independent chains of a = a * x + y, `rounds` long: 2 * 16 * rounds * lanes of VALUE operations
//   ceiling_copy   y[i] = x[i]: 8 bytes per float
//
// Layout: x, y rows of VALUE, count of them; sums: one VALUE per work-item (so that nothing is optimised away).
// Launch: one dimension. copy: one work-item per VALUE, the tail beyond count does nothing.
//   ceiling_fma: a few work-items per compute unit, work-group 1, on a CPU; thousands on a GPU. With x = 0.999999f,
//   y = 1e-6f the chains stay finite and away from subnormals.
// Constants: VALUE, the vector type that suits the device: float16 with AVX-512, float8 with AVX2, float on a GPU.

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

__kernel void ceiling_copy(const uint count, __global const VALUE* x, __global VALUE* y)
{
    const size_t i = get_global_id(0);
    if (i < count) {
        y[i] = x[i];
    }
}
