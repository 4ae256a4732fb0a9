// Convolution and its gradients for GPUs: products with patches of the images as a factor that is never laid out.
//   convolution                 y[i,k] = bias[k] + sum over t of x[patch(i), t] w[t,k]        i = (n,p,q), t = (r,s,c)
//   convolution_backward_input  dx[j,c] = sum over t of dy[patch(j), t] w[r,s,c,k]            j = (n,h,w), t = (r,s,k)
//   convolution_backward_filter dw[t,k] = sum over i of x[patch(i), t] dy[i,k]                t = (r,s,c), i = (n,p,q)
// where the patch of (n,p,q) begins at (p stride - padding, q stride - padding), and x is 0 outside of the image. The
// gradient by the images is made phase by phase: the pixels with h % stride = a and w % stride = b meet every stride'th
// row and column of the filter, and their patches are read backward, from neighbouring pixels of dy.
//
// Layout: float32; x, dx [N,H,W,C]; w [R,S,C,K]; y, dy [N,P,Q,K]; bias [K]; dw [parts,R,S,C,K], of which part p sums
//   the pixels from p * span to (p + 1) * span, and which add_parts adds in order.
//
// Launch, work-group (ITEMS, 1, 1), over tiles of GROUP_ROWS by GROUP_COLUMNS of the result:
//   convolution                  (ITEMS * tiles, 1, 1)           of N P Q rows and K columns
//   convolution_backward_input   (ITEMS * tiles, 1, stride^2)    of N ceil(H/stride) ceil(W/stride) rows and C columns
//   convolution_backward_filter  (ITEMS * tiles, parts, 1)       of R S C rows and K columns; DEPTH divides span
//   Every work-item reaches every barrier; what lies outside of the factors counts as zeros.
//
// Constants: those of tiled/multiply.h; WIDE_C, WIDE_K, whether C and K are multiples of four.

#include "tiled/multiply.h"

#ifndef WIDE_C
#define WIDE_C 0
#endif
#ifndef WIDE_K
#define WIDE_K 0
#endif

// How patches lie in memory: `down` by `across` taps of `channels` floats each, `step` pixels apart, in an image of
// `height` by `width` pixels, each of `pitch` floats.
typedef struct {
    int height, width, pitch, channels, down, across, step;
} Patches;

// A patch: where its image begins, and the pixel of its first tap.
typedef struct {
    int base, y, x;
} Corner;

// The corner of a patch of zeros.
inline Corner nowhere(void)
{
    const Corner corner = {0, -(1 << 30), 0};
    return corner;
}

// What lies `by` behind `at` in an array [..., middle, minor].
inline int3 further(int3 at, const int by, const int middle, const int minor)
{
    at.z += by;
    while (at.z >= minor) {
        at.z -= minor;
        if (++at.y == middle) {
            at.y = 0;
            ++at.x;
        }
    }
    return at;
}

// The four floats of a patch from row, column and channel `at` on; zeros outside of the image and behind the last row.
inline float4 patch_quad(
    const int wide, const Patches patches, const Corner corner, int3 at, __global const float* images)
{
    float quad[4];
#pragma unroll
    for (int n = 0; n < 4; ++n) {
        const int y = corner.y + at.x * patches.step, x = corner.x + at.y * patches.step;
        const int inside = at.x < patches.down && y >= 0 && y < patches.height && x >= 0 && x < patches.width;
        const int offset = inside ? corner.base + (y * patches.width + x) * patches.pitch + at.z : 0;
        if (wide) {
            return load_quad(1, inside, images + offset);
        }
        quad[n] = inside ? images[offset] : 0.0f;
        at = further(at, 1, patches.across, patches.channels);
    }
    return vload4(0, quad);
}

// Fetches quads of patches, the work-item's `count` of a tile with lines of `extent` that lie deep.
static __attribute__((always_inline)) void fetch_patches(
    const int wide, const Patches patches, const Corner* corners, const int3 at, __global const float* images,
    const int count, float4* quads)
{
#pragma unroll
    for (int n = 0; n < count; ++n) {
        quads[n] = patch_quad(wide, patches, corners[n], at, images);
    }
}

