// matrix_product: Y[b] = op(A[b]) op(B[b]) for matrices A [M, K], B [K, N] after op, Y [M, N], in batches b.
//
// Layout: row-major, one matrix of a batch after another; an operand that is read transposed only swaps its strides, so
//   element (i, k) of A lies at i * a_row + k * a_column, and of B likewise.
// Launch: over (N, M, batch) rounded up to whole tiles, work-groups of (TILE, TILE, 1), one work-item per element of Y:
//   TILE columns of A and rows of B at a time go through local memory. Every work-item reaches every barrier; those
//   outside of a matrix carry zeros.
// Constants: TILE, the edge of a work-group; 2 * TILE * TILE floats of local memory.

#ifndef TILE
#define TILE 16
#endif

__attribute__((reqd_work_group_size(TILE, TILE, 1)))
__kernel void matrix_product(
    const uint M, const uint N, const uint K, const uint a_row, const uint a_column, const uint b_row,
    const uint b_column, __global const float* A, __global const float* B, __global float* Y)
{
    __local float a[TILE][TILE + 1];
    __local float b[TILE][TILE + 1];
    const uint column = get_local_id(0), row = get_local_id(1);
    const uint j = get_global_id(0), i = get_global_id(1);
    const size_t batch = get_global_id(2);
    A += batch * M * K;
    B += batch * K * N;
    Y += batch * M * N;
    float sum = 0.0f;
    for (uint k = 0; k < K; k += TILE) {
        a[row][column] = (i < M && k + column < K) ? A[(size_t)i * a_row + (size_t)(k + column) * a_column] : 0.0f;
        b[row][column] = (j < N && k + row < K) ? B[(size_t)(k + row) * b_row + (size_t)j * b_column] : 0.0f;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint t = 0; t < TILE; ++t) {
            sum = fma(a[row][t], b[t][column], sum);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (i < M && j < N) {
        Y[(size_t)i * N + j] = sum;
    }
}
