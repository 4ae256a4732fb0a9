// 3x3 convolution, stride 1, padding 1, by Winograd's F(4x4, 3x3), for CPU devices: one work-item does whole tiles.
//   d, Y: a 6x6 input tile and its 4x4 output tile;   V = B^T d B,   U = G g G^T,   Y = A^T (sum over c of V * U) A
//   (Lavin and Gray, CVPR 2016). The input gradient is the same kernel over dY, with filters packed as `rotated`.
//
// Layout: x [N,H,W,C], y [N,H,W,K], filter [3,3,C,K], bias [K], all float32.
//   Tiles are numbered through all images in row order, ceil(H/4) * ceil(W/4) to an image.
//   u       [ceil(K/PANEL)][36][Cp][PANEL], PANEL = 2 * LANES, Cp = C rounded up to LANES; zeros where C or K ends
//   v       [36][Cp/LANES][TILES][LANES], LANES more after each of the 36 to keep them apart in the cache
//   m       [36][TILES][PANEL], likewise
//   statistics [V, items, 4, K]: those of y for a batch normalization behind, as in statistics.h
//   scratch v, then m: 36 * (TILES * (Cp + PANEL) + 2 * LANES) floats for each work-item
//
// Launch:
//   convolution_winograd_pack_filter  (ceil(K/PANEL) * PANEL, Cp), any work-group. rotated = 0: filter is [3,3,C,K];
//                                     rotated = 1: filter is [3,3,K,C], turned by 180 degrees, for the input gradient
//   convolution_winograd_forward      (items, V), work-group 1: a few work-items per compute unit, V the views with
//                                     statistics of their own, else 1. Work-item i takes the tiles
//                                     [i * span, (i + 1) * span) of the N images of its view; span is a multiple of
//                                     TILES. has_bias = 0: bias is not read (bind u);
//                                     has_statistics = 0: statistics are not written (bind scratch)
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); TILE_ROWS, rows of the register tile (12; AVX2: 6);
//   TILES, tiles at a time, a multiple of TILE_ROWS; PREFETCH, whether __builtin_prefetch is there (PoCL).

#include "wide/lanes.h"
#include "wide/statistics.h"

#ifndef TILE_ROWS
#define TILE_ROWS 12
#endif
#ifndef TILES
#define TILES 12
#endif

#include "winograd_transforms.h"
#include "wide/winograd.h"

// y = A^T m A (+ bias) for one tile and LANES channels from k on
static inline void output_tile(
    const int h, const int w, const int H, const int W, const int K, const int k, const lanes offset,
    __global const float* m, __global float* image)
{
    lanes turned[4][6];
#pragma unroll
    for (int j = 0; j < 6; ++j) {
        lanes column[6], o[4];
#pragma unroll
        for (int i = 0; i < 6; ++i) {
            column[i] = LOAD(m + (i * 6 + j) * M_STRIDE);
        }
        transform_output(column, o);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            turned[i][j] = o[i];
        }
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        lanes o[4];
        transform_output(turned[i], o);
        if (h + i < H) {
#pragma unroll
            for (int j = 0; j < 4; ++j) {
                if (w + j < W) {
                    store_first(K - k, o[j] + offset, image + ((long)(h + i) * W + w + j) * K + k);
                }
            }
        }
    }
}

// Adds the pixels of a tile to the sums of differences from `center`, and of their squares
static inline void add_tile(
    const int height, const int width, const long pitch, const int K, const int channels, const lanes center,
    __global const float* tile, lanes* sum, lanes* square)
{
    lanes sums[4], squares[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
        sums[j] = squares[j] = (lanes)0.0f;
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        if (i < height) {
#pragma unroll
            for (int j = 0; j < 4; ++j) {
                if (j < width) {
                    const lanes difference = load_first(channels, tile + i * pitch + j * K) - center;
                    sums[j] += difference;
                    squares[j] = fma(difference, difference, squares[j]);
                }
            }
        }
    }
    *sum += (sums[0] + sums[1]) + (sums[2] + sums[3]);
    *square += (squares[0] + squares[1]) + (squares[2] + squares[3]);
}

// Adds the tiles from `first` to `end` to the statistics of `seen` pixels before them; returns how many there are then.
// By now the tiles have reached the cache: read right after it is stored, each would be waited for.
static inline int add_tiles(
    const int seen, const int first, const int end, const int H, const int W, const int K,
    __global const float* y, __global float* statistics)
{
    const int tiles_w = (W + 3) / 4, tiles = (H + 3) / 4 * tiles_w;
    int pixels = 0;
    for (int k = 0; k < K; k += LANES) {
        lanes sum = (lanes)0.0f, square = (lanes)0.0f;
        pixels = 0;
        for (int tile = first; tile < end; ++tile) {
            const int n = tile / tiles, h = tile % tiles / tiles_w * 4, w = tile % tiles % tiles_w * 4;
            __global const float* corner = y + (((size_t)n * H + h) * W + w) * K + k;
            if (seen + pixels == 0) {
                begin_statistics(K, K - k, load_first(K - k, corner), statistics + k);
            }
            const lanes center = center_so_far(K, K - k, statistics + k);
            add_tile(H - h, W - w, (long)W * K, K, K - k, center, corner, &sum, &square);
            pixels += min(4, H - h) * min(4, W - w);
        }
        merge_block(seen, pixels, K, K - k, sum, square, statistics + k);
    }
    return seen + pixels;
}

