// Filter gradient of the 3x3 convolution, stride 1, padding 1, by Winograd's F(4x4, 3x3), for CPU devices.
//   dU = sum over tiles of (B^T d B) * (A dY A^T),   dg = G^T dU G,   d a 6x6 tile of x, dY the 4x4 tile of dy in it
//   Each work-item sums its own tiles into its own partial; the partials are added in index order (add_parts): same bits
//   every run.
//
// Layout: x [N,H,W,C], dy [N,H,W,K], gradient [3,3,C,K], all float32.
//   Tiles are numbered through all images in row order, ceil(H/4) * ceil(W/4) to an image.
//   du      a partial per work-item, each [ceil(K/PANEL)][36][Cp][PANEL], PANEL = 2 * LANES, Cp = C rounded up to LANES
//   v       [36][Cp/LANES][TILES][LANES], LANES more after each of the 36 to keep them apart in the cache
//   m       [36][TILES][PANEL], likewise
//   scratch v, then m: 36 * (TILES * (Cp + PANEL) + 2 * LANES) floats for each work-item
//
// Launch:
//   convolution_winograd_backward_filter  (items, 1, 1), work-group 1: a few work-items per compute unit, the number
//                                         fixed per device. Work-item i takes tiles [i * span, (i + 1) * span), span
//                                         a multiple of TILES; every partial is written whole, without tiles as zeros
//   convolution_winograd_filter           (K, C), any work-group, after the partials have been added to one
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); FILTER_ROWS, rows of the register tile, divides
//   LANES; TILES, tiles at a time; PREFETCH, whether __builtin_prefetch is there (PoCL).

#include "wide/lanes.h"

#ifndef TILES
#define TILES 24
#endif
#ifndef FILTER_ROWS
#define FILTER_ROWS 8
#endif

#include "winograd_transforms.h"
#include "wide/winograd.h"

#define FROM_DY(i, j) \
    pixel(live ? h + i : -1, w + j, H, W, K - k, image + ((long)(h + i) * W + w + j) * K + k)
#define TO_M(i, j, value) STORE(value, m + (i * 6 + j) * M_STRIDE)

// m = A dY A^T for one tile and LANES channels from k on; live = 0: zeros
static inline void gradient_tile(
    const int live, const int h, const int w, const int H, const int W, const int K, const int k,
    __global const float* image, __global float* m)
{
    TRANSFORM_TILE(lanes, 4, 6, transform_gradient, FROM_DY, TO_M);
}

// du[FILTER_ROWS][PANEL] (+)= v[TILES][LANES]^T * m[TILES][PANEL]
static inline void multiply_transposed(
    const int first, __global const float* v, __global const float* m, __global float* du)
{
    lanes left[FILTER_ROWS], right[FILTER_ROWS];
#pragma unroll
    for (int i = 0; i < FILTER_ROWS; ++i) {
        left[i] = first ? (lanes)0.0f : LOAD(du + i * PANEL);
        right[i] = first ? (lanes)0.0f : LOAD(du + i * PANEL + LANES);
        FETCH(du + (FILTER_ROWS + i) * PANEL);
        FETCH(du + (FILTER_ROWS + i) * PANEL + LANES);
    }
    for (int slot = 0; slot < TILES; ++slot) {
        const lanes m0 = LOAD(m + slot * PANEL);
        const lanes m1 = LOAD(m + slot * PANEL + LANES);
#pragma unroll
        for (int i = 0; i < FILTER_ROWS; ++i) {
            const lanes factor = (lanes)v[slot * LANES + i];
            left[i] = fma(factor, m0, left[i]);
            right[i] = fma(factor, m1, right[i]);
        }
    }
#pragma unroll
    for (int i = 0; i < FILTER_ROWS; ++i) {
        STORE(left[i], du + i * PANEL);
        STORE(right[i], du + i * PANEL + LANES);
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void convolution_winograd_backward_filter(
    const int N, const int H, const int W, const int C, const int K, const int span,
    __global const float* restrict x, __global const float* restrict dy,
    __global float* restrict scratch, __global float* restrict du)
{
    const int tiles_w = (W + 3) / 4, tiles = (H + 3) / 4 * tiles_w;
    const int begin = get_global_id(0) * span, end = min(N * tiles, begin + span);
    const size_t stride = v_stride(C);
    const int rows = round_up(C, LANES);
    __global float* v = scratch_slice(C, scratch);
    __global float* m = v + 36 * stride;
    int first = begin;
    do {
        for (int slot = 0; slot < TILES; ++slot) {
            const int live = first + slot < end;
            const int tile = live ? first + slot : 0;
            const int n = tile / tiles, h = tile % tiles / tiles_w * 4, w = tile % tiles % tiles_w * 4;
            input_tile(live, h, w, H, W, C, slot, x + (size_t)n * H * W * C, v);
        }
        const int next = first + TILES + tiles_w;
        const long from = pixels_before(next, N, H, W);
        const long to = pixels_before(next + TILES, N, H, W);
        const int parts = 36 * ((K + PANEL - 1) / PANEL);
        __global float* sum = du + get_global_id(0) * 36 * rows * round_up(K, PANEL);
        for (int k = 0; k < K; k += PANEL) {
            for (int slot = 0; slot < TILES; ++slot) {
                const int live = first + slot < end;
                const int tile = live ? first + slot : 0;
                const int n = tile / tiles, h = tile % tiles / tiles_w * 4, w = tile % tiles % tiles_w * 4;
                __global const float* image = dy + (size_t)n * H * W * K;
                gradient_tile(live, h, w, H, W, K, k, image, m + slot * PANEL);
                gradient_tile(live, h, w, H, W, K, k + LANES, image, m + slot * PANEL + LANES);
            }
            for (int xi = 0; xi < 36; ++xi) {
                fetch(from * C, to * C, k / PANEL * 36 + xi, parts, x);
                fetch(from * K, to * K, k / PANEL * 36 + xi, parts, dy);
                for (int c = 0; c < rows; c += FILTER_ROWS) {
                    const int at = c / LANES * LANES * TILES + c % LANES;
                    multiply_transposed(first == begin, v + xi * stride + at, m + xi * M_STRIDE, sum);
                    sum += FILTER_ROWS * PANEL;
                }
            }
        }
        first += TILES;
    } while (first < end);
}

__kernel void convolution_winograd_filter(
    const int C, const int K, __global const float* du, __global float* gradient)
{
    const int k = get_global_id(0);
    const int c = get_global_id(1);
    const size_t step = (size_t)round_up(C, LANES) * PANEL;
    __global const float* from = du + (k / PANEL * 36) * step + c * PANEL + k % PANEL;
    float turned[3][6];
    for (int i = 0; i < 6; ++i) {
        float row[6], o[3];
        for (int j = 0; j < 6; ++j) {
            row[j] = from[(i * 6 + j) * step];
        }
        transform_filter_gradient(row, o);
        for (int s = 0; s < 3; ++s) {
            turned[s][i] = o[s];
        }
    }
    for (int s = 0; s < 3; ++s) {
        float o[3];
        transform_filter_gradient(turned[s], o);
        for (int r = 0; r < 3; ++r) {
            gradient[((r * 3 + s) * C + c) * K + k] = o[r];
        }
    }
}
