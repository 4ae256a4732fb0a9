// Convolution of any filter, stride and padding for GPUs: the product of patches of the images and the filter.
//   y[i,k] = bias[k] + sum over t of x[patch(i), t] w[t,k],   i = (n,p,q), t = (r,s,c)
// where the patch of (n,p,q) begins at (p stride - padding, q stride - padding), and x is 0 outside of the image.
//
// Layout: x [N,H,W,C]; w [R,S,C,K]; bias [K]; y [N,P,Q,K], all float32.
//
// Launch, work-group (ITEMS, 1, 1): (ITEMS * tiles, 1, 1) for tiles of GROUP_ROWS by GROUP_COLUMNS of a result of N P Q
//   rows and K columns. Every work-item reaches every barrier; what lies outside of the factors counts as zeros.
//
// Constants: those of tiled/tensor.h, tiled/multiply.h and tiled/patches.h.

#include "tiled/tensor.h"
#include "tiled/multiply.h"
#include "tiled/patches.h"

#define FETCH(d)                                                            \
    fetch_patches(WIDE_C, patches, corners, at, x, LEFT_QUADS, left_quads); \
    fetch_matrix(1, WIDE_K, GROUP_COLUMNS, K, depth, first.y, d, depth, w, RIGHT_QUADS, right_quads)
#define STORE store_step(0, 1, turn, left_quads, right_quads, left_tile, right_tile)

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
    store_sums(WIDE_K, rows, K, first, sums, y);
}
