// fill: y[i] = value, for i < count.
//
// Layout: y is any tensor of float32, seen as one row.
// Launch: one work-item per element, in one dimension; the tail beyond count does nothing.

__kernel void fill(const uint count, const float value, __global float* y)
{
    const size_t i = get_global_id(0);
    if (i < count) {
        y[i] = value;
    }
}
