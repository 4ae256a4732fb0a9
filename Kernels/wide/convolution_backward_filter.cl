// Filter gradient of a convolution of any filter, stride and padding, for CPU devices: the patches of some pixels times
// the gradient of those pixels, a register tile at a time.
//   dw[t,k] = sum over n,p,q of x[n, p stride + r - padding, q stride + s - padding, c] dy[n,p,q,k],   t = (r, s, c)
//   Each work-item sums its own pixels into its own partial; the partials are added in index order: same bits always.
//
// Layout: x [N,H,W,C], dy [N,P,Q,K], dw [R,S,C,K], all float32. Depth = R S C rounded up to LANES, PANEL = 2 LANES.
//   partials [items][ceil(K/PANEL)][Depth][PANEL]
//   scratch  PIXELS * (Depth + PANEL) floats per work-item: patches [Depth/LANES][PIXELS][LANES], dy [PIXELS][PANEL]
//
// Launch:
//   convolution_backward_filter         (items, 1, 1), work-group 1: a few work-items per compute unit, the number
//                                       fixed per device. Work-item i takes the pixels [i * span, (i + 1) * span) of
//                                       the N * P * Q; every partial is written whole, without pixels as zeros
//   convolution_backward_filter_reduce  (K, R * S * C), any work-group; partials = items
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); FILTER_ROWS, rows of the register tile, divides LANES;
//   PIXELS, pixels at a time; PREFETCH, whether __builtin_prefetch is there (PoCL).

#include "wide/lanes.h"

#ifndef FILTER_ROWS
#define FILTER_ROWS 8
#endif
#ifndef PIXELS
#define PIXELS 48
#endif

// Lays the patch of output pixel `pixel` into row `slot` of the patches; zeros outside the image, and where live = 0
static inline void pack_patch(
    const int live, const int pixel, const int slot, const int H, const int W, const int C, const int R, const int S,
    const int P, const int Q, const int stride, const int padding, __global const float* x, __global float* patches)
{
    const int n = pixel / (P * Q), p = pixel / Q % P, q = pixel % Q;
    const int whole = C % LANES == 0;
    __global float* row = patches + slot * LANES;
    int d = 0;
    for (int r = 0; r < R; ++r) {
        const int h = p * stride + r - padding;
        for (int s = 0; s < S; ++s) {
            const int w = q * stride + s - padding;
            const int inside = live && h >= 0 && h < H && w >= 0 && w < W;
            __global const float* from = x + (((size_t)n * H + h) * W + w) * C;
            for (int c = 0; c < C && whole; c += LANES, d += LANES) {
                STORE(inside ? LOAD(from + c) : (lanes)0.0f, row + d * PIXELS);
            }
            for (int c = 0; c < C && !whole; ++c, ++d) {
                row[d / LANES * LANES * PIXELS + d % LANES] = inside ? from[c] : 0.0f;
            }
        }
    }
    for (; d % LANES != 0; ++d) {
        row[d / LANES * LANES * PIXELS + d % LANES] = 0.0f;
    }
}

// sum[FILTER_ROWS][PANEL] (+)= patches[PIXELS][LANES]^T * gradient[PIXELS][PANEL]
static inline void multiply_transposed(
    const int first, __global const float* patches, __global const float* gradient, __global float* sum)
{
    lanes left[FILTER_ROWS], right[FILTER_ROWS];
#pragma unroll
    for (int i = 0; i < FILTER_ROWS; ++i) {
        left[i] = first ? (lanes)0.0f : LOAD(sum + i * PANEL);
        right[i] = first ? (lanes)0.0f : LOAD(sum + i * PANEL + LANES);
        FETCH(sum + (FILTER_ROWS + i) * PANEL);
        FETCH(sum + (FILTER_ROWS + i) * PANEL + LANES);
    }
    for (int slot = 0; slot < PIXELS; ++slot) {
        const lanes gradient0 = LOAD(gradient + slot * PANEL);
        const lanes gradient1 = LOAD(gradient + slot * PANEL + LANES);
#pragma unroll
        for (int i = 0; i < FILTER_ROWS; ++i) {
            const lanes factor = (lanes)patches[slot * LANES + i];
            left[i] = fma(factor, gradient0, left[i]);
            right[i] = fma(factor, gradient1, right[i]);
        }
    }
#pragma unroll
    for (int i = 0; i < FILTER_ROWS; ++i) {
        STORE(left[i], sum + i * PANEL);
        STORE(right[i], sum + i * PANEL + LANES);
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void convolution_backward_filter(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int span, __global const float* restrict x,
    __global const float* restrict dy, __global float* restrict scratch, __global float* restrict partials)
{
    const int begin = get_global_id(0) * span, end = min(N * P * Q, begin + span);
    const size_t depth = round_up(R * S * C, LANES);
    __global float* patches = scratch + get_global_id(0) * PIXELS * (depth + PANEL);
    __global float* gradient = patches + PIXELS * depth;
    int first = begin;
    do {
        for (int slot = 0; slot < PIXELS; ++slot) {
            const int live = first + slot < end;
            const int pixel = live ? first + slot : 0;
            pack_patch(live, pixel, slot, H, W, C, R, S, P, Q, stride, padding, x, patches);
        }
        __global float* sum = partials + get_global_id(0) * depth * round_up(K, PANEL);
        for (int k = 0; k < K; k += PANEL) {
            for (int slot = 0; slot < PIXELS; ++slot) {
                const int count = first + slot < end ? K - k : 0;
                __global const float* from = dy + (size_t)(count > 0 ? first + slot : 0) * K + k;
                STORE(load_first(count, from), gradient + slot * PANEL);
                STORE(load_first(count - LANES, from + LANES), gradient + slot * PANEL + LANES);
            }
            for (int d = 0; d < depth; d += FILTER_ROWS) {
                const int at = d / LANES * LANES * PIXELS + d % LANES;
                multiply_transposed(first == begin, patches + at, gradient, sum);
                sum += FILTER_ROWS * PANEL;
            }
        }
        first += PIXELS;
    } while (first < end);
}

__kernel void convolution_backward_filter_reduce(
    const int K, const int depth, const int items, __global const float* partials, __global float* dw)
{
    const int k = get_global_id(0), d = get_global_id(1);
    const size_t padded = round_up(depth, LANES);
    __global const float* from = partials + ((size_t)(k / PANEL) * padded + d) * PANEL + k % PANEL;
    float sum = 0.0f;
    for (int i = 0; i < items; ++i) {
        sum += from[i * padded * round_up(K, PANEL)];
    }
    dw[(size_t)d * K + k] = sum;
}
