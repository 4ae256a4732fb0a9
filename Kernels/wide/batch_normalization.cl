// Batch normalization for CPU devices, over rows of channels, each view with its own statistics.
//   y = relu?((x - mean) * factor + shift),   factor = scale / sqrt(variance + epsilon),   variance biased
//   with g = dy, or 0 where relu and y <= 0, and m the rows of a view:   dshift = sum of g,   dscale = sum of g * xhat,
//   dx = factor * (g - (sum of g) / m - xhat * (sum of g * xhat) / m),   xhat = (x - mean) / sqrt(variance + epsilon)
// All sums are taken in index order: same bits every run.
//
// Layout: x, y, dy, dx [V, rows, C] float32, rows: those of one view; scale, shift, dscale, dshift [C];
//   mean, variance, factor [V, C]; slopes [V, 2, C]: dx = factor * g + slopes[0] * (x - mean) + slopes[1]
//   statistics [V, items, 4, C]: those of statistics.h;
//   partials of the backward sums [V, items, 2, C]: sum of g, sum of g * (x - mean)
//
// Launch: (items, V), work-group 1, a few work-items per compute unit; work-item i takes the rows [i * span, (i + 1) *
//   span) of its view; the number of items is fixed per device:
//     batch_normalization_statistics_partial, batch_normalization_forward,
//     batch_normalization_backward_partial, batch_normalization_backward
//   (C, V), any work-group:  batch_normalization_statistics, after its partial; batch_normalization_factor
//   (C), any work-group:     batch_normalization_backward_sums, after its partial
//   Forward: statistics_partial, statistics, factor, forward; the first two are left out where the convolution that made
//   x has taken the statistics; y may be x. Backward: factor, backward_partial,
//   backward_sums, backward; dx may be dy or x.
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); BLOCK, rows summed at a time; GROUP, vectors of
//   channels summed at a time: whole rows of 128 channels are read in one stream.

#include "wide/lanes.h"
#include "wide/statistics.h"

#ifndef BLOCK
#define BLOCK 64
#endif
#ifndef GROUP
#define GROUP 8
#endif

// The mean of `count` rows of up to LANES channels, about the first row
static inline lanes block_mean(const int count, const int C, const int channels, __global const float* x)
{
    const lanes pivot = load_first(channels, x);
    lanes sum = (lanes)0.0f;
    for (int row = 1; row < count; ++row) {
        sum += load_first(channels, x + row * C) - pivot;
    }
    return pivot + sum / count;
}

// Adds a block of `count` rows, for `group` vectors of channels
static __attribute__((always_inline)) void add_block(
    const int group, const int seen, const int count, const int C, const int channels, __global const float* x,
    __global float* statistics)
{
    lanes center[GROUP], sum[GROUP], squares[GROUP];
#pragma unroll
    for (int i = 0; i < group; ++i) {
        center[i] = center_so_far(C, channels, statistics + i * LANES);
        sum[i] = squares[i] = (lanes)0.0f;
    }
    for (int row = 0; row < count; ++row) {
#pragma unroll
        for (int i = 0; i < group; ++i) {
            const lanes difference = load_first(channels, x + row * C + i * LANES) - center[i];
            sum[i] += difference;
            squares[i] = fma(difference, difference, squares[i]);
        }
    }
#pragma unroll
    for (int i = 0; i < group; ++i) {
        merge_block(seen, count, C, channels, sum[i], squares[i], statistics + i * LANES);
    }
}

