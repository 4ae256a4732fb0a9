// Gradient of a convolution by its filter for GPUs: the product of patches of the images, turned, and dy.
//   dw[t,k] = sum over i of x[patch(i), t] dy[i,k],   t = (r,s,c), i = (n,p,q)
// where the patch of (n,p,q) begins at (p stride - padding, q stride - padding), and x is 0 outside of the image. The
// pixels may be cut into parts, each with work-groups of its own, whose sums add_parts adds in order.
//
// Layout: x [N,H,W,C]; dy [N,P,Q,K]; dw [parts,R,S,C,K], of which part p sums the pixels from p * span to
//   (p + 1) * span; all float32.
//
// Launch, work-group (ITEMS, 1, 1): (ITEMS * tiles, parts, 1) for tiles of GROUP_ROWS by GROUP_COLUMNS of a result of
//   R S C rows and K columns; span is a multiple of DEPTH. Every work-item reaches every barrier; what lies outside of
//   the factors counts as zeros.
//
// Constants: those of tiled/tensor.h, tiled/multiply.h and tiled/patches.h.

#include "tiled/tensor.h"
#include "tiled/multiply.h"
#include "tiled/patches.h"

// Fetches the work-item's quads of patches that lie along a tile: from `tap` on, of the pixels `at` = (n, p, q), which
// then go on by a step.
static __attribute__((always_inline)) void fetch_taps(
    const int wide, const Patches patches, const int N, const int P, const int Q, const int stride, const int padding,
    const int3 tap, int3* at, __global const float* images, float4* quads)
{
#pragma unroll
    for (int n = 0; n < LEFT_QUADS; ++n) {
        const Corner corner = {
            at[n].x * patches.height * patches.width * patches.pitch, at[n].y * stride - padding,
            at[n].z * stride - padding};
        quads[n] = patch_quad(wide, patches, at[n].x < N ? corner : nowhere(), tap, images);
        at[n] = further(at[n], DEPTH, P, Q);
    }
}

#define FETCH(d)                                                                   \
    fetch_taps(WIDE_C, patches, N, P, Q, stride, padding, tap, at, x, left_quads); \
    fetch_matrix(1, WIDE_K, GROUP_COLUMNS, K, pixels, first.y, d, end, dy, RIGHT_QUADS, right_quads)
#define STORE store_step(1, 1, turn, left_quads, right_quads, left_tile, right_tile)

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void convolution_backward_filter(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int span, __global const float* restrict x,
    __global const float* restrict dy, __global float* restrict dw)
{
    LOCAL_TILES(left_tile, right_tile);
    const int rows = R * S * C, pixels = N * P * Q;
    const int2 first = group_tile(rows, K);
    const int begin = get_global_id(1) * span, end = min(pixels, begin + span);
    dw += get_global_id(1) * rows * K;
    const Patches patches = {H, W, C, C, R, S, 1};
    // All quads of a work-item begin at one row of the tile, each at a pixel of its own.
    const int row = first.x + quad_place(1, GROUP_ROWS, 0).y;
    const int3 tap = (int3)(row / (S * C), row / C % S, row % C);
    int3 at[LEFT_QUADS];
#pragma unroll
    for (int n = 0; n < LEFT_QUADS; ++n) {
        const int pixel = begin + quad_place(1, GROUP_ROWS, n).x;
        at[n] = (int3)(pixel / (P * Q), pixel / Q % P, pixel % Q);
    }
    float sums[ITEM_ROWS][ITEM_COLUMNS];
    clear_sums(sums);
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
    store_sums(WIDE_K, rows, K, first, sums, dw);
}
