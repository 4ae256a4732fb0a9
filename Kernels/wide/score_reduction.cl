// Reductions over rows of scores s[i, j] = scale * <a[i], b[j]> for CPU devices, without the matrix of scores: a
// work-item goes through it in blocks that stay in its cache, a register tile at a time.
//   y[i] = log sum over j of exp(s[i, j]), or with SOFTPLUS sum over j of softplus(s[i, j])
// With excludes_diagonal j = i is left out. Of one matrix (self: b is a) the scores are symmetric: a block beside the
// diagonal is computed once, for its rows and for its columns.
//
// Layout: a [N, D], b [M, D], float32 row-major. Packed part by part, with zeros behind the last row of a part:
//   left    [items][ceil(span_rows/TILE_ROWS)][D][TILE_ROWS], the rows of a
//   right   [items][ceil(span_columns/PANEL)][D][PANEL], those of b, PANEL = 2 * LANES
//   scratch [items][BLOCK][PITCH], the scores of a block
//   state   [2 (by rows, by columns)][2][N]: m, the maximum of the scores so far, and the sum of exp(s - m) (softplus)
//   y       [N], and remainder [N], what float32 leaves of it: the gradient needs the digits of a large y
//
// Launch, work-group (1, 1, 1): rows and columns are cut into `items` parts each, of span_rows and span_columns. In a
//   round, work-item k takes the rows of part k and the columns of part (k + round) % items, so that no two write the
//   same; rounds come one after another. If not self there is one round, and a work-item takes all columns.
//     score_reduction_pack_left   (ceil(span_rows/TILE_ROWS), items)
//     score_reduction_pack_right  (ceil(span_columns/PANEL), items)
//     score_reduction_forward     (items), self: rounds 0 ... items / 2, the last one of an even number with items / 2
//   score_reduction_finish (N), after forward, any work-group: the tail does nothing
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); TILE_ROWS, rows of the register tile (12; AVX2: 6);
//   BLOCK, the rows and columns of a block, a multiple of TILE_ROWS and PANEL; SOFTPLUS, 0 or 1.

#include "wide/lanes.h"
#include "wide/scores.h"

static inline float largest(const lanes values)
{
    float part[LANES];
    STORE(values, part);
#pragma unroll
    for (int width = LANES / 2; width > 0; width /= 2) {
#pragma unroll
        for (int i = 0; i < width; ++i) {
            part[i] = part[i + width] > part[i] ? part[i + width] : part[i];
        }
    }
    return part[0];
}

static inline float total(const lanes values)
{
    float part[LANES];
    STORE(values, part);
#pragma unroll
    for (int width = LANES / 2; width > 0; width /= 2) {
#pragma unroll
        for (int i = 0; i < width; ++i) {
            part[i] += part[i + width];
        }
    }
    return part[0];
}

// What the exponents of a block are measured from: its largest score, or 0 where that is infinite
static inline lanes pivot(const lanes most)
{
    return fabs(most) < INFINITY ? most : (lanes)0.0f;
}

static inline lanes softplus(const lanes s)
{
    return fmax(s, (lanes)0.0f) + log1p(exponential(-fabs(s)));
}