// Fetches the work-item's quads of patches that lie along a tile: from their taps on, of the pixels `at` = (n, p, q),
// which then go on by a step.
inline void fetch_taps(
    const int wide, const Patches patches, const int N, const int P, const int Q, const int stride, const int padding,
    const int3* taps, int3* at, __global const float* images, float4* quads)
{
#pragma unroll
    for (int n = 0; n < LEFT_QUADS; ++n) {
        const Corner corner = {
            at[n].x * patches.height * patches.width * patches.pitch, at[n].y * stride - padding,
            at[n].z * stride - padding};
        quads[n] = patch_quad(wide, patches, at[n].x < N ? corner : nowhere(), taps[n], images);
        at[n] = further(at[n], DEPTH, P, Q);
    }
}

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void convolution(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int has_bias, __global const float* restrict x,
    __global const float* restrict w, __global const float* restrict bias, __global float* restrict y)
{
    LOCAL_TILES(left_tile, right_tile);
    const int rows = N * P * Q, depth = R * S * C;
    const int2 first = group_tile(rows, K);
    const Patches patches = {H, W, C, C, R, S, 1};
    Corner corners[LEFT_QUADS];
#pragma unroll
    for (int n = 0; n < LEFT_QUADS; ++n) {
        const int row = first.x + quad_place(0, GROUP_ROWS, n).y;
        const Corner corner = {row / (P * Q) * H * W * C, row / Q % P * stride - padding, row % Q * stride - padding};
        corners[n] = row < rows ? corner : nowhere();
    }
    float sums[ITEM_ROWS][ITEM_COLUMNS];
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; ++j) {
        const int k = first.y + ITEM_COLUMN(j);
        const float start = has_bias && k < K ? bias[k] : 0.0f;
#pragma unroll
        for (int i = 0; i < ITEM_ROWS; ++i) {
            sums[i][j] = start;
        }
    }

#define FETCH(d)                                                            \
    fetch_patches(WIDE_C, patches, corners, at, x, LEFT_QUADS, left_quads); \
    fetch_matrix(1, WIDE_K, GROUP_COLUMNS, K, depth, first.y, d, depth, w, RIGHT_QUADS, right_quads)
