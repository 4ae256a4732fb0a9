// Reductions over rows of scores s[i, j] = scale * <a[i], b[j]>, and their gradients, without the matrix of scores.
//   score_reduction_partial, score_reduction_finish:
//     y[i] = log sum over j of exp(s[i, j]), or with SOFTPLUS sum over j of softplus(s[i, j])
//   score_reduction_backward:
//     dx[i] = scale * sum over j of w[i, j] other[j], with w[i, j] = dy[i] f'(s[i, j], y[i]) if of_rows, plus
//     dy[j] f'(s[i, j], y[j]) if of_columns, and f'(s, y) = exp(s - y), or sigmoid(s)
// So da has x = a, other = b and the weights of the rows; db has x = b, other = a and those of the columns; of one
// matrix with itself the gradient has both. With excludes_diagonal j = i is left out.
//
// Layout: a, x, dx [N, D], b, other [M, D], all float32 row-major; y, remainder and dy [N] or [M].
//   remainder: what float32 leaves of y, so that exp((s - y) - remainder) keeps its digits where y is large
//   partials [parts][2][N]: m, the maximum of a part's scores, and the sum of exp(s - m) (or of softplus)
// Launch, work-groups (TILE, TILE), which compute TILE x TILE scores at a time from tiles in local memory:
//   score_reduction_partial   (TILE * parts, N rounded up to TILE): a part is `span` columns, a multiple of TILE; each
//                             work-item keeps the state of every TILE-th column, then those of a row are merged
//   score_reduction_backward  (TILE * ceil(D / (TILE * FEATURES)), N rounded up to TILE): each work-item sums FEATURES
//   score_reduction_finish    (N), any work-group, which merges the parts in their order
//   Every work-item reaches every barrier; those outside of a matrix carry zeros, or scores of -infinity.
// Constants: TILE, the edge of a work-group, a power of two; 3 * TILE * TILE floats of local memory; FEATURES, how many
//   elements of dx a work-item sums; SOFTPLUS, 0 or 1.

#ifndef TILE
#define TILE 16
#endif
#ifndef FEATURES
#define FEATURES 8
#endif

#include "score_terms.h"

// <x[i], other[j]> for i of this work-item's row and j of its column, by all work-items of a group together
static inline float product(
    const int N, const int M, const int D, const int i, const int first, __global const float* x,
    __global const float* other, __local float (*left)[TILE + 1], __local float (*right)[TILE + 1])
{
    const int column = get_local_id(0), row = get_local_id(1), j = first + row;
    float sum = 0.0f;
    for (int d = 0; d < D; d += TILE) {
        left[row][column] = i < N && d + column < D ? x[(size_t)i * D + d + column] : 0.0f;
        right[row][column] = j < M && d + column < D ? other[(size_t)j * D + d + column] : 0.0f;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int t = 0; t < TILE; ++t) {
            sum = fma(left[row][t], right[column][t], sum);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    return sum;
}

__attribute__((reqd_work_group_size(TILE, TILE, 1)))
__kernel void score_reduction_partial(
    const int N, const int M, const int D, const float scale, const int excludes_diagonal, const int span,
    __global const float* a, __global const float* b, __global float* partials)
{
    __local float left[TILE][TILE + 1], right[TILE][TILE + 1];
    const int column = get_local_id(0), row = get_local_id(1), i = get_global_id(1);
    const int begin = get_group_id(0) * span, end = min(M, begin + span);
    float most = -INFINITY, sum = 0.0f;
    for (int first = begin; first < end; first += TILE) {
        const int j = first + column;
        const float s = scale * product(N, M, D, i, first, a, b, left, right);
        const int counts = i < N && j < M && !(excludes_diagonal && i == j);
#if SOFTPLUS
        merge(&most, &sum, 0.0f, counts ? softplus(s) : 0.0f);
#else
        merge(&most, &sum, counts ? s : -INFINITY, 1.0f);
#endif
    }
    left[row][column] = most;
    right[row][column] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int width = TILE / 2; width > 0; width /= 2) {
        if (column < width) {
            merge(&most, &sum, left[row][column + width], right[row][column + width]);
            left[row][column] = most;
            right[row][column] = sum;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (column == 0 && i < N) {
        partials[(size_t)get_group_id(0) * 2 * N + i] = most;
        partials[((size_t)get_group_id(0) * 2 + 1) * N + i] = sum;
    }
}

__kernel void score_reduction_finish(
    const int N, const int parts, __global const float* partials, __global float* y, __global float* remainder)
{
    const int i = get_global_id(0);
    if (i >= N) {
        return;
    }
    float most = -INFINITY, sum = 0.0f;
    for (int part = 0; part < parts; ++part) {
        merge(&most, &sum, partials[(size_t)part * 2 * N + i], partials[((size_t)part * 2 + 1) * N + i]);
    }
#if SOFTPLUS
    y[i] = sum;
    remainder[i] = 0.0f;
#else
    const float rest = log(sum), value = most + rest, back = value - most;
    y[i] = value;
    remainder[i] = isfinite(value) ? (most - (value - back)) + (rest - back) : 0.0f;
#endif
}

__attribute__((reqd_work_group_size(TILE, TILE, 1)))
__kernel void score_reduction_backward(
    const int N, const int M, const int D, const float scale, const int excludes_diagonal, const int of_rows,
    const int of_columns, __global const float* x, __global const float* other, __global const float* y,
    __global const float* remainder, __global const float* dy, __global float* dx)
{
    __local float left[TILE][TILE + 1], right[TILE][TILE + 1], weights[TILE][TILE + 1];
    const int column = get_local_id(0), row = get_local_id(1), i = get_global_id(1);
    const int feature = get_group_id(0) * TILE * FEATURES + column;
    float sums[FEATURES];
    for (int f = 0; f < FEATURES; ++f) {
        sums[f] = 0.0f;
    }
    for (int first = 0; first < M; first += TILE) {
        const int j = first + column;
        const float s = scale * product(N, M, D, i, first, x, other, left, right);
        float weight = 0.0f;
        if (i < N && j < M && !(excludes_diagonal && i == j)) {
            weight = of_rows ? dy[i] * slope(s, y[i], remainder[i]) : 0.0f;
            weight += of_columns ? dy[j] * slope(s, y[j], remainder[j]) : 0.0f;
        }
        weights[row][column] = weight;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int t = 0; t < min(TILE, M - first); ++t) {
            for (int f = 0; f < FEATURES; ++f) {
                const int d = feature + f * TILE;
                sums[f] = fma(weights[row][t], d < D ? other[(size_t)(first + t) * D + d] : 0.0f, sums[f]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int f = 0; f < FEATURES; ++f) {
        const int d = feature + f * TILE;
        if (i < N && d < D) {
            dx[(size_t)i * D + d] = scale * sums[f];
        }
    }
}
