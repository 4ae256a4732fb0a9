// Gradient of a convolution by its images for GPUs: the product of patches of dy and the filter, phase by phase.
//   dx[j,c] = sum over t of dy[patch(j), t] w[r,s,c,k],   j = (n,h,w), t = (r,s,k)
// The pixels with h % stride = a and w % stride = b meet every stride'th row and column of the filter, and their
// patches are read backward, from neighbouring pixels of dy, which is 0 outside of the image.
//
// Layout: dy [N,P,Q,K]; w [R,S,C,K]; dx [N,H,W,C], all float32.
//
// Launch, work-group (ITEMS, 1, 1): (ITEMS * tiles, 1, stride^2) for tiles of GROUP_ROWS by GROUP_COLUMNS of a result
//   of N ceil(H/stride) ceil(W/stride) rows and C columns. Every work-item reaches every barrier; what lies outside of
//   the factors counts as zeros.
//
// Constants: those of tiled/tensor.h, tiled/multiply.h and tiled/patches.h.

#include "tiled/tensor.h"
#include "tiled/multiply.h"
#include "tiled/patches.h"

#define FETCH                                                                  \
    fetch_patches(WIDE_K, gradients, corners, at, dy, LEFT_QUADS, left_quads); \
    fetch_patches(WIDE_K, filters, places, at, w, RIGHT_QUADS, right_quads)
#define STORE store_step(0, 0, turn, left_quads, right_quads, left_tile, right_tile)

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void convolution_backward_input(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, __global const float* restrict dy, __global const float* restrict w,
    __global float* restrict dx)
{
    LOCAL_TILES(left_tile, right_tile);
    // The phase, its first row and column of the filter, and the pixels and taps that it has.
    const int a = get_global_id(2) / stride, b = get_global_id(2) % stride;
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
