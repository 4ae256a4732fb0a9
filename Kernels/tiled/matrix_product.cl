// Matrix product for GPUs: output = left * right, a tile of it to each work-group.
//   output[b, i, j] = sum over d of left[b, i, d] * right[b, d, j],   i < rows, j < columns, d < depth
// A long depth may be cut into parts, each with work-groups of its own, whose sums add_parts adds in order.
//
// Layout: float32, the matrices of a batch one after the other
//   left    [rows, depth] row-major, or [depth, rows] where LEFT_ALONG
//   right   [depth, columns] row-major where RIGHT_ALONG, or [columns, depth]
//   output  [parts, batch, rows, columns]; part p sums the terms from p * span to (p + 1) * span
//
// Launch, work-group (ITEMS, 1, 1): (ITEMS * tiles, parts, batch), tiles = ceil(rows/GROUP_ROWS)
//   ceil(columns/GROUP_COLUMNS). span is a multiple of DEPTH. Every work-item reaches every barrier; what lies outside
//   of a matrix counts as zeros.
//
// Constants: those of tiled/tensor.h and tiled/multiply.h; LEFT_ALONG, RIGHT_ALONG, whether neighbours in memory are
//   neighbours in the result; LEFT_WIDE, RIGHT_WIDE, OUTPUT_WIDE, whether lines in memory are multiples of four floats.

#include "tiled/tensor.h"
#include "tiled/multiply.h"

#ifndef LEFT_ALONG
#define LEFT_ALONG 0
#endif
#ifndef RIGHT_ALONG
#define RIGHT_ALONG 1
#endif
#ifndef LEFT_WIDE
#define LEFT_WIDE 0
#endif
#ifndef RIGHT_WIDE
#define RIGHT_WIDE 0
#endif
#ifndef OUTPUT_WIDE
#define OUTPUT_WIDE 0
#endif

#define FETCH(d)                                                                                                 \
    fetch_matrix(LEFT_ALONG, LEFT_WIDE, GROUP_ROWS, rows, depth, first.x, d, end, left, LEFT_QUADS, left_quads); \
    fetch_matrix(                                                                                                \
        RIGHT_ALONG, RIGHT_WIDE, GROUP_COLUMNS, columns, depth, first.y, d, end, right, RIGHT_QUADS, right_quads)
#define STORE store_step(LEFT_ALONG, RIGHT_ALONG, turn, left_quads, right_quads, left_tile, right_tile)

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void matrix_product(
    const int batch, const int rows, const int columns, const int depth, const int span,
    __global const float* restrict left, __global const float* restrict right, __global float* restrict output)
{
    LOCAL_TILES(left_tile, right_tile);
    const int2 first = group_tile(rows, columns);
    const int begin = get_global_id(1) * span, end = min(depth, begin + span);
    left += get_global_id(2) * rows * depth;
    right += get_global_id(2) * depth * columns;
    output += (get_global_id(1) * batch + get_global_id(2)) * rows * columns;

    float4 left_quads[LEFT_QUADS], right_quads[RIGHT_QUADS];
    float sums[ITEM_ROWS][ITEM_COLUMNS];
    clear_sums(sums);
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
    store_sums(OUTPUT_WIDE, rows, columns, first, sums, output);
}
