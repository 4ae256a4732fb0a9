// Batch normalization for GPUs, over rows of channels, each view with its own statistics.
//   y = relu?((x - mean) * factor + shift),   factor = scale / sqrt(variance + epsilon),   variance biased
//   with g = dy, or 0 where relu and y <= 0, and m the rows of a view:   dshift = sum of g,   dscale = sum of g * xhat,
//   dx = factor * (g - (sum of g) / m - xhat * (sum of g * xhat) / m),   xhat = (x - mean) / sqrt(variance + epsilon)
// Means are summed as distances from the view's first row, and squares about the mean of the rows that a work-item holds
// in registers; means and squares are merged block by block (Chan, Golub and LeVeque, 1979), so that a large mean costs
// no digits. All sums have a fixed order: same bits every run.
//
// Layout: x, y, dy, dx [V, rows, C] float32, rows: those of one view; scale, shift, dscale, dshift [C];
//   mean, variance [V, C]; part [V, parts, 2, C]: distance of the mean from the first row, squared deviations from it; or
//   sum of g, sum of g * (x - mean); slopes [V, 2, C]: dx = factor * g + slopes[0] * (x - mean) + slopes[1]
//
// Launch: work-groups (COLUMNS, ROWS), (C / LANES rounded up, ROWS * parts, V): part i takes the rows [i * span,
//   (i + 1) * span) of its view:
//     batch_normalization_statistics_partial, batch_normalization_forward, batch_normalization_backward_partial,
//     batch_normalization_backward
//   (C / LANES rounded up, ROWS, V): batch_normalization_statistics, after its partial
//   (C / LANES rounded up, ROWS):    batch_normalization_backward_sums, after its partial
//   y may be x, dx may be dy or x.
//
// Constants: those of columns.h.

#define ALIGNED 1

#include "vectors.h"
#include "tiled/columns.h"
#include "tiled/normalization.h"

// Joins mean and squared deviations of `more` rows to those of `seen` rows
static inline void merge(
    lanes* mean, lanes* squares, const uint seen, const lanes other_mean, const lanes other_squares, const uint more)
{
    if (more > 0) {
        const float part = (float)more / (float)(seen + more);
        const lanes delta = other_mean - *mean;
        *mean = fma(delta, (lanes)part, *mean);
        *squares += fma(delta * delta, (lanes)((float)seen * part), other_squares);
    }
}

