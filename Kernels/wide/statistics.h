// What the kernels for CPU devices share that gather the statistics of a batch normalization: those that only read its
// operand, and convolutions that make it.
// Means and squared deviations are merged block by block (Chan, Golub and LeVeque, 1979), so that a large mean costs no
// digits; all sums are taken in index order: same bits every run.
//
// Layout: statistics [4, C] of the rows that one work-item has seen: pivot; mean - pivot; sum of squared deviations from
//   the mean; the number of rows. In memory for all of them: [V, items, 4, C], V the views.

// The statistics of this work-item of (items, V)
static inline __global float* own_statistics(const int C, __global float* statistics)
{
    return statistics + (get_global_id(1) * get_global_size(0) + get_global_id(0)) * 4 * C;
}

// Begins the statistics of up to LANES channels with a value that is near their mean
static inline void begin_statistics(const int C, const int channels, const lanes pivot, __global float* statistics)
{
    store_first(channels, pivot, statistics);
    store_first(channels, (lanes)0.0f, statistics + C);
    store_first(channels, (lanes)0.0f, statistics + 2 * C);
}

// The mean so far, from which the next block is measured
static inline lanes center_so_far(const int C, const int channels, __global const float* statistics)
{
    return load_first(channels, statistics) + load_first(channels, statistics + C);
}

// Adds a block of `count` rows to the `seen` rows before it, given the sums of its differences from the mean so far and
// of their squares
static inline void merge_block(
    const int seen, const int count, const int C, const int channels, const lanes sum, const lanes squares,
    __global float* statistics)
{
    const float part = (float)count / (seen + count), inverse = 1.0f / count;
    const lanes center = center_so_far(C, channels, statistics);
    const lanes offset = load_first(channels, statistics + C);
    const lanes inside = fma(-sum, sum * inverse, squares);
    const lanes delta = sum * inverse + ((center - load_first(channels, statistics)) - offset);
    const lanes between = delta * delta * (seen * part);
    store_first(channels, fma(delta, (lanes)part, offset), statistics + C);
    store_first(channels, load_first(channels, statistics + 2 * C) + inside + between, statistics + 2 * C);
}

// Ends the statistics after `seen` rows
static inline void end_statistics(const int seen, const int C, __global float* statistics)
{
    for (int c = 0; c < C; ++c) {
        statistics[3 * C + c] = seen;
    }
}
