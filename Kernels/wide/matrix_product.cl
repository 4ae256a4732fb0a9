// Matrix product for CPU devices: output = left * right, a work-item per block of it, a register tile at a time.
//   output[b, i, j] = sum over d of left[b, i, d] * right[b, d, j],   i < rows, j < columns, d < depth
// Both factors are packed first, in the order in which the register tile reads them, whichever way they are stored.
//
// Layout: float32; output row-major [rows, columns]. A matrix of a batch lies batch_stride floats after the one before.
//   left    [rows, depth] row-major, or [depth, rows] where transposed; pitch: floats from one stored row to the next
//   right   [depth, columns] row-major, or [columns, depth] where transposed
//   packed_left   [batch][ceil(rows/TILE_ROWS)][Dp/LANES][TILE_ROWS][LANES], Dp = depth rounded up to LANES
//   packed_right  [batch][ceil(columns/PANEL)][Dp][PANEL], PANEL = 2 * LANES; zeros where rows, columns or depth end
//
// Launch, work-group (1, 1, 1):
//   matrix_product_pack_left   (ceil(rows/TILE_ROWS), 1, batch)
//   matrix_product_pack_right  (ceil(columns/PANEL), 1, batch)
//   matrix_product_multiply    (ceil(rows/block_rows), ceil(columns/block_columns), batch); block_rows a multiple of
//                              TILE_ROWS, block_columns of PANEL, so that there are a few blocks per compute unit:
//                              516 x 256 where the matrix is large (block_columns * DEPTH floats should stay in L2)
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); TILE_ROWS, rows of the register tile (12; AVX2: 6);
//   DEPTH, the part of the depth that is summed in registers, a multiple of LANES; TILE_ROWS is at most LANES;
//   PREFETCH, whether __builtin_prefetch is there (PoCL).

#include "wide/lanes.h"

#ifndef TILE_ROWS
#define TILE_ROWS 12
#endif
#ifndef DEPTH
#define DEPTH 512
#endif

// out[i * out_pitch + j] = in[j * pitch + i] for i < taken, j < width; `in` is zero from row height, column count on
inline void transpose(
    const int taken, const int width, const int height, const int count, const size_t pitch, const int out_pitch,
    __global const float* in, __global float* out)
{
    for (int j = 0; j < width; ++j) {
        float row[LANES];
        STORE(j < height ? load_first(count, in + j * pitch) : (lanes)0.0f, row);
#pragma unroll
        for (int i = 0; i < taken; ++i) {
            out[i * out_pitch + j] = row[i];
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void matrix_product_pack_left(
    const int rows, const int depth, const int transposed, const int pitch, const ulong batch_stride,
    __global const float* restrict left, __global float* restrict packed_left)
{
    const int row = get_global_id(0) * TILE_ROWS;
    const int height = min(TILE_ROWS, rows - row);
    const size_t tile = get_global_id(2) * get_global_size(0) + get_global_id(0);
    __global float* out = packed_left + tile * TILE_ROWS * round_up(depth, LANES);
    left += get_global_id(2) * batch_stride;
    if (transposed) {
        for (int d = 0; d < depth; d += LANES) {
            __global const float* from = left + (size_t)d * pitch + row;
            transpose(TILE_ROWS, LANES, depth - d, rows - row, pitch, LANES, from, out + d * TILE_ROWS);
        }
        return;
    }
    for (int i = 0; i < TILE_ROWS; ++i) {
        __global const float* from = left + (size_t)(row + i) * pitch;
        for (int d = 0; d < depth; d += LANES) {
            STORE(load_first(i < height ? depth - d : 0, from + d), out + d * TILE_ROWS + i * LANES);
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void matrix_product_pack_right(
    const int columns, const int depth, const int transposed, const int pitch, const ulong batch_stride,
    __global const float* restrict right, __global float* restrict packed_right)
{
    const int column = get_global_id(0) * PANEL;
    const int width = min(PANEL, columns - column);
    const int padded = round_up(depth, LANES);
    const size_t panel = get_global_id(2) * get_global_size(0) + get_global_id(0);
    __global float* out = packed_right + panel * PANEL * padded;
    right += get_global_id(2) * batch_stride;
    for (int d = 0; d < padded && !transposed; ++d) {
        __global const float* from = right + (size_t)d * pitch + column;
        const int count = d < depth ? width : 0;
        STORE(load_first(count, from), out + d * PANEL);
        STORE(load_first(count - LANES, from + LANES), out + d * PANEL + LANES);
    }
    for (int d = 0; d < padded && transposed; d += LANES) {
        __global const float* from = right + (size_t)column * pitch + d;
        transpose(LANES, PANEL, width, depth - d, pitch, PANEL, from, out + d * PANEL);
    }
}

// output[TILE_ROWS][PANEL] (+)= left[depth/LANES][TILE_ROWS][LANES] * right[depth][PANEL], within height and width
inline void multiply(
    const int first, const int depth, const int height, const int width, const size_t pitch,
    __global const float* left, __global const float* right, __global float* output)
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
        for (int lane = 0; lane < LANES; ++lane) {
            const lanes right0 = LOAD(right);
            const lanes right1 = LOAD(right + LANES);
            right += PANEL;
            if (lane < TILE_ROWS) {
                FETCH(left + (4 * TILE_ROWS + lane) * LANES);
            }
#pragma unroll
            for (int i = 0; i < TILE_ROWS; ++i) {
                const lanes factor = (lanes)left[i * LANES + lane];
                sum0[i] = fma(factor, right0, sum0[i]);
                sum1[i] = fma(factor, right1, sum1[i]);
            }
        }
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
__kernel void matrix_product_multiply(
    const int rows, const int columns, const int depth, const int block_rows, const int block_columns,
    const ulong batch_stride, __global const float* restrict packed_left, __global const float* restrict packed_right,
    __global float* restrict output)
{
    const int row = get_global_id(0) * block_rows, end_row = min(rows, row + block_rows);
    const int column = get_global_id(1) * block_columns, end_column = min(columns, column + block_columns);
    const size_t padded = round_up(depth, LANES);
    packed_left += get_global_id(2) * padded * round_up(rows, TILE_ROWS);
    packed_right += get_global_id(2) * padded * round_up(columns, PANEL);
    output += get_global_id(2) * batch_stride;
    for (int d = 0; d < padded; d += DEPTH) {
        const int part = min(DEPTH, (int)padded - d);
        for (int i = row; i < end_row; i += TILE_ROWS) {
            __global const float* left = packed_left + i * padded + d * TILE_ROWS;
            for (int j = column; j < end_column; j += PANEL) {
                __global const float* right = packed_right + j * padded + d * PANEL;
                __global float* to = output + (size_t)i * columns + j;
                multiply(d == 0, part, end_row - i, end_column - j, columns, left, right, to);
            }
        }
    }
}
