// Batch normalization, max pooling and ReLU in one pass, and their gradient in two, for CPU devices.
//   n = (x - mean) * factor + shift,   y = max(0, maximum of n over each window of WINDOW x WINDOW pixels),
//   places = i * WINDOW + j of that maximum; of equal elements the first in row order counts, NaN counts as the largest
//   g[h,w] = dy of the window where its place is (h, w) and, with relu, n > 0 there; else 0
//   dx = factor * g + slopes[0] * (x - mean) + slopes[1],   from the sums of g and of g * (x - mean) over each view
// Statistics, factor and slopes are those of batch_normalization.cl; n is never stored. Without relu y is not cut at 0.
// Rows and columns that fill no window are left out of y, and have g = 0. All sums are taken in index order.
//
// Layout: x, dx [V,N,H,W,C], y, dy [V,N,P,Q,C] float32, N: images of one view, P = H / WINDOW, Q = W / WINDOW;
//   places [V,N,P,Q,C] uint8; mean, factor [V,C]; shift [C]; slopes [V,2,C]
//   partials [V, items, 2, C]: sum of g, sum of g * (x - mean), as batch_normalization_backward_sums reads them
//
// Launch: (items, V), work-group 1, a few work-items per compute unit, their number fixed per device:
//   batch_normalization_pool_forward, batch_normalization_pool_backward_partial:
//     work-item i takes the rows [i * span, (i + 1) * span) of the N * P rows of its view's y
//   batch_normalization_pool_backward: likewise of the N * H rows of its view's x; dx may be x
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); WINDOW; GROUP, vectors of channels summed at a time; AHEAD,
//   windows between what is read and what is fetched for later.

#include "wide/lanes.h"

#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef GROUP
#define GROUP 8
#endif
#ifndef AHEAD
#define AHEAD 8
#endif

#define PLACES (WINDOW * WINDOW)

static inline integers load_first_places(const int count, __global const uchar* p)
{
    if (count >= LANES) {
        return JOIN(convert_int, LANES)(LOAD(p));
    }
    int part[LANES];
    for (int i = 0; i < LANES; ++i) {
        part[i] = i < count ? p[i] : PLACES;
    }
    return LOAD(part);
}

static inline void store_first_places(const int count, const integers value, __global uchar* p)
{
    const bytes narrow = JOIN(convert_uchar, LANES)(value);
    if (count >= LANES) {
        STORE(narrow, p);
        return;
    }
    uchar part[LANES];
    STORE(narrow, part);
    for (int i = 0; i < count; ++i) {
        p[i] = part[i];
    }
}