// Packs `width` rows, those of this work-item in its part of `span` rows of x: feature after feature
static inline void pack(
    const int width, const int rows, const int D, const int span, __global const float* restrict x,
    __global float* restrict packed)
{
    const int begin = get_global_id(0) * width, row = get_global_id(1) * span + begin;
    const int count = min(span - begin, rows - row);
    packed += (get_global_id(1) * get_global_size(0) + get_global_id(0)) * width * D;
    for (int i = 0; i < width; ++i) {
        for (int d = 0; d < D; ++d) {
            packed[d * width + i] = i < count ? x[(size_t)(row + i) * D + d] : 0.0f;
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void score_reduction_pack_left(
    const int N, const int D, const int span, __global const float* restrict a, __global float* restrict left)
{
    pack(TILE_ROWS, N, D, span, a, left);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void score_reduction_pack_right(
    const int M, const int D, const int span, __global const float* restrict b, __global float* restrict right)
{
    pack(PANEL, M, D, span, b, right);
}

// Merges the maxima and sums of a block, those of `count` rows or columns, into the state of all scores so far
static inline void merge(
    const int count, const float* block_most, const float* block_sum, __global float* most, __global float* sum)
{
    for (int i = 0; i < count; i += LANES) {
        const lanes most0 = load_first(count - i, most + i), most1 = LOAD(block_most + i);
        const lanes sum0 = load_first(count - i, sum + i), sum1 = LOAD(block_sum + i);
        const lanes together = most1 > most0 ? most1 : most0;
        const lanes factor0 = most0 == together ? (lanes)1.0f : exponential(most0 - together);
        const lanes factor1 = most1 == together ? (lanes)1.0f : exponential(most1 - together);
        store_first(count - i, together, most + i);
        store_first(count - i, SOFTPLUS ? sum0 + sum1 : sum0 * factor0 + sum1 * factor1, sum + i);
    }
}

// Reduces the scores of a block along its rows
static inline void reduce_rows(
    const int rows, const int columns, __global const float* scores, __global float* most, __global float* sum)
{
    float block_most[BLOCK], block_sum[BLOCK];
    for (int i = 0; i < rows; ++i) {
        __global const float* row = scores + i * PITCH;
        lanes more = (lanes)-INFINITY, terms = (lanes)0.0f;
#if !SOFTPLUS
        for (int j = 0; j < columns; j += LANES) {
            const lanes s = LOAD(row + j);
            more = s > more ? s : more;
        }
#endif
        block_most[i] = largest(more);
        const lanes base = pivot((lanes)block_most[i]);
        for (int j = 0; j < columns; j += LANES) {
            terms += SOFTPLUS ? softplus(LOAD(row + j)) : exponential(LOAD(row + j) - base);
        }
        block_sum[i] = total(terms);
    }
    for (int i = rows; i % LANES != 0; ++i) {
        block_most[i] = block_sum[i] = 0.0f;
    }
    merge(rows, block_most, block_sum, most, sum);
}

// Reduces the scores of a block along its columns
static inline void reduce_columns(
    const int rows, const int columns, __global const float* scores, __global float* most, __global float* sum)
{
    float block_most[BLOCK], block_sum[BLOCK];
    for (int j = 0; j < columns; j += LANES) {
        __global const float* column = scores + j;
        lanes more = (lanes)-INFINITY, terms = (lanes)0.0f;
#if !SOFTPLUS
        for (int i = 0; i < rows; ++i) {
            const lanes s = LOAD(column + i * PITCH);
            more = s > more ? s : more;
        }
#endif
        const lanes base = pivot(more);
        for (int i = 0; i < rows; ++i) {
            terms += SOFTPLUS ? softplus(LOAD(column + i * PITCH)) : exponential(LOAD(column + i * PITCH) - base);
        }
        STORE(more, block_most + j);
        STORE(terms, block_sum + j);
    }
    merge(columns, block_most, block_sum, most, sum);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void score_reduction_forward(
    const int N, const int M, const int D, const float scale, const int self, const int excludes_diagonal,
    const int items, const int span_rows, const int span_columns, const int round,
    __global const float* restrict left, __global const float* restrict right, __global float* restrict scratch,
    __global float* restrict state)
{
    const int item = get_global_id(0);
    const int first = self ? (item + round) % items : 0, last = self ? first : items - 1;
    const int row0 = item * span_rows, row1 = min(N, row0 + span_rows);
    __global float* most = state, * sum = state + N, * column_most = state + 2 * N, * column_sum = state + 3 * N;
    scratch += (size_t)item * BLOCK * PITCH;
    left += (size_t)item * round_up(span_rows, TILE_ROWS) * D;
    for (int i = row0; i < row1 && round == 0; ++i) {
        most[i] = column_most[i] = -INFINITY;
        sum[i] = column_sum[i] = 0.0f;
    }
    for (int i = row0; i < row1; i += BLOCK) {
        const int rows = min(BLOCK, row1 - i);
        for (int part = first; part <= last; ++part) {
            const int column0 = part * span_columns, column1 = min(M, column0 + span_columns);
            __global const float* panels = right + (size_t)part * round_up(span_columns, PANEL) * D;
            for (int j = column0; j < column1; j += BLOCK) {
                const int columns = min(BLOCK, column1 - j);
                __global const float* tiles = left + (size_t)(i - row0) * D;
                score(D, rows, columns, scale, tiles, panels + (size_t)(j - column0) * D, scratch);
                mask(excludes_diagonal ? i - j : BLOCK, rows, columns, -INFINITY, scratch);
                reduce_rows(rows, columns, scratch, most + i, sum + i);
                if (self && round > 0) {
                    reduce_columns(rows, columns, scratch, column_most + j, column_sum + j);
                }
            }
        }
    }
}

__kernel void score_reduction_finish(
    const int N, __global const float* state, __global float* y, __global float* remainder)
{
    const int i = get_global_id(0);
    if (i >= N) {
        return;
    }
    const float most0 = state[i], sum0 = state[N + i], most1 = state[2 * N + i], sum1 = state[3 * N + i];
#if SOFTPLUS
    y[i] = sum0 + sum1;
    remainder[i] = 0.0f;
#else
    const float most = most1 > most0 ? most1 : most0;
    const float factor0 = most0 == most ? 1.0f : exp(most0 - most), factor1 = most1 == most ? 1.0f : exp(most1 - most);
    const float rest = log(sum0 * factor0 + sum1 * factor1), value = most + rest, back = value - most;
    y[i] = value;
    remainder[i] = isfinite(value) ? (most - (value - back)) + (rest - back) : 0.0f;
#endif
}