// Joins what all work-items of a column have seen, in a tree, into what its first has
static inline void merge_all(
    lanes* mean, lanes* squares, uint seen, __local lanes (*means)[COLUMNS], __local lanes (*deviations)[COLUMNS],
    __local uint* counts)
{
    const uint column = get_local_id(0), lane = get_local_id(1);
    means[lane][column] = *mean;
    deviations[lane][column] = *squares;
    if (column == 0) {
        counts[lane] = seen;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = ROWS / 2; width > 0; width /= 2) {
        if (lane < width) {
            const uint more = counts[lane + width];
            merge(mean, squares, seen, means[lane + width][column], deviations[lane + width][column], more);
            seen += more;
            means[lane][column] = *mean;
            deviations[lane][column] = *squares;
            if (column == 0) {
                counts[lane] = seen;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

WORK_GROUP
__kernel void batch_normalization_statistics_partial(
    const uint rows, const uint C, const uint span, __global const float* restrict x, __global float* restrict part)
{
    __local lanes means[ROWS][COLUMNS], deviations[ROWS][COLUMNS];
    __local uint counts[ROWS];
    const uint i = group_down(), view = get_global_id(2), c = own_column(C);
    const uint count = min(span, rows - i * span);
    x += view * rows * C + c;
    const lanes first = LOAD(x);
    x += i * span * C;
    lanes mean = (lanes)0.0f, squares = (lanes)0.0f;
    uint seen = 0;
    for (uint row = get_local_id(1); row < count; row += BLOCK * ROWS) {
        const uint here = min((uint)BLOCK, (count - row + ROWS - 1) / ROWS);
        lanes distance[BLOCK], sum = (lanes)0.0f, of_block = (lanes)0.0f;
#pragma unroll
        for (uint k = 0; k < BLOCK; ++k) {
            distance[k] = LOAD(x + min(row + k * ROWS, count - 1) * C) - first;
        }
#pragma unroll
        for (uint k = 0; k < BLOCK; ++k) {
            sum += k < here ? distance[k] : (lanes)0.0f;
        }
        const lanes mean_of_block = sum / (lanes)here;
#pragma unroll
        for (uint k = 0; k < BLOCK; ++k) {
            const lanes difference = k < here ? distance[k] - mean_of_block : (lanes)0.0f;
            of_block = fma(difference, difference, of_block);
        }
        merge(&mean, &squares, seen, mean_of_block, of_block, here);
        seen += here;
    }
    merge_all(&mean, &squares, seen, means, deviations, counts);
    if (stores(C)) {
        part += (view * ((rows + span - 1) / span) + i) * 2 * C + c;
        STORE(mean, part);
        STORE(squares, part + C);
    }
}

WORK_GROUP
__kernel void batch_normalization_statistics(
    const uint rows, const uint C, const uint span, const uint parts, __global const float* restrict x,
    __global const float* restrict part, __global float* restrict mean, __global float* restrict variance)
{
    __local lanes means[ROWS][COLUMNS], deviations[ROWS][COLUMNS];
    __local uint counts[ROWS];
    const uint view = get_global_id(2), c = own_column(C);
    part += view * parts * 2 * C + c;
    lanes distance = (lanes)0.0f, squares = (lanes)0.0f;
    uint seen = 0;
    for (uint i = get_local_id(1); i < parts; i += ROWS) {
        const uint count = min(span, rows - i * span);
        merge(&distance, &squares, seen, LOAD(part + i * 2 * C), LOAD(part + (i * 2 + 1) * C), count);
        seen += count;
    }
    merge_all(&distance, &squares, seen, means, deviations, counts);
    if (stores(C)) {
        STORE(LOAD(x + view * rows * C + c) + distance, mean + view * C + c);
        STORE(squares / (lanes)rows, variance + view * C + c);
    }
}

WORK_GROUP
__kernel void batch_normalization_forward(
    const uint rows, const uint C, const uint span, const float epsilon, const int relu, __global const float* x,
    __global const float* restrict scale, __global const float* restrict shift, __global const float* restrict mean,
    __global const float* restrict variance, __global float* y)
{
    const uint begin = group_down() * span, view = get_global_id(2), c = get_global_id(0) * LANES;
    if (c < C) {
        const normalization to = normalization_at(view * C + c, c, epsilon, scale, shift, mean, variance);
        for (uint row = begin + get_local_id(1); row < min(rows, begin + span); row += ROWS) {
            const uint at = (view * rows + row) * C + c;
            STORE(rectified(relu, normalized(to, LOAD(x + at) - to.center)), y + at);
        }
    }
}

WORK_GROUP
__kernel void batch_normalization_backward_partial(
    const uint rows, const uint C, const uint span, const float epsilon, const int relu,
    __global const float* restrict x, __global const float* restrict dy, __global const float* restrict scale,
    __global const float* restrict shift, __global const float* restrict mean, __global const float* restrict variance,
    __global float* restrict part)
{
    __local lanes sums[ROWS][COLUMNS], products[ROWS][COLUMNS];
    const uint i = group_down(), view = get_global_id(2), c = own_column(C);
    const uint count = min(span, rows - i * span);
    const normalization to = normalization_at(view * C + c, c, epsilon, scale, shift, mean, variance);
    x += (view * rows + i * span) * C + c;
    dy += (view * rows + i * span) * C + c;
    lanes sum = (lanes)0.0f, product = (lanes)0.0f;
    for (uint row = get_local_id(1); row < count; row += BLOCK * ROWS) {
        lanes sum_of_block = (lanes)0.0f, product_of_block = (lanes)0.0f;
#pragma unroll
        for (uint k = 0; k < BLOCK; ++k) {
            const uint at = min(row + k * ROWS, count - 1) * C;
            const lanes centered = LOAD(x + at) - to.center;
            const lanes g = row + k * ROWS < count ? passed(relu, to, centered, LOAD(dy + at)) : (lanes)0.0f;
            sum_of_block += g;
            product_of_block = fma(g, centered, product_of_block);
        }
        sum += sum_of_block;
        product += product_of_block;
    }
    add_up(&sum, &product, sums, products);
    if (stores(C)) {
        part += (view * ((rows + span - 1) / span) + i) * 2 * C + c;
        STORE(sum, part);
        STORE(product, part + C);
    }
}

WORK_GROUP
__kernel void batch_normalization_backward_sums(
    const uint rows, const uint C, const uint V, const uint parts, const float epsilon,
    __global const float* restrict scale, __global const float* restrict variance, __global const float* restrict part,
    __global float* restrict slopes, __global float* restrict dscale, __global float* restrict dshift)
{
    __local lanes sums[ROWS][COLUMNS], products[ROWS][COLUMNS];
    const uint c = own_column(C);
    lanes scale_sum = (lanes)0.0f, shift_sum = (lanes)0.0f;
    for (uint view = 0; view < V; ++view) {
        lanes sum = (lanes)0.0f, product = (lanes)0.0f;
        for (uint i = get_local_id(1); i < parts; i += ROWS) {
            sum += LOAD(part + (view * parts + i) * 2 * C + c);
            product += LOAD(part + ((view * parts + i) * 2 + 1) * C + c);
        }
        add_up(&sum, &product, sums, products);
        const lanes inverse = 1.0f / sqrt(LOAD(variance + view * C + c) + (lanes)epsilon);
        const lanes factor = LOAD(scale + c) * inverse;
        if (stores(C)) {
            STORE(-factor * inverse * inverse * (product / (lanes)rows), slopes + view * 2 * C + c);
            STORE(-factor * (sum / (lanes)rows), slopes + (view * 2 + 1) * C + c);
        }
        scale_sum += product * inverse;
        shift_sum += sum;
    }
    if (stores(C)) {
        STORE(scale_sum, dscale + c);
        STORE(shift_sum, dshift + c);
    }
}

WORK_GROUP
__kernel void batch_normalization_backward(
    const uint rows, const uint C, const uint span, const float epsilon, const int relu, __global const float* x,
    __global const float* dy, __global const float* restrict scale, __global const float* restrict shift,
    __global const float* restrict mean, __global const float* restrict variance, __global const float* restrict slopes,
    __global float* dx)
{
    const uint begin = group_down() * span, view = get_global_id(2), c = get_global_id(0) * LANES;
    if (c < C) {
        const normalization to = normalization_at(view * C + c, c, epsilon, scale, shift, mean, variance);
        const lanes slope = LOAD(slopes + view * 2 * C + c), offset = LOAD(slopes + (view * 2 + 1) * C + c);
        for (uint row = begin + get_local_id(1); row < min(rows, begin + span); row += ROWS) {
            const uint at = (view * rows + row) * C + c;
            const lanes centered = LOAD(x + at) - to.center;
            const lanes g = passed(relu, to, centered, LOAD(dy + at));
            STORE(fma(g, to.factor, fma(centered, slope, offset)), dx + at);
        }
    }
}
