// Column sums of a matrix for CPU devices, such as the gradient of a bias: one work-item per span of rows.
//   y[k] = sum over row < rows of x[row, k]
// Blocks of rows are summed by themselves, and the partials are added in index order: same bits every run, and a
// rounding error that hardly grows with the number of rows.
//
// Layout: x [rows, K], partials [items, K], y [K], all float32.
//
// Launch: column_sum_partial  (items, 1, 1), work-group 1, a few work-items per compute unit, the number fixed per
//                             device: work-item i takes the rows [i * span, (i + 1) * span); zeros where it has none
//         column_sum          (K), any work-group
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); BLOCK, rows summed at a time; GROUP, vectors of columns
//   summed at a time: whole rows of 128 columns are read in one stream.

#include "wide/lanes.h"

#ifndef BLOCK
#define BLOCK 64
#endif
#ifndef GROUP
#define GROUP 8
#endif

// Adds `count` rows to the sums, for `group` vectors of columns
static __attribute__((always_inline)) void add_block(
    const int group, const int count, const int K, const int columns, __global const float* x, __global float* sums)
{
    lanes sum[GROUP];
#pragma unroll
    for (int i = 0; i < group; ++i) {
        sum[i] = (lanes)0.0f;
    }
    for (int row = 0; row < count; ++row) {
#pragma unroll
        for (int i = 0; i < group; ++i) {
            sum[i] += load_first(columns, x + (size_t)row * K + i * LANES);
        }
    }
#pragma unroll
    for (int i = 0; i < group; ++i) {
        store_first(columns, load_first(columns, sums + i * LANES) + sum[i], sums + i * LANES);
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void column_sum_partial(
    const int rows, const int K, const int span, __global const float* restrict x, __global float* restrict partials)
{
    const int begin = get_global_id(0) * span, end = min(rows, begin + span);
    __global float* sums = partials + get_global_id(0) * K;
    for (int k = 0; k < K; ++k) {
        sums[k] = 0.0f;
    }
    for (int block = begin; block < end; block += BLOCK) {
        const int count = min(BLOCK, end - block);
        __global const float* from = x + (size_t)block * K;
        int k = 0;
        for (; k + GROUP * LANES <= K; k += GROUP * LANES) {
            add_block(GROUP, count, K, LANES, from + k, sums + k);
        }
        for (; k < K; k += LANES) {
            add_block(1, count, K, K - k, from + k, sums + k);
        }
    }
}

__kernel void column_sum(const int K, const int items, __global const float* partials, __global float* y)
{
    const size_t k = get_global_id(0);
    float sum = 0.0f;
    for (int i = 0; i < items; ++i) {
        sum += partials[(size_t)i * K + k];
    }
    y[k] = sum;
}
