// What the tiled kernels share that pass over the rows of a matrix: work-groups of COLUMNS x ROWS work-items. Neighbours
// have neighbouring columns, so that they read neighbouring memory, LANES columns to each; work-item r of a column takes
// every ROWS-th row, BLOCK rows at once, so that as many reads are under way.
//
// Constants: ROWS, COLUMNS, powers of two; LANES 1, 2 or 4, which divides the columns of the matrix: every memory begins
//   at a multiple of a vector; BLOCK. A file that includes it has included vectors.h before, with ALIGNED 1.

#ifndef ROWS
#define ROWS 8
#endif
#ifndef COLUMNS
#define COLUMNS 8
#endif
#ifndef BLOCK
#define BLOCK 8
#endif

#define WORK_GROUP __attribute__((reqd_work_group_size(COLUMNS, ROWS, 1)))

// The place of this work-group along dimension 1, in a launch that goes in slabs, too
static inline uint group_down(void)
{
    return get_global_offset(1) / ROWS + get_group_id(1);
}

// The first column of this work-item; one beyond the last of C reads the last ones, and must not store
static inline uint own_column(const uint C)
{
    return min((uint)get_global_id(0) * LANES, C - LANES);
}

// Whether this work-item stores what its work-group has found for its columns
static inline int stores(const uint C)
{
    return get_local_id(1) == 0 && get_global_id(0) * LANES < C;
}

// Adds up both sums of all work-items of a column, in a tree, into those of its first
static inline void add_up(
    lanes* sum, lanes* product, __local lanes (*sums)[COLUMNS], __local lanes (*products)[COLUMNS])
{
    const uint column = get_local_id(0), lane = get_local_id(1);
    sums[lane][column] = *sum;
    products[lane][column] = *product;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = ROWS / 2; width > 0; width /= 2) {
        if (lane < width) {
            *sum += sums[lane + width][column];
            *product += products[lane + width][column];
            sums[lane][column] = *sum;
            products[lane][column] = *product;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