// Adds a block of `count` rows of C channels to the `seen` rows before it
static __attribute__((always_inline)) void add_rows(
    const int seen, const int count, const int C, __global const float* x, __global float* statistics)
{
    int c;
    for (c = 0; c < C && seen == 0; c += LANES) {
        begin_statistics(C, C - c, block_mean(count, C, C - c, x + c), statistics + c);
    }
    for (c = 0; c + GROUP * LANES <= C; c += GROUP * LANES) {
        add_block(GROUP, seen, count, C, LANES, x + c, statistics + c);
    }
    for (; c < C; c += LANES) {
        add_block(1, seen, count, C, C - c, x + c, statistics + c);
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_normalization_statistics_partial(
    const int rows, const int C, const int span, __global const float* restrict x, __global float* restrict statistics)
{
    const int begin = get_global_id(0) * span, end = min(rows, begin + span);
    __global float* own = own_statistics(C, statistics);
    x += get_global_id(1) * rows * C;
    for (int block = begin; block < end; block += BLOCK) {
        add_rows(block - begin, min(BLOCK, end - block), C, x + (size_t)block * C, own);
    }
    end_statistics(end - begin, C, own);
}

__kernel void batch_normalization_statistics(
    const int C, const int items, __global const float* statistics, __global float* mean, __global float* variance)
{
    const size_t c = get_global_id(0), view = get_global_id(1);
    __global const float* from = statistics + view * items * 4 * C + c;
    const float pivot = from[0];
    float offset = from[C], deviations = from[2 * C], seen = from[3 * C];
    for (int i = 1; i < items; ++i) {
        from += 4 * C;
        const float count = from[3 * C];
        const float part = count / (seen + count);
        const float delta = (from[0] - pivot) + (from[C] - offset);
        offset = fma(delta, part, offset);
        deviations += fma(delta * delta, seen * part, from[2 * C]);
        seen += count;
    }
    mean[view * C + c] = pivot + offset;
    variance[view * C + c] = fmax(deviations / seen, 0.0f);
}

__kernel void batch_normalization_factor(
    const int C, const float epsilon, __global const float* scale, __global const float* variance,
    __global float* factor)
{
    const size_t c = get_global_id(0), i = get_global_id(1) * C + c;
    factor[i] = scale[c] / sqrt(variance[i] + epsilon);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_normalization_forward(
    const int rows, const int C, const int span, const int relu, __global const float* x,
    __global const float* restrict mean, __global const float* restrict factor, __global const float* restrict shift,
    __global float* y)
{
    const size_t view = get_global_id(1);
    const int begin = get_global_id(0) * span, end = min(rows, begin + span);
    const float least = relu ? 0.0f : -INFINITY;
    mean += view * C;
    factor += view * C;
    for (int row = begin; row < end; ++row) {
        const size_t at = (view * rows + row) * C;
        for (int c = 0; c < C; c += LANES) {
            const lanes centered = load_first(C - c, x + at + c) - load_first(C - c, mean + c);
            const lanes value = fma(centered, load_first(C - c, factor + c), load_first(C - c, shift + c));
            store_first(C - c, value < least ? (lanes)least : value, y + at + c);
        }
    }
}

// The gradient that reaches the normalization: dy, or 0 where a ReLU cut y off
static inline lanes passed(
    const int relu, const lanes centered, const lanes factor, const lanes shift, const lanes dy)
{
    return relu ? (fma(centered, factor, shift) > 0.0f ? dy : (lanes)0.0f) : dy;
}

// Adds a block of `count` rows to the sums of g and g * (x - mean), for `group` vectors of channels
static __attribute__((always_inline)) void add_gradients(
    const int group, const int relu, const int count, const int C, const int channels, __global const float* x,
    __global const float* dy, __global const float* mean, __global const float* factor, __global const float* shift,
    __global float* sums)
{
    lanes sum[GROUP], product[GROUP];
#pragma unroll
    for (int i = 0; i < group; ++i) {
        sum[i] = product[i] = (lanes)0.0f;
    }
    for (int row = 0; row < count; ++row) {
#pragma unroll
        for (int i = 0; i < group; ++i) {
            const int at = row * C + i * LANES;
            const lanes centered = load_first(channels, x + at) - load_first(channels, mean + i * LANES);
            const lanes g = passed(
                relu, centered, load_first(channels, factor + i * LANES), load_first(channels, shift + i * LANES),
                load_first(channels, dy + at));
            sum[i] += g;
            product[i] = fma(g, centered, product[i]);
        }
    }
#pragma unroll
    for (int i = 0; i < group; ++i) {
        const int at = i * LANES;
        store_first(channels, load_first(channels, sums + at) + sum[i], sums + at);
        store_first(channels, load_first(channels, sums + C + at) + product[i], sums + C + at);
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_normalization_backward_partial(
    const int rows, const int C, const int span, const int relu, __global const float* restrict x,
    __global const float* restrict dy, __global const float* restrict mean, __global const float* restrict factor,
    __global const float* restrict shift, __global float* restrict partials)
{
    const size_t view = get_global_id(1);
    const int begin = get_global_id(0) * span, end = min(rows, begin + span);
    __global float* sums = partials + (view * get_global_size(0) + get_global_id(0)) * 2 * C;
    mean += view * C;
    factor += view * C;
    for (int c = 0; c < 2 * C; ++c) {
        sums[c] = 0.0f;
    }
    for (int block = begin; block < end; block += BLOCK) {
        const int count = min(BLOCK, end - block);
        __global const float* from = x + (view * rows + block) * C;
        __global const float* gradient = dy + (view * rows + block) * C;
        int c = 0;
        for (; c + GROUP * LANES <= C; c += GROUP * LANES) {
            add_gradients(
                GROUP, relu, count, C, LANES, from + c, gradient + c, mean + c, factor + c, shift + c, sums + c);
        }
        for (; c < C; c += LANES) {
            add_gradients(1, relu, count, C, C - c, from + c, gradient + c, mean + c, factor + c, shift + c, sums + c);
        }
    }
}

__kernel void batch_normalization_backward_sums(
    const int rows, const int C, const int V, const int items, const float epsilon, __global const float* scale,
    __global const float* variance, __global const float* partials, __global float* slopes, __global float* dscale,
    __global float* dshift)
{
    const size_t c = get_global_id(0);
    float scale_sum = 0.0f, shift_sum = 0.0f;
    for (int view = 0; view < V; ++view) {
        float sum = 0.0f, product = 0.0f;
        for (int i = 0; i < items; ++i) {
            sum += partials[((size_t)view * items + i) * 2 * C + c];
            product += partials[(((size_t)view * items + i) * 2 + 1) * C + c];
        }
        const float inverse = 1.0f / sqrt(variance[view * C + c] + epsilon);
        const float factor = scale[c] * inverse;
        slopes[view * 2 * C + c] = -factor * inverse * inverse * (product / rows);
        slopes[(view * 2 + 1) * C + c] = -factor * (sum / rows);
        scale_sum += product * inverse;
        shift_sum += sum;
    }
    dscale[c] = scale_sum;
    dshift[c] = shift_sum;
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_normalization_backward(
    const int rows, const int C, const int span, const int relu, __global const float* x, __global const float* dy,
    __global const float* mean, __global const float* factor, __global const float* shift,
    __global const float* slopes, __global float* dx)
{
    const size_t view = get_global_id(1);
    const int begin = get_global_id(0) * span, end = min(rows, begin + span);
    mean += view * C;
    factor += view * C;
    slopes += view * 2 * C;
    for (int row = begin; row < end; ++row) {
        const size_t at = (view * rows + row) * C;
        for (int c = 0; c < C; c += LANES) {
            const lanes slope = load_first(C - c, factor + c);
            const lanes centered = load_first(C - c, x + at + c) - load_first(C - c, mean + c);
            const lanes g = passed(
                relu, centered, slope, load_first(C - c, shift + c), load_first(C - c, dy + at + c));
            const lanes rest = fma(
                centered, load_first(C - c, slopes + c), load_first(C - c, slopes + C + c));
            store_first(C - c, fma(g, slope, rest), dx + at + c);
        }
    }
}
