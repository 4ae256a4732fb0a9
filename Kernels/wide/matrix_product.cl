// Matrix product for CPU devices: output = left * right, a work-item per block of it, a register tile at a time.
//   output[b, i, j] = sum over d of left[b, i, d] * right[b, d, j],   i < rows, j < columns, d < depth
// One part of the depth after the other: a work-item packs what is below its columns of `right`, panel after panel, and
// keeps it in its core's own cache; of `left` it packs one tile's rows at a time, which stay in the nearest cache. What
// is packed next is fetched while a tile is summed, so that memory is waited for only where a part begins.
//
// Layout: float32, the matrices of a batch one after the other
//   left    [rows, depth] row-major, or [depth, rows] where transposed
//   right   [depth, columns] row-major, or [columns, depth] where transposed
//   output  [rows, columns] row-major
//   left_along, left_deep    floats from an element of left to the next row's, and to the next in depth
//   right_along, right_deep  floats from an element of right to the next column's, and to the next in depth
//   packed  of each work-item a part of right, [block_columns/PANEL][Dp][PANEL], and behind room for the deepest one a
//           tile of left, [Dp/LANES][TILE_ROWS][LANES], or [Dp][TILE_ROWS] where left is transposed, and LANES floats
//           more. Dp = depth of the part rounded up to LANES; zeros where rows, columns or depth end
//
// Launch, work-group (1, 1, 1): (ceil(columns/block_columns), ceil(rows/block_rows), batch); block_rows a multiple of
//   TILE_ROWS, block_columns of PANEL. DEPTH * block_columns floats should leave a quarter of a core's own cache free.
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); TILE_ROWS, rows of the register tile (12; AVX2: 6), at
//   most LANES; DEPTH, the part of the depth that is summed in registers, a multiple of LANES; PREFETCH, whether
//   __builtin_prefetch is there (PoCL).

#include "wide/lanes.h"

#ifndef TILE_ROWS
#define TILE_ROWS 12
#endif
#ifndef DEPTH
#define DEPTH 384
#endif

// How a matrix lies in memory: floats to the next row or column of the result, and to the next index of the depth.
typedef struct {
    size_t along, deep;
} Steps;

// Cache lines to fetch: from + i * step, and `other` floats further, i < LANES; then the same `next` floats further.
typedef struct {
    __global const float* from;
    size_t step, other, next;
} Lines;

// The lines in which `count` rows or columns lie, at most PANEL of them, LANES of the depth at a time.
static inline Lines lines_of(__global const float* from, const int count, const Steps steps)
{
    if (steps.along == 1) {
        const Lines deep = {from, steps.deep, min(LANES, count - 1), LANES * steps.deep};
        return deep;
    }
    const size_t each = (count + LANES - 1) / LANES;
    const Lines along = {from, each * steps.along, (each - 1) * steps.along, LANES};
    return along;
}

// Packs a tile's rows of left: `height` of them, `depth` of each.
static inline void pack_left(
    const int height, const int depth, const Steps steps, __global const float* left, __global float* packed)
{
    const int padded = round_up(depth, LANES);
    for (int d = 0; d < padded && steps.along == 1; ++d) {
        // The lanes beyond TILE_ROWS are overwritten by the next store; after the last one there is room for them.
        STORE(load_first(d < depth ? height : 0, left + d * steps.deep), packed + d * TILE_ROWS);
    }
    for (int i = 0; i < TILE_ROWS && steps.along != 1; ++i) {
        for (int d = 0; d < padded; d += LANES) {
            const int count = i < height ? depth - d : 0;
            STORE(load_first(count, left + i * steps.along + d), packed + d * TILE_ROWS + i * LANES);
        }
    }
}

// Packs a panel of right: `width` columns, `depth` of each.
static inline void pack_right(
    const int width, const int depth, const Steps steps, __global const float* right, __global float* packed)
{
    const int padded = round_up(depth, LANES);
    for (int d = 0; d < padded && steps.along == 1; ++d) {
        const int count = d < depth ? width : 0;
        __global const float* from = right + d * steps.deep;
        STORE(load_first(count, from), packed + d * PANEL);
        STORE(load_first(count - LANES, from + LANES), packed + d * PANEL + LANES);
    }
    for (int d = 0; d < padded && steps.along != 1; d += LANES) {
        for (int j = 0; j < PANEL; ++j) {
            float values[LANES];
            STORE(load_first(j < width ? depth - d : 0, right + j * steps.along + d), values);
#pragma unroll
            for (int i = 0; i < LANES; ++i) {
                packed[(d + i) * PANEL + j] = values[i];
            }
        }
    }
}

