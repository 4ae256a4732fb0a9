// Sums, or maxima, over the columns or the rows of a matrix for GPUs, part by part.
//   reduce_columns: y[i, k] = the sum, or the maximum, of x[row, k] over the rows [i * span, (i + 1) * span)
//   reduce_rows:    y[o, i] = the sum, or the maximum, of x[o, t] over the terms [i * span, (i + 1) * span)
// What the parts have come to is reduced by the same kernel again, as one part. All sums have a fixed order: those of a
// work-item by blocks, then those of a work-group in a tree, so that the rounding error hardly grows with the terms.
//
// Layout: x [rows, K] or [outputs, terms]; y [parts, K] or [outputs, parts], all float32.
//
// Launch: work-groups (COLUMNS, ROWS):
//   reduce_columns  (K / LANES rounded up, ROWS * parts)
//   reduce_rows     (COLUMNS * parts, outputs rounded up): the work-items of a row share the terms of an output
//
// Constants: those of columns.h, LANES 1 for reduce_rows; MAXIMUM 1 for the maximum, 0 for the sum.

#define ALIGNED 1

#include "vectors.h"
#include "tiled/columns.h"
#include "combine.h"

// What this work-item finds in every `step`-th of `count` vectors, `stride` elements apart, from number `first` on
static inline lanes combine_every(
    const uint first, const uint step, const uint count, const uint stride, __global const float* x)
{
    lanes all = IDENTITY;
    for (uint i = first; i < count; i += BLOCK * step) {
        lanes of_block = IDENTITY;
#pragma unroll
        for (uint k = 0; k < BLOCK; ++k) {
            const lanes value = LOAD(x + min(i + k * step, count - 1) * stride);
            of_block = combine(of_block, i + k * step < count ? value : IDENTITY);
        }
        all = combine(all, of_block);
    }
    return all;
}

WORK_GROUP
__kernel void reduce_columns(
    const uint rows, const uint K, const uint span, __global const float* restrict x, __global float* restrict y)
{
    __local lanes found[ROWS][COLUMNS];
    const uint column = get_local_id(0), lane = get_local_id(1), i = group_down(), k = own_column(K);
    lanes all = combine_every(lane, ROWS, min(span, rows - i * span), K, x + i * span * K + k);
    found[lane][column] = all;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = ROWS / 2; width > 0; width /= 2) {
        if (lane < width) {
            all = combine(all, found[lane + width][column]);
            found[lane][column] = all;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (stores(K)) {
        STORE(all, y + i * K + k);
    }
}

#if LANES == 1
WORK_GROUP
__kernel void reduce_rows(
    const uint outputs, const uint terms, const uint span, __global const float* restrict x, __global float* restrict y)
{
    __local float found[ROWS][COLUMNS];
    const uint column = get_local_id(0), lane = get_local_id(1), o = get_global_id(1), i = get_group_id(0);
    float all = combine_every(
        column, COLUMNS, min(span, terms - i * span), 1, x + min(o, outputs - 1) * terms + i * span);
    found[lane][column] = all;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = COLUMNS / 2; width > 0; width /= 2) {
        if (column < width) {
            all = combine(all, found[lane][column + width]);
            found[lane][column] = all;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (column == 0 && o < outputs) {
        y[o * get_num_groups(0) + i] = all;
    }
}
#endif