// y and places of one window for up to LANES channels
static __attribute__((always_inline)) void pool_window(
    const int relu, const int W, const int C, const int channels, __global const float* x,
    __global const float* mean, __global const float* factor, __global const float* shift, __global float* y,
    __global uchar* places)
{
    const lanes center = load_first(channels, mean);
    const lanes slope = load_first(channels, factor);
    const lanes offset = load_first(channels, shift);
    // Two rows at once are more streams than a processor follows by itself.
#pragma unroll
    for (int i = 0; i < PLACES; ++i) {
        FETCH(x + AHEAD * WINDOW * C + ((size_t)(i / WINDOW) * W + i % WINDOW) * C);
    }
    lanes best = fma(load_first(channels, x) - center, slope, offset);
    integers place = (integers)0;
#pragma unroll
    for (int i = 1; i < PLACES; ++i) {
        const size_t at = ((size_t)(i / WINDOW) * W + i % WINDOW) * C;
        const lanes value = fma(load_first(channels, x + at) - center, slope, offset);
        const integers better = ~(value <= best) & (best == best);
        best = better ? value : best;
        place = better ? (integers)i : place;
    }
    store_first(channels, relu ? (best < 0.0f ? (lanes)0.0f : best) : best, y);
    store_first_places(channels, place, places);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_normalization_pool_forward(
    const int N, const int H, const int W, const int C, const int relu, const int span,
    __global const float* restrict x, __global const float* restrict mean, __global const float* restrict factor,
    __global const float* restrict shift, __global float* restrict y, __global uchar* restrict places)
{
    const int P = H / WINDOW, Q = W / WINDOW;
    const size_t view = get_global_id(1);
    const int begin = get_global_id(0) * span, end = min(N * P, begin + span);
    mean += view * C;
    factor += view * C;
    for (int row = begin; row < end; ++row) {
        for (int q = 0; q < Q; ++q) {
            const size_t from = (((view * N + row / P) * H + row % P * WINDOW) * W + q * WINDOW) * C;
            const size_t to = ((view * N * P + row) * Q + q) * C;
            int c;
            for (c = 0; c + LANES <= C; c += LANES) {
                pool_window(
                    relu, W, C, LANES, x + from + c, mean + c, factor + c, shift + c, y + to + c, places + to + c);
            }
            if (c < C) {
                pool_window(
                    relu, W, C, C - c, x + from + c, mean + c, factor + c, shift + c, y + to + c, places + to + c);
            }
        }
    }
}

// Adds the windows of one row of dy to the sums of g and g * (x - mean), for `group` vectors of channels
static __attribute__((always_inline)) void add_windows(
    const int group, const int relu, const int Q, const int W, const int C, const int channels,
    __global const float* x, __global const float* dy, __global const uchar* places, __global const float* mean,
    __global const float* factor, __global const float* shift, __global float* sums)
{
    lanes sum[GROUP], product[GROUP];
#pragma unroll
    for (int i = 0; i < group; ++i) {
        sum[i] = product[i] = (lanes)0.0f;
    }
    for (int q = 0; q < Q; ++q) {
#pragma unroll
        for (int i = 0; i < group; ++i) {
            const int c = i * LANES;
            const integers place = load_first_places(channels, places + q * C + c);
            __global const float* window = x + (size_t)q * WINDOW * C + c;
            lanes chosen = load_first(channels, window);
#pragma unroll
            for (int j = 1; j < PLACES; ++j) {
                const lanes value = load_first(channels, window + ((size_t)(j / WINDOW) * W + j % WINDOW) * C);
                chosen = place == (integers)j ? value : chosen;
            }
            const lanes centered = chosen - load_first(channels, mean + c);
            const lanes value = fma(centered, load_first(channels, factor + c), load_first(channels, shift + c));
            const lanes gradient = load_first(channels, dy + q * C + c);
            const lanes g = relu ? (value > 0.0f ? gradient : (lanes)0.0f) : gradient;
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
__kernel void batch_normalization_pool_backward_partial(
    const int N, const int H, const int W, const int C, const int relu, const int span,
    __global const float* restrict x, __global const float* restrict dy, __global const uchar* restrict places,
    __global const float* restrict mean, __global const float* restrict factor, __global const float* restrict shift,
    __global float* restrict partials)
{
    const int P = H / WINDOW, Q = W / WINDOW;
    const size_t view = get_global_id(1);
    const int begin = get_global_id(0) * span, end = min(N * P, begin + span);
    __global float* sums = partials + (view * get_global_size(0) + get_global_id(0)) * 2 * C;
    mean += view * C;
    factor += view * C;
    for (int c = 0; c < 2 * C; ++c) {
        sums[c] = 0.0f;
    }
    for (int row = begin; row < end; ++row) {
        __global const float* from = x + ((view * N + row / P) * H + row % P * WINDOW) * W * C;
        const size_t at = (view * N * P + row) * Q * C;
        int c;
        for (c = 0; c + GROUP * LANES <= C; c += GROUP * LANES) {
            add_windows(
                GROUP, relu, Q, W, C, LANES, from + c, dy + at + c, places + at + c, mean + c, factor + c, shift + c,
                sums + c);
        }
        for (; c < C; c += LANES) {
            add_windows(
                1, relu, Q, W, C, C - c, from + c, dy + at + c, places + at + c, mean + c, factor + c, shift + c,
                sums + c);
        }
    }
}

// dx of up to LANES channels of one pixel; `gradient` counts where `place` is `here`
static inline void gradient_pixel(
    const int relu, const int here, const int C, const int channels, const lanes gradient, const integers place,
    __global const float* x, __global const float* mean, __global const float* factor, __global const float* shift,
    __global const float* slopes, __global float* dx)
{
    const lanes slope = load_first(channels, factor);
    const lanes centered = load_first(channels, x) - load_first(channels, mean);
    const lanes value = fma(centered, slope, load_first(channels, shift));
    const lanes chosen = place == (integers)here ? gradient : (lanes)0.0f;
    const lanes g = relu ? (value > 0.0f ? chosen : (lanes)0.0f) : chosen;
    const lanes rest = fma(centered, load_first(channels, slopes), load_first(channels, slopes + C));
    store_first(channels, fma(g, slope, rest), dx);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_normalization_pool_backward(
    const int N, const int H, const int W, const int C, const int relu, const int span, __global const float* x,
    __global const float* restrict dy, __global const uchar* restrict places, __global const float* restrict mean,
    __global const float* restrict factor, __global const float* restrict shift,
    __global const float* restrict slopes, __global float* dx)
{
    const int P = H / WINDOW, Q = W / WINDOW;
    const size_t view = get_global_id(1);
    const int begin = get_global_id(0) * span, end = min(N * H, begin + span);
    mean += view * C;
    factor += view * C;
    slopes += view * 2 * C;
    for (int row = begin; row < end; ++row) {
        const int h = row % H, p = h / WINDOW;
        for (int w = 0; w < W; ++w) {
            const int q = w / WINDOW, here = h % WINDOW * WINDOW + w % WINDOW;
            const int inside = p < P && q < Q;
            const size_t from = inside ? (((view * N + row / H) * P + p) * Q + q) * C : 0;
            const size_t at = ((view * N * H + row) * W + w) * C;
            for (int c = 0; c < C; c += LANES) {
                const int count = inside ? C - c : 0;
                gradient_pixel(
                    relu, here, C, C - c, load_first(count, dy + from + c), load_first_places(count, places + from + c),
                    x + at + c, mean + c, factor + c, shift + c, slopes + c, dx + at + c);
            }
        }
    }
}
