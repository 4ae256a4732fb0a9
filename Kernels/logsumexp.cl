// logsumexp_rows: y[row] = log sum over j of exp(x[row, j]) = m + log sum over j of exp(x[row, j] - m), m the row's
// maximum. A row whose maximum is infinite gives that maximum; NaN in a row gives NaN.
//
// Layout: x [rows, D]; y [rows].
// Launch: one work-group of (GROUP) per row. Each work-item goes through every GROUP-th element; the work-group combines
//   in a tree of fixed order. Idle work-items carry the identity: -infinity for the maximum, 0 for the sum.
// Constants: GROUP, a power of two; GROUP floats of local memory.

#ifndef GROUP
#define GROUP 64
#endif

// The larger of both; NaN if one is
static inline float larger(const float a, const float b)
{
    return a > b || a != a ? a : b;
}

__attribute__((reqd_work_group_size(GROUP, 1, 1)))
__kernel void logsumexp_rows(const uint D, __global const float* x, __global float* y)
{
    __local float part[GROUP];
    const uint lane = get_local_id(0);
    const size_t row = get_group_id(0);
    x += row * D;

    float most = -INFINITY;
    for (uint j = lane; j < D; j += GROUP) {
        most = larger(most, x[j]);
    }
    part[lane] = most;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = GROUP / 2; width > 0; width /= 2) {
        if (lane < width) {
            part[lane] = larger(part[lane], part[lane + width]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    most = part[0];
    barrier(CLK_LOCAL_MEM_FENCE);

    float sum = 0.0f;
    for (uint j = lane; j < D; j += GROUP) {
        sum += exp(x[j] - most);
    }
    part[lane] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = GROUP / 2; width > 0; width /= 2) {
        if (lane < width) {
            part[lane] += part[lane + width];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane == 0) {
        y[row] = isinf(most) ? most : most + log(part[0]);
    }
}
