// Rows chosen by index.
//   rows_gather:      y[i, d] = table[indices[i], d]; NaN where the index is not a row of the table
//   rows_scatter_add: y[m, d] = sum over i with indices[i] = m of updates[i, d], in ascending i
//   rows_one_hot:     y[i, c] = 1 where labels[i] = c, else 0
//
// Layout: table [M, D], updates [N, D], indices and labels int [N]; y [N, D], [M, D], [N, classes].
// Launch: over (D, N), (D, M), (classes, N), one work-item per element of y; those beyond an extent do nothing.

__kernel void rows_gather(
    const int M, const int N, const int D, __global const float* table, __global const int* indices, __global float* y)
{
    const int d = get_global_id(0), i = get_global_id(1);
    if (d < D && i < N) {
        const int row = indices[i];
        y[(size_t)i * D + d] = row >= 0 && row < M ? table[(size_t)row * D + d] : NAN;
    }
}

__kernel void rows_scatter_add(
    const int M, const int N, const int D, __global const float* updates, __global const int* indices,
    __global float* y)
{
    const int d = get_global_id(0), m = get_global_id(1);
    if (d < D && m < M) {
        float sum = 0.0f;
        for (int i = 0; i < N; ++i) {
            if (indices[i] == m) {
                sum += updates[(size_t)i * D + d];
            }
        }
        y[(size_t)m * D + d] = sum;
    }
}

__kernel void rows_one_hot(const int N, const int classes, __global const int* labels, __global float* y)
{
    const int c = get_global_id(0), i = get_global_id(1);
    if (c < classes && i < N) {
        y[(size_t)i * classes + c] = labels[i] == c ? 1.0f : 0.0f;
    }
}
