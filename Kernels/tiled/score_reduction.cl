// Reductions over rows of scores s[i, j] = scale * <a[i], b[j]> for GPUs, and their gradients: a work-group has the
// scores a tile at a time in its registers, and none are stored.
//   score_reduction_partial, then score_reduction_finish of score_reduction.cl:
//     y[i] = log sum over j of exp(s[i, j]), or with SOFTPLUS sum over j of softplus(s[i, j])
//   score_reduction_weights, for some rows i at a time, then matrix_product.cl:
//     dx[i] = sum over j of w[i, j] other[j], with w[i, j] / scale = dy[i] f'(s[i, j], y[i]) if of_rows, plus
//     dy[j] f'(s[i, j], y[j]) if of_columns, and f'(s, y) = exp(s - y), or sigmoid(s)
// So da has x = a, other = b and the weights of the rows; db has x = b, other = a and those of the columns; of one
// matrix with itself the gradient has both. With excludes_diagonal j = i is left out. All sums have a fixed order.
//
// Layout: a, x [N, D], b, other [M, D], all float32 row-major; y, remainder and dy [N] or [M], see score_reduction.cl
//   partials [parts][2][N]: the maximum m of a part's scores, and the sum of exp(s - m) (or of softplus)
//   weights [rows, M]: w of the rows from `first` on
// Launch: work-groups (ITEMS, 1, 1); a part is `span` columns, a multiple of GROUP_COLUMNS:
//   score_reduction_partial   (ITEMS * ceil(N / GROUP_ROWS), parts): each work-item keeps the state of its rows over
//                             all tiles of the part; those of a row are merged at the end, in local memory
//   score_reduction_weights   (ITEMS * tiles), tiles = ceil(rows / GROUP_ROWS) ceil(M / GROUP_COLUMNS)
// Constants: those of multiply.h; WIDE, whether D is a multiple of 4; SOFTPLUS, 0 or 1.

#include "tiled/tensor.h"
#include "tiled/multiply.h"
#include "score_terms.h"

#if PRECISION != FLOAT32
#error "scores are computed in float32"
#endif

#ifndef WIDE
#define WIDE 0
#endif

#if GROUP_ROWS * ITEMS_ACROSS > 2 * LEFT_TILE || GROUP_ROWS * ITEMS_ACROSS > 2 * RIGHT_TILE
#error "the states of all work-items lie in the tiles' local memory"
#endif

// <x[i], other[j]> for the rows from `row` on and the columns from `column` on
static __attribute__((always_inline)) void multiply_rows(
    const int N, const int M, const int D, const int row, const int column, __global const float* x,
    __global const float* other, __local float* left, __local float* right, float (*sums)[ITEM_COLUMNS])
{
    float4 left_quads[LEFT_QUADS], right_quads[RIGHT_QUADS];
    clear_sums(sums);
    fetch_matrix(0, WIDE, GROUP_ROWS, N, D, row, 0, D, x, LEFT_QUADS, left_quads);
    fetch_matrix(0, WIDE, GROUP_COLUMNS, M, D, column, 0, D, other, RIGHT_QUADS, right_quads);
    // Others may still read what lies in the tiles.
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int d = 0, turn = 0; d < D; d += DEPTH, turn ^= 1) {
        store_step(0, 0, turn, left_quads, right_quads, left, right);
        barrier(CLK_LOCAL_MEM_FENCE);
        fetch_matrix(0, WIDE, GROUP_ROWS, N, D, row, d + DEPTH, D, x, LEFT_QUADS, left_quads);
        fetch_matrix(0, WIDE, GROUP_COLUMNS, M, D, column, d + DEPTH, D, other, RIGHT_QUADS, right_quads);
        multiply_tiles(left + turn * LEFT_TILE, right + turn * RIGHT_TILE, sums);
    }
}

// Whether the score of row i and column j counts
static inline int counts(const int N, const int M, const int excludes_diagonal, const int i, const int j)
{
    return i < N && j < M && !(excludes_diagonal && i == j);
}

