// Adds the parts into which a long sum was cut, in their order: same bits always.
//   y[first + i] = sum over p < parts of part[p, i],   i < count
//
// Layout: part [parts, count], y [at least first + count], float32.
// Launch: (count), any work-group; work-items beyond the count do nothing.
// Constants: none.

__kernel void add_parts(const uint count, const uint parts, const ulong first, __global const float* part, __global float* y)
{
    const uint i = get_global_id(0);
    if (i < count) {
        float sum = part[i];
        for (uint p = 1; p < parts; ++p) {
            sum += part[(size_t)p * count + i];
        }
        y[first + i] = sum;
    }
}
