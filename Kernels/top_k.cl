// top_k_rows: the k largest elements of each row, descending, and their columns; of equal elements the first column comes
// first, and NaN counts as -infinity.
//
// Each of the k rounds looks for the largest element that comes after the one before it, in that order: exact, without
// memory of what was taken.
// Layout: x [rows, D]; values [rows, k]; columns int [rows, k].
// Launch: one work-group of (GROUP) per row; each work-item looks through every GROUP-th column, then the work-group
//   finds the best in a tree. Idle work-items carry column D, which comes after all others.
// Constants: GROUP, a power of two; GROUP floats and ints of local memory.

#ifndef GROUP
#define GROUP 64
#endif

// Whether element (a, i) comes before element (b, j)
static inline int comes_before(const float a, const int i, const float b, const int j)
{
    return a > b || (a == b && i < j);
}

__attribute__((reqd_work_group_size(GROUP, 1, 1)))
__kernel void top_k_rows(
    const int D, const int k, __global const float* x, __global float* values, __global int* columns)
{
    __local float best_value[GROUP];
    __local int best_column[GROUP];
    const int lane = get_local_id(0);
    const size_t row = get_group_id(0);
    x += row * D;
    float last_value = INFINITY;
    int last_column = -1;
    for (int round = 0; round < k; ++round) {
        float value = -INFINITY;
        int column = D;
        for (int j = lane; j < D; j += GROUP) {
            const float candidate = x[j] != x[j] ? -INFINITY : x[j];
            if (comes_before(last_value, last_column, candidate, j) && comes_before(candidate, j, value, column)) {
                value = candidate;
                column = j;
            }
        }
        best_value[lane] = value;
        best_column[lane] = column;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int width = GROUP / 2; width > 0; width /= 2) {
            if (lane < width
                && comes_before(
                    best_value[lane + width], best_column[lane + width], best_value[lane], best_column[lane])) {
                best_value[lane] = best_value[lane + width];
                best_column[lane] = best_column[lane + width];
            }
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        last_value = best_value[0];
        last_column = best_column[0];
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane == 0) {
            values[row * k + round] = last_value;
            columns[row * k + round] = last_column;
        }
    }
}