// Joins the scores of a row in a tile to the state of those before
static __attribute__((always_inline)) void merge_row(const float* scores, float* most, float* sum)
{
    float most_of_tile = -INFINITY, sum_of_tile = 0.0f;
#if SOFTPLUS
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; ++j) {
        sum_of_tile += softplus(scores[j]);
    }
#else
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; ++j) {
        most_of_tile = scores[j] > most_of_tile ? scores[j] : most_of_tile;
    }
    const float base = isinf(most_of_tile) ? 0.0f : most_of_tile;
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; ++j) {
        sum_of_tile += exp(scores[j] - base);
    }
#endif
    merge(most, sum, most_of_tile, sum_of_tile);
}

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void score_reduction_partial(
    const int N, const int M, const int D, const float scale, const int excludes_diagonal, const int span,
    __global const float* restrict a, __global const float* restrict b, __global float* restrict partials)
{
    LOCAL_TILES(left, right);
    const int row = get_group_id(0) * GROUP_ROWS, begin = get_global_id(1) * span, end = min(M, begin + span);
    float most[ITEM_ROWS], sum[ITEM_ROWS];
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; ++i) {
        most[i] = -INFINITY;
        sum[i] = 0.0f;
    }
    for (int column = begin; column < end; column += GROUP_COLUMNS) {
        float scores[ITEM_ROWS][ITEM_COLUMNS];
        multiply_rows(N, M, D, row, column, a, b, left, right, scores);
#pragma unroll
        for (int i = 0; i < ITEM_ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < ITEM_COLUMNS; ++j) {
                const int is_one = counts(N, M, excludes_diagonal, row + ITEM_ROW(i), column + ITEM_COLUMN(j));
                scores[i][j] = is_one ? scale * scores[i][j] : -INFINITY;
            }
            merge_row(scores[i], &most[i], &sum[i]);
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; ++i) {
        left[item_across() * GROUP_ROWS + ITEM_ROW(i)] = most[i];
        right[item_across() * GROUP_ROWS + ITEM_ROW(i)] = sum[i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    partials += (size_t)get_global_id(1) * 2 * N + row;
    for (int i = get_local_id(0); i < min(GROUP_ROWS, N - row); i += ITEMS) {
        float row_most = left[i], row_sum = right[i];
        for (int item = 1; item < ITEMS_ACROSS; ++item) {
            merge(&row_most, &row_sum, left[item * GROUP_ROWS + i], right[item * GROUP_ROWS + i]);
        }
        partials[i] = row_most;
        partials[N + i] = row_sum;
    }
}

// The weight of the score s in the result at `place`
static inline float weight(
    const float s, const int place, __global const float* y, __global const float* remainder,
    __global const float* dy)
{
    return dy[place] * slope(s, y[place], remainder[place]);
}

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void score_reduction_weights(
    const int N, const int M, const int D, const float scale, const int excludes_diagonal, const int of_rows,
    const int of_columns, const int first, const int rows, __global const float* restrict x,
    __global const float* restrict other, __global const float* restrict y, __global const float* restrict remainder,
    __global const float* restrict dy, __global float* restrict weights)
{
    LOCAL_TILES(left, right);
    const int2 tile = group_tile(rows, M);
    float sums[ITEM_ROWS][ITEM_COLUMNS];
    multiply_rows(N, M, D, first + tile.x, tile.y, x, other, left, right, sums);
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; ++i) {
#pragma unroll
        for (int j = 0; j < ITEM_COLUMNS; ++j) {
            const int row = first + tile.x + ITEM_ROW(i), column = tile.y + ITEM_COLUMN(j);
            const float s = scale * sums[i][j];
            float sum = 0.0f;
            if (counts(N, M, excludes_diagonal, row, column)) {
                sum = of_rows ? weight(s, row, y, remainder, dy) : 0.0f;
                sum += of_columns ? weight(s, column, y, remainder, dy) : 0.0f;
            }
            sums[i][j] = scale * sum;
        }
    }
    store_sums(M % 4 == 0, rows, M, tile, sums, weights);
}