#define STORE store_step(0, 1, turn, left_quads, right_quads, left_tile, right_tile)
    float4 left_quads[LEFT_QUADS], right_quads[RIGHT_QUADS];
    int3 at = further((int3)0, quad_place(0, GROUP_ROWS, 0).x, S, C);
    int turn = 0;
    FETCH(0);
    STORE;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int d = 0; d < depth; d += DEPTH) {
        at = further(at, DEPTH, S, C);
        FETCH(d + DEPTH);
        multiply_tiles(left_tile + turn * LEFT_TILE, right_tile + turn * RIGHT_TILE, sums);
        turn ^= 1;
        STORE;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#undef FETCH
#undef STORE
    store_sums(WIDE_K, rows, K, first, sums, y);
}

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void convolution_backward_input(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, __global const float* restrict dy, __global const float* restrict w,
    __global float* restrict dx)
{
    LOCAL_TILES(left_tile, right_tile);
    // The phase, its first row and column of the filter, and the pixels and taps that it has.
    const int a = get_group_id(2) / stride, b = get_group_id(2) % stride;
    const int r = (a + padding) % stride, s = (b + padding) % stride;
    const int height = (H + stride - 1) / stride, width = (W + stride - 1) / stride;
    const int down = (R - r + stride - 1) / stride, across = (S - s + stride - 1) / stride;
    const int rows = N * height * width, depth = down * across * K;
    const int2 first = group_tile(rows, C);
    const Patches gradients = {P, Q, K, K, down, across, -1};
    const Patches filters = {R, S, C * K, K, down, across, stride};
    Corner corners[LEFT_QUADS], places[RIGHT_QUADS];
#pragma unroll
    for (int n = 0; n < LEFT_QUADS; ++n) {
        const int row = first.x + quad_place(0, GROUP_ROWS, n).y;
        const Corner corner = {
            row / (height * width) * P * Q * K, row / width % height + (a + padding) / stride,
            row % width + (b + padding) / stride};
        corners[n] = row < rows ? corner : nowhere();
    }
#pragma unroll
    for (int n = 0; n < RIGHT_QUADS; ++n) {
        const int c = first.y + quad_place(0, GROUP_COLUMNS, n).y;
        const Corner place = {c * K, r, s};
        places[n] = c < C ? place : nowhere();
    }
    float sums[ITEM_ROWS][ITEM_COLUMNS];
    clear_sums(sums);

#define FETCH                                                                  \
    fetch_patches(WIDE_K, gradients, corners, at, dy, LEFT_QUADS, left_quads); \
    fetch_patches(WIDE_K, filters, places, at, w, RIGHT_QUADS, right_quads)
#define STORE store_step(0, 0, turn, left_quads, right_quads, left_tile, right_tile)
    float4 left_quads[LEFT_QUADS], right_quads[RIGHT_QUADS];
    int3 at = further((int3)0, quad_place(0, GROUP_ROWS, 0).x, across, K);
    int turn = 0;
    FETCH;
    STORE;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int d = 0; d < depth; d += DEPTH) {
        at = further(at, DEPTH, across, K);
        FETCH;
        multiply_tiles(left_tile + turn * LEFT_TILE, right_tile + turn * RIGHT_TILE, sums);
        turn ^= 1;
        STORE;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#undef FETCH
#undef STORE
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; ++i) {
        const int row = first.x + ITEM_ROW(i);
        const int h = row / width % height * stride + a, v = row % width * stride + b;
        if (row < rows && h < H && v < W) {
            const size_t pixel = (row / (height * width) * H + h) * W + v;
            store_row(WIDE_C, C, first.y, sums[i], dx + pixel * C);
        }
    }
}

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void convolution_backward_filter(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int span, __global const float* restrict x,
    __global const float* restrict dy, __global float* restrict part)
{
    LOCAL_TILES(left_tile, right_tile);
    const int rows = R * S * C, pixels = N * P * Q;
    const int2 first = group_tile(rows, K);
    const int begin = get_group_id(1) * span, end = min(pixels, begin + span);
    part += get_group_id(1) * rows * K;
    const Patches patches = {H, W, C, C, R, S, 1};
    // Of each quad, its tap and channel, which stay, and its pixel, which goes on.
    int3 taps[LEFT_QUADS], at[LEFT_QUADS];
#pragma unroll
    for (int n = 0; n < LEFT_QUADS; ++n) {
        const int2 place = quad_place(1, GROUP_ROWS, n);
        const int row = first.x + place.y, pixel = begin + place.x;
        taps[n] = (int3)(row / (S * C), row / C % S, row % C);
        at[n] = (int3)(pixel / (P * Q), pixel / Q % P, pixel % Q);
    }
    float sums[ITEM_ROWS][ITEM_COLUMNS];
    clear_sums(sums);

#define FETCH(d)                                                                    \
    fetch_taps(WIDE_C, patches, N, P, Q, stride, padding, taps, at, x, left_quads); \
    fetch_matrix(1, WIDE_K, GROUP_COLUMNS, K, pixels, first.y, d, end, dy, RIGHT_QUADS, right_quads)
#define STORE store_step(1, 1, turn, left_quads, right_quads, left_tile, right_tile)
    float4 left_quads[LEFT_QUADS], right_quads[RIGHT_QUADS];
    int turn = 0;
    FETCH(begin);
    STORE;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int d = begin; d < end; d += DEPTH) {
        FETCH(d + DEPTH);
        multiply_tiles(left_tile + turn * LEFT_TILE, right_tile + turn * RIGHT_TILE, sums);
        turn ^= 1;
        STORE;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#undef FETCH
#undef STORE
    store_sums(WIDE_K, rows, K, first, sums, part);
}
