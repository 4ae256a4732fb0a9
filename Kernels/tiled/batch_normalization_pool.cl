// Batch normalization, max pooling and ReLU in one pass, and their gradient in two, for GPUs.
//   n = (x - mean) * factor + shift,   y = max(0, maximum of n over each window of WINDOW x WINDOW pixels),
//   places = i * WINDOW + j of that maximum; of equal elements the first in row order counts, NaN counts as the largest
//   g[h,w] = dy of the window where its place is (h, w) and, with relu, n > 0 there; else 0
//   dx = factor * g + slopes[0] * (x - mean) + slopes[1],   from the sums of g and of g * (x - mean) over each view
// Statistics, factor and slopes are those of batch_normalization.cl; n is never stored. Without relu y is not cut at 0.
// Rows and columns that fill no window are left out of y, and have g = 0. All sums have a fixed order.
//
// Layout: x, dx [V,N,H,W,C], y, dy [V,N,P,Q,C] float32, N: images of one view, P = H / WINDOW, Q = W / WINDOW;
//   places [V,N,P,Q,C] uint8; mean, variance [V,C]; scale, shift [C]; slopes [V,2,C]
//   part [V, parts, 2, C]: sum of g, sum of g * (x - mean), as batch_normalization_backward_sums reads them
//
// Launch: work-groups (COLUMNS, ROWS), (C / LANES rounded up, ROWS * parts, V):
//   batch_normalization_pool_forward, batch_normalization_pool_backward_partial:
//     part i takes the windows [i * span, (i + 1) * span) of the N * P * Q of its view
//   batch_normalization_pool_backward: likewise of the N * H * W pixels of its view; dx may be x
//
// Constants: those of columns.h; WINDOW.

#define ALIGNED 1

#include "vectors.h"
#include "tiled/columns.h"
#include "tiled/normalization.h"

#ifndef WINDOW
#define WINDOW 2
#endif

// The first pixel of window `index` of all of a view
static inline uint first_pixel(const uint index, const uint H, const uint W)
{
    const uint P = H / WINDOW, Q = W / WINDOW, row = index / Q;
    return (row / P * H + row % P * WINDOW) * W + index % Q * WINDOW;
}

WORK_GROUP
__kernel void batch_normalization_pool_forward(
    const uint N, const uint H, const uint W, const uint C, const uint span, const float epsilon, const int relu,
    __global const float* restrict x, __global const float* restrict scale, __global const float* restrict shift,
    __global const float* restrict mean, __global const float* restrict variance, __global float* restrict y,
    __global uchar* restrict places)
{
    const uint windows = N * (H / WINDOW) * (W / WINDOW), begin = group_down() * span;
    const uint view = get_global_id(2), c = get_global_id(0) * LANES;
    if (c < C) {
        const normalization to = normalization_at(view * C + c, c, epsilon, scale, shift, mean, variance);
        for (uint index = begin + get_local_id(1); index < min(windows, begin + span); index += ROWS) {
            __global const float* window = x + (view * N * H * W + first_pixel(index, H, W)) * C + c;
            lanes best = normalized(to, LOAD(window) - to.center);
            integers place = (integers)0;
#pragma unroll
            for (int i = 1; i < WINDOW * WINDOW; ++i) {
                const lanes value = normalized(to, LOAD(window + (i / WINDOW * W + i % WINDOW) * C) - to.center);
                const integers better = !(value <= best) & (best == best);
                best = better ? value : best;
                place = better ? (integers)i : place;
            }
            const uint at = (view * windows + index) * C + c;
            STORE(rectified(relu, best), y + at);
            *(__global bytes*)(places + at) = TO_BYTES(place);
        }
    }
}

WORK_GROUP
__kernel void batch_normalization_pool_backward_partial(
    const uint N, const uint H, const uint W, const uint C, const uint span, const float epsilon, const int relu,
    __global const float* restrict x, __global const float* restrict dy, __global const uchar* restrict places,
    __global const float* restrict scale, __global const float* restrict shift, __global const float* restrict mean,
    __global const float* restrict variance, __global float* restrict part)
{
    __local lanes sums[ROWS][COLUMNS], products[ROWS][COLUMNS];
    const uint windows = N * (H / WINDOW) * (W / WINDOW), i = group_down(), end = min(windows, (i + 1) * span);
    const uint view = get_global_id(2), c = own_column(C);
    const normalization to = normalization_at(view * C + c, c, epsilon, scale, shift, mean, variance);
    lanes sum = (lanes)0.0f, product = (lanes)0.0f;
    for (uint first = i * span + get_local_id(1); first < end; first += BLOCK * ROWS) {
        lanes sum_of_block = (lanes)0.0f, product_of_block = (lanes)0.0f;
        for (uint index = first; index < min(end, first + BLOCK * ROWS); index += ROWS) {
            const uint at = (view * windows + index) * C + c;
            const integers place = TO_INTEGERS(*(__global const bytes*)(places + at));
            __global const float* window = x + (view * N * H * W + first_pixel(index, H, W)) * C + c;
            lanes chosen = LOAD(window);
#pragma unroll
            for (int j = 1; j < WINDOW * WINDOW; ++j) {
                const lanes value = LOAD(window + (j / WINDOW * W + j % WINDOW) * C);
                chosen = place == (integers)j ? value : chosen;
            }
            const lanes centered = chosen - to.center;
            const lanes g = passed(relu, to, centered, LOAD(dy + at));
            sum_of_block += g;
            product_of_block = fma(g, centered, product_of_block);
        }
        sum += sum_of_block;
        product += product_of_block;
    }
    add_up(&sum, &product, sums, products);
    if (stores(C)) {
        part += (view * ((windows + span - 1) / span) + i) * 2 * C + c;
        STORE(sum, part);
        STORE(product, part + C);
    }
}

WORK_GROUP
__kernel void batch_normalization_pool_backward(
    const uint N, const uint H, const uint W, const uint C, const uint span, const float epsilon, const int relu,
    __global const float* x, __global const float* restrict dy, __global const uchar* restrict places,
    __global const float* restrict scale, __global const float* restrict shift, __global const float* restrict mean,
    __global const float* restrict variance, __global const float* restrict slopes, __global float* dx)
{
    const uint P = H / WINDOW, Q = W / WINDOW, begin = group_down() * span;
    const uint view = get_global_id(2), c = get_global_id(0) * LANES;
    if (c < C) {
        const normalization to = normalization_at(view * C + c, c, epsilon, scale, shift, mean, variance);
        const lanes slope = LOAD(slopes + view * 2 * C + c), offset = LOAD(slopes + (view * 2 + 1) * C + c);
        for (uint pixel = begin + get_local_id(1); pixel < min(N * H * W, begin + span); pixel += ROWS) {
            const uint w = pixel % W, row = pixel / W, h = row % H, p = h / WINDOW, q = w / WINDOW;
            const uint at = (view * N * H * W + pixel) * C + c;
            const lanes centered = LOAD(x + at) - to.center;
            lanes g = (lanes)0.0f;
            if (p < P && q < Q) {
                const uint window = (((view * N + row / H) * P + p) * Q + q) * C + c;
                const integers is_here =
                    TO_INTEGERS(*(__global const bytes*)(places + window))
                    == (integers)(h % WINDOW * WINDOW + w % WINDOW);
                g = is_here ? passed(relu, to, centered, LOAD(dy + window)) : (lanes)0.0f;
            }
            STORE(fma(g, to.factor, fma(centered, slope, offset)), dx + at);
        }
    }
}