// m[TILE_ROWS][PANEL] = v[C/LANES][..][LANES] * u[C][PANEL], rows of v and m a slot apart
static inline void multiply(const int C, __global const float* v, __global const float* u, __global float* m)
{
    lanes left[TILE_ROWS], right[TILE_ROWS];
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        left[i] = (lanes)0.0f;
        right[i] = (lanes)0.0f;
    }
    for (int c = 0; c < C; c += LANES) {
        for (int lane = 0; lane < LANES; ++lane) {
            const lanes u0 = LOAD(u);
            const lanes u1 = LOAD(u + LANES);
            u += PANEL;
#pragma unroll
            for (int i = 0; i < TILE_ROWS; ++i) {
                const lanes factor = (lanes)v[i * LANES + lane];
                left[i] = fma(factor, u0, left[i]);
                right[i] = fma(factor, u1, right[i]);
            }
        }
        v += TILES * LANES;
    }
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        STORE(left[i], m + i * PANEL);
        STORE(right[i], m + i * PANEL + LANES);
    }
}

__kernel void convolution_winograd_pack_filter(
    const int C, const int K, const int rotated, __global const float* filter, __global float* u)
{
    const int k = get_global_id(0);
    const int c = get_global_id(1);
    float turned[6][3];
    for (int s = 0; s < 3; ++s) {
        float g[3], o[6];
        for (int r = 0; r < 3; ++r) {
            const int at = rotated ? (8 - r * 3 - s) * C * K + k * C + c : (r * 3 + s) * C * K + c * K + k;
            g[r] = (c < C && k < K) ? filter[at] : 0.0f;
        }
        transform_filter(g, o);
        for (int i = 0; i < 6; ++i) {
            turned[i][s] = o[i];
        }
    }
    const size_t step = (size_t)round_up(C, LANES) * PANEL;
    __global float* out = u + (k / PANEL * 36) * step + c * PANEL + k % PANEL;
    for (int i = 0; i < 6; ++i) {
        float o[6];
        transform_filter(turned[i], o);
        for (int j = 0; j < 6; ++j) {
            out[(i * 6 + j) * step] = o[j];
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void convolution_winograd_forward(
    const int N, const int H, const int W, const int C, const int K, const int has_bias, const int has_statistics,
    const int span, __global const float* restrict x, __global const float* restrict u,
    __global const float* restrict bias, __global float* restrict scratch, __global float* restrict statistics,
    __global float* restrict y)
{
    __global float* own = own_statistics(K, statistics);
    int seen = 0;
    x += get_global_id(1) * N * H * W * C;
    y += get_global_id(1) * N * H * W * K;
    const int tiles_w = (W + 3) / 4, tiles = (H + 3) / 4 * tiles_w;
    const int begin = get_global_id(0) * span, end = min(N * tiles, begin + span);
    const size_t stride = v_stride(C);
    const size_t step = (size_t)round_up(C, LANES) * PANEL;
    __global float* v = scratch_slice(C, scratch);
    __global float* m = v + 36 * stride;
    for (int first = begin; first < end; first += TILES) {
        for (int slot = 0; slot < TILES; ++slot) {
            const int live = first + slot < end;
            const int tile = live ? first + slot : first;
            const int n = tile / tiles, h = tile % tiles / tiles_w * 4, w = tile % tiles % tiles_w * 4;
            input_tile(live, h, w, H, W, C, slot, x + (size_t)n * H * W * C, v);
        }
        const int next = first + TILES + tiles_w;
        const long from = pixels_before(next, N, H, W) * C;
        const long to = pixels_before(next + TILES, N, H, W) * C;
        const int parts = 36 * ((K + PANEL - 1) / PANEL);
        __global const float* panel = u;
        for (int k = 0; k < K; k += PANEL) {
            for (int xi = 0; xi < 36; ++xi) {
                for (int slot = 0; slot < TILES; slot += TILE_ROWS) {
                    multiply(C, v + xi * stride + slot * LANES, panel, m + xi * M_STRIDE + slot * PANEL);
                }
                fetch(from, to, k / PANEL * 36 + xi, parts, x);
                panel += step;
            }
            for (int part = k; part < min(K, k + PANEL); part += LANES) {
                const lanes offset = has_bias ? load_first(K - part, bias + part) : (lanes)0.0f;
                for (int slot = 0; slot < min(TILES, end - first); ++slot) {
                    const int tile = first + slot;
                    const int n = tile / tiles, h = tile % tiles / tiles_w * 4, w = tile % tiles % tiles_w * 4;
                    __global const float* from = m + slot * PANEL + (part - k);
                    output_tile(h, w, H, W, K, part, offset, from, y + (size_t)n * H * W * K);
                }
            }
        }
        if (has_statistics) {
            seen = add_tiles(seen, first, min(end, first + TILES), H, W, K, y, own);
        }
    }
    if (has_statistics) {
        end_statistics(seen, K, own);
    }
}
