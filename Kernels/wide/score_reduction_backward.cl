// The gradient of the reductions in score_reduction.cl for CPU devices, without the matrix of scores: a block of them
// is computed again, turned into weights, and multiplied by the rows on both sides.
//   s[i, j] = scale * <a[i], b[j]>,   w[i, j] = dy[i] * exp(s[i, j] - y[i]), or with SOFTPLUS dy[i] * sigmoid(s[i, j])
//   da[i] = scale * sum over j of w[i, j] b[j],   db[j] = scale * sum over i of w[i, j] a[i]
// With excludes_diagonal j = i is left out. Of one matrix (self: b is a) the gradient is da + db: the weights
// w[i, j] + w[j, i] are symmetric, and a block of them beside the diagonal serves its rows and its columns.
//
// Layout: da [N, D], db [M, D], dy [N], y and remainder [N], float32 row-major.
//   left, right  as score_reduction.cl packs them
//   slices       [ceil(D/PANEL)][N][PANEL], PANEL = 2 * LANES features of all rows of a, zeros behind the last; for b
//                likewise, [...][M][PANEL]
//   scratch      [items][BLOCK][PITCH], the scores, then the weights of a block
//
// Launch, work-group (1, 1, 1), parts and rounds as in score_reduction.cl, but if not self rounds 0 ... items - 1:
//     score_reduction_backward_pack  (ceil(D/PANEL)), once for a, and once for b
//     score_reduction_backward       (items), writes da and db (self: parts of the sum)
//   score_reduction_backward_add (N * D), for self, any work-group: da += db; the tail does nothing
//
// Constants: as in score_reduction.cl.

#include "wide/lanes.h"
#include "wide/scores.h"

static inline lanes sigmoid(const lanes s)
{
    const lanes e = exponential(-fabs(s));
    return (s < 0.0f ? e : (lanes)1.0f) / (1.0f + e);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void score_reduction_backward_pack(
    const int N, const int D, __global const float* restrict a, __global float* restrict slices)
{
    const int d = get_global_id(0) * PANEL;
    slices += (size_t)d * N;
    for (int i = 0; i < N; ++i) {
        STORE(load_first(D - d, a + (size_t)i * D + d), slices + (size_t)i * PANEL);
        STORE(load_first(D - d - LANES, a + (size_t)i * D + d + LANES), slices + (size_t)i * PANEL + LANES);
    }
}

// What the weights of a block need of its rows or columns: y, remainder and scale * dy
struct terms {
    float y[BLOCK], remainder[BLOCK], slope[BLOCK];
};

static inline void gather(
    const int count, const float scale, __global const float* y, __global const float* remainder,
    __global const float* dy, struct terms* terms)
{
    for (int i = 0; i < round_up(count, LANES); ++i) {
        terms->y[i] = i < count ? y[i] : 0.0f;
        terms->remainder[i] = i < count ? remainder[i] : 0.0f;
        terms->slope[i] = i < count ? scale * dy[i] : 0.0f;
    }
}

// Turns the scores of a block into weights: of the rows, and of the columns, too, if `both`
static inline void weigh(
    const int both, const int rows, const int columns, const struct terms* row, const struct terms* column,
    __global float* scores)
{
    for (int i = 0; i < rows; ++i) {
        const lanes y = (lanes)row->y[i], remainder = (lanes)row->remainder[i], slope = (lanes)row->slope[i];
        for (int j = 0; j < columns; j += LANES) {
            __global float* at = scores + i * PITCH + j;
            const lanes s = LOAD(at);
#if SOFTPLUS
            STORE((both ? slope + LOAD(column->slope + j) : slope) * sigmoid(s), at);
#else
            lanes weight = slope * exponential((s - y) - remainder);
            if (both) {
                const lanes other = exponential((s - LOAD(column->y + j)) - LOAD(column->remainder + j));
                weight = fma(LOAD(column->slope + j), other, weight);
            }
            STORE(weight, at);
#endif
        }
    }
}

// output[i] += sum over k < depth of weights[i * row_step + k * depth_step] * other[k], for i < rows
static __attribute__((always_inline)) void accumulate(
    const int D, const int rows, const int depth, __global const float* weights, const int depth_step,
    const int row_step, __global const float* slices, const int count, __global float* output)
{
    for (int d = 0; d < D; d += PANEL) {
        for (int i = 0; i < rows; i += TILE_ROWS) {
            lanes sum0[TILE_ROWS], sum1[TILE_ROWS];
            multiply(depth, weights + i * row_step, depth_step, row_step, slices + (size_t)d * count, sum0, sum1);
#pragma unroll
            for (int t = 0; t < TILE_ROWS; ++t) {
                if (i + t < rows) {
                    __global float* to = output + (size_t)(i + t) * D + d;
                    store_first(D - d, load_first(D - d, to) + sum0[t], to);
                    store_first(D - d - LANES, load_first(D - d - LANES, to + LANES) + sum1[t], to + LANES);
                }
            }
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void score_reduction_backward(
    const int N, const int M, const int D, const float scale, const int self, const int excludes_diagonal,
    const int items, const int span_rows, const int span_columns, const int round, __global const float* restrict left,
    __global const float* restrict right, __global const float* slices_a, __global const float* slices_b,
    __global const float* restrict y, __global const float* restrict remainder, __global const float* restrict dy,
    __global float* restrict scratch, __global float* restrict da, __global float* restrict db)
{
    const int item = get_global_id(0), part = (item + round) % items;
    const int row0 = item * span_rows, row1 = min(N, row0 + span_rows);
    const int column0 = part * span_columns, column1 = min(M, column0 + span_columns);
    scratch += (size_t)item * BLOCK * PITCH;
    left += (size_t)item * round_up(span_rows, TILE_ROWS) * D;
    right += (size_t)part * round_up(span_columns, PANEL) * D;
    for (size_t i = (size_t)row0 * D; i < (size_t)row1 * D && round == 0; ++i) {
        da[i] = 0.0f;
    }
    for (size_t j = (size_t)column0 * D; j < (size_t)column1 * D && round == 0; ++j) {
        db[j] = 0.0f;
    }
    struct terms row, column;
    for (int i = row0; i < row1; i += BLOCK) {
        const int rows = min(BLOCK, row1 - i);
        gather(rows, scale, y + i, remainder + i, dy + i, &row);
        for (int j = column0; j < column1; j += BLOCK) {
            const int columns = min(BLOCK, column1 - j);
            score(D, rows, columns, scale, left + (size_t)(i - row0) * D, right + (size_t)(j - column0) * D, scratch);
            if (self) {
                gather(columns, scale, y + j, remainder + j, dy + j, &column);
            }
            weigh(self, rows, columns, &row, &column, scratch);
            mask(excludes_diagonal ? i - j : BLOCK, rows, columns, 0.0f, scratch);
            accumulate(D, rows, columns, scratch, 1, PITCH, slices_b + (size_t)j * PANEL, M, da + (size_t)i * D);
            if (!self || round > 0) {
                accumulate(D, columns, rows, scratch, PITCH, 1, slices_a + (size_t)i * PANEL, N, db + (size_t)j * D);
            }
        }
    }
}

__kernel void score_reduction_backward_add(const ulong count, __global const float* db, __global float* da)
{
    const size_t i = get_global_id(0);
    if (i < count) {
        da[i] += db[i];
    }
}
