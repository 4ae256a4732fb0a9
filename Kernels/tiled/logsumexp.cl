// logsumexp_rows for GPUs: y[row] = log sum over j of exp(x[row, j]) = m + log sum over j of exp(x[row, j] - m), m the
// row's maximum, in one pass over the row. A row whose maximum is infinite gives that maximum; NaN in a row gives NaN.
//
// Layout: x [rows, D]; y [rows].
// Launch: work-groups (COLUMNS, ROWS), (COLUMNS, rows rounded up): the work-items of a row share its elements, BLOCK of
//   them at a time, and merge in a tree of fixed order what they have found. Idle work-items carry -infinity and 0.
// Constants: ROWS, COLUMNS, powers of two; BLOCK.

#ifndef ROWS
#define ROWS 8
#endif
#ifndef COLUMNS
#define COLUMNS 8
#endif
#ifndef BLOCK
#define BLOCK 4
#endif

// The larger of both; NaN if one is
static inline float larger(const float a, const float b)
{
    return a > b || a != a ? a : b;
}

// Joins the maximum of more elements, and the sum of exp(x - maximum), to those of the elements before
static inline void merge(float* most, float* sum, const float other_most, const float other_sum)
{
    const float together = larger(*most, other_most);
    const float factor = *most == together ? 1.0f : exp(*most - together);
    const float other_factor = other_most == together ? 1.0f : exp(other_most - together);
    *sum = *sum * factor + other_sum * other_factor;
    *most = together;
}

__attribute__((reqd_work_group_size(COLUMNS, ROWS, 1)))
__kernel void logsumexp_rows(
    const uint rows, const uint D, __global const float* restrict x, __global float* restrict y)
{
    __local float maxima[ROWS][COLUMNS], sums[ROWS][COLUMNS];
    const uint column = get_local_id(0), lane = get_local_id(1), row = get_global_id(1);
    x += min(row, rows - 1) * D;
    float most = -INFINITY, sum = 0.0f;
    for (uint j = column; j < D; j += BLOCK * COLUMNS) {
        float values[BLOCK], most_of_block = -INFINITY, sum_of_block = 0.0f;
#pragma unroll
        for (uint k = 0; k < BLOCK; ++k) {
            values[k] = j + k * COLUMNS < D ? x[j + k * COLUMNS] : -INFINITY;
            most_of_block = larger(most_of_block, values[k]);
        }
        // An infinite maximum is the result, whatever the sum: it must only not become NaN.
        const float base = isinf(most_of_block) ? 0.0f : most_of_block;
#pragma unroll
        for (uint k = 0; k < BLOCK; ++k) {
            sum_of_block += exp(values[k] - base);
        }
        merge(&most, &sum, most_of_block, sum_of_block);
    }
    maxima[lane][column] = most;
    sums[lane][column] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = COLUMNS / 2; width > 0; width /= 2) {
        if (column < width) {
            merge(&most, &sum, maxima[lane][column + width], sums[lane][column + width]);
            maxima[lane][column] = most;
            sums[lane][column] = sum;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (column == 0 && row < rows) {
        y[row] = isinf(most) ? most : most + log(sum);
    }
}