// output[TILE_ROWS][PANEL] (+)= left * right, both packed, within height and width; meanwhile fetches `lines`.
static inline void multiply(
    const int first, const int depth, const int height, const int width, const size_t pitch, const Steps steps,
    __global const float* left, __global const float* right, __global float* output, Lines lines)
{
    lanes sum0[TILE_ROWS], sum1[TILE_ROWS];
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        sum0[i] = (lanes)0.0f;
        sum1[i] = (lanes)0.0f;
        FETCH(output + i * pitch);
        FETCH(output + i * pitch + LANES);
    }
    for (int d = 0; d < depth; d += LANES) {
        __global const float* line = lines.from;
        for (int lane = 0; lane < LANES; ++lane) {
            const lanes right0 = LOAD(right);
            const lanes right1 = LOAD(right + LANES);
            right += PANEL;
            FETCH_NEXT(line);
            FETCH_NEXT(line + lines.other);
            line += lines.step;
#pragma unroll
            for (int i = 0; i < TILE_ROWS; ++i) {
                const lanes factor = (lanes)left[i * steps.along + lane * steps.deep];
                sum0[i] = fma(factor, right0, sum0[i]);
                sum1[i] = fma(factor, right1, sum1[i]);
            }
        }
        lines.from += lines.next;
        left += TILE_ROWS * LANES;
    }
    if (height >= TILE_ROWS && width >= PANEL) {
#pragma unroll
        for (int i = 0; i < TILE_ROWS; ++i) {
            __global float* row = output + i * pitch;
            STORE(first ? sum0[i] : LOAD(row) + sum0[i], row);
            STORE(first ? sum1[i] : LOAD(row + LANES) + sum1[i], row + LANES);
        }
        return;
    }
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        if (i < height) {
            __global float* row = output + i * pitch;
            const lanes before0 = first ? (lanes)0.0f : load_first(width, row);
            const lanes before1 = first ? (lanes)0.0f : load_first(width - LANES, row + LANES);
            store_first(width, before0 + sum0[i], row);
            store_first(width - LANES, before1 + sum1[i], row + LANES);
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void matrix_product(
    const int rows, const int columns, const int depth, const ulong left_along, const ulong left_deep,
    const ulong right_along, const ulong right_deep, const int block_rows, const int block_columns,
    __global const float* restrict left, __global const float* restrict right, __global float* restrict packed,
    __global float* restrict output)
{
    const int column = get_global_id(0) * block_columns, end_column = min(columns, column + block_columns);
    const int row = get_global_id(1) * block_rows, end_row = min(rows, row + block_rows);
    const Steps left_steps = {left_along, left_deep};
    const Steps right_steps = {right_along, right_deep};
    const Steps tile_steps = {left_along == 1 ? 1 : LANES, left_along == 1 ? TILE_ROWS : 1};
    const int deepest = min(DEPTH, round_up(depth, LANES));
    const size_t item =
        (get_global_id(2) * get_global_size(1) + get_global_id(1)) * get_global_size(0) + get_global_id(0);
    packed += item * (deepest * (block_columns + TILE_ROWS) + LANES);
    __global float* packed_left = packed + deepest * block_columns;
    left += get_global_id(2) * rows * depth;
    right += get_global_id(2) * depth * columns;
    output += get_global_id(2) * rows * columns;
    for (int d = 0; d < depth; d += DEPTH) {
        const int part = min(DEPTH, depth - d);
        const int padded = round_up(part, LANES);
        for (int i = row; i < end_row; i += TILE_ROWS) {
            __global const float* tile = left + i * left_along + d * left_deep;
            pack_left(end_row - i, part, left_steps, tile, packed_left);
            for (int j = column; j < end_column; j += PANEL) {
                __global const float* panel = right + j * right_along + d * right_deep;
                __global float* packed_panel = packed + (j - column) * padded;
                if (i == row) {
                    pack_right(end_column - j, part, right_steps, panel, packed_panel);
                }
                __global float* to = output + (size_t)i * columns + j;
                Lines lines = {to, 0, 0, 0};
                if (j + PANEL >= end_column && i + TILE_ROWS < end_row) {
                    lines = lines_of(tile + TILE_ROWS * left_along, TILE_ROWS, left_steps);
                } else if (j + PANEL < end_column && i == row) {
                    lines = lines_of(panel + PANEL * right_along, PANEL, right_steps);
                }
                multiply(
                    d == 0, padded, end_row - i, end_column - j, columns, tile_steps, packed_left, packed_panel, to,
                    lines);
            }
        }
    }
}
