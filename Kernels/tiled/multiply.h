// What the tiled products share: the tile of a work-group, and its sum over one step of the depth.
//   sums[i][j] += sum over d < DEPTH of left[d][ITEM_ROW(i)] * right[d][ITEM_COLUMN(j)]
// A kernel brings DEPTH rows of both factors into one half of its local tiles while it multiplies the other half:
//
//     fetch the first step into registers, store_step into half 0, barrier
//     for each step: fetch the next, multiply_tiles of this half, store_step into the other, barrier, change halves
//
// so that global memory is waited for during a whole step, and one barrier a step is enough.
//
// Layout: local tiles, 16-byte aligned, each twice: left [DEPTH][LEFT_PITCH], right [DEPTH][RIGHT_PITCH], of which the
//   first GROUP_ROWS or GROUP_COLUMNS floats of a line count. A tile is filled in quads, four neighbours in global
//   memory each: `along` the tile's rows or columns, or deep. Each work-item brings LEFT_QUADS and RIGHT_QUADS of them.
// Launch: work-groups of (ITEMS, 1, 1); the groups of dimension 0 share the result's tiles, see group_tile.
// Constants: GROUP_ROWS, GROUP_COLUMNS, the result of a work-group; ITEM_ROWS, ITEM_COLUMNS, that of a work-item,
//   multiples of 4; DEPTH, the terms of a step, a multiple of 4.

#ifndef GROUP_ROWS
#define GROUP_ROWS 64
#endif
#ifndef GROUP_COLUMNS
#define GROUP_COLUMNS 64
#endif
#ifndef DEPTH
#define DEPTH 16
#endif
#ifndef ITEM_ROWS
#define ITEM_ROWS 4
#endif
#ifndef ITEM_COLUMNS
#define ITEM_COLUMNS 4
#endif

#define ITEMS_DOWN (GROUP_ROWS / ITEM_ROWS)
#define ITEMS_ACROSS (GROUP_COLUMNS / ITEM_COLUMNS)
#define ITEMS (ITEMS_DOWN * ITEMS_ACROSS)

// Four floats apart, lines begin in other banks: quads that lie deep are stored a float to a line.
#define LEFT_PITCH (GROUP_ROWS + 4)
#define RIGHT_PITCH (GROUP_COLUMNS + 4)
#define LEFT_TILE (DEPTH * LEFT_PITCH)
#define RIGHT_TILE (DEPTH * RIGHT_PITCH)
#define LEFT_QUADS (GROUP_ROWS * DEPTH / 4 / ITEMS)
#define RIGHT_QUADS (GROUP_COLUMNS * DEPTH / 4 / ITEMS)

#if ITEM_ROWS % 4 != 0 || ITEM_COLUMNS % 4 != 0 || DEPTH % 4 != 0
#error "a tile is cut in quads"
#endif
#if ITEMS % (DEPTH / 4) != 0 || ITEMS % (GROUP_ROWS / 4) != 0
#error "the quads of a work-item begin at the same term, or at the same row"
#endif
#if LEFT_QUADS * 4 * ITEMS != GROUP_ROWS * DEPTH || RIGHT_QUADS * 4 * ITEMS != GROUP_COLUMNS * DEPTH
#error "the quads of a step are shared evenly among the work-items"
#endif

// The tiles of a work-group, declared in a kernel: two halves, each a step.
#define LOCAL_TILES(left, right)                                     \
    __local float left[2 * LEFT_TILE] __attribute__((aligned(16))); \
    __local float right[2 * RIGHT_TILE] __attribute__((aligned(16)))

// Work-items that read local memory together stand four by eight, so that few lines serve them; each has every
// (4 ITEMS_DOWN)th four rows and every (4 ITEMS_ACROSS)th four columns, so that neighbours read neighbouring quads.
#define BLOCK_ACROSS (ITEMS_ACROSS < 8 ? ITEMS_ACROSS : 8)
#define BLOCKS_ACROSS (ITEMS_ACROSS / BLOCK_ACROSS)
#define BLOCK (4 * BLOCK_ACROSS)

inline int item_down(void)
{
    const int item = get_local_id(0);
    return item / BLOCK / BLOCKS_ACROSS * 4 + item % BLOCK / BLOCK_ACROSS;
}

inline int item_across(void)
{
    const int item = get_local_id(0);
    return item / BLOCK % BLOCKS_ACROSS * BLOCK_ACROSS + item % BLOCK_ACROSS;
}

// The row and the column of sums[i][j] in the group's tile.
#define ITEM_ROW(i) ((i) / 4 * (4 * ITEMS_DOWN) + 4 * item_down() + (i) % 4)
#define ITEM_COLUMN(j) ((j) / 4 * (4 * ITEMS_ACROSS) + 4 * item_across() + (j) % 4)

// So many sums of a row lie side by side: ITEM_COLUMN(j + n) = ITEM_COLUMN(j) + n for n < RUN, where RUN divides j.
#define RUN 4

// The first row and the first column of the group's tile. Groups that run together go down bands of eight tiles, so
// that both factors are read from the cache.
inline int2 group_tile(const int rows, const int columns)
{
    const int down = (rows + GROUP_ROWS - 1) / GROUP_ROWS, across = (columns + GROUP_COLUMNS - 1) / GROUP_COLUMNS;
    const int band = get_group_id(0) / (8 * across), place = get_group_id(0) % (8 * across);
    const int height = min(8, down - 8 * band);
    return (int2)((8 * band + place % height) * GROUP_ROWS, place / height * GROUP_COLUMNS);
}

// The place (d, i) of the first float of quad `n` of the work-item in a tile with lines of `extent`.
inline int2 quad_place(const int along, const int extent, const int n)
{
    const int quad = get_local_id(0) + n * ITEMS;
    return along ? (int2)(quad / (extent / 4), quad % (extent / 4) * 4)
                 : (int2)(quad % (DEPTH / 4) * 4, quad / (DEPTH / 4));
}

// The first `count` of the four floats from p on, then zeros; none is read where count <= 0. Where they are `wide`, p
// is aligned to 16 bytes, and there are four or none.
inline float4 load_quad(const int wide, const int count, __global const float* p)
{
    if (wide) {
        return count > 0 ? *(__global const float4*)p : (float4)0.0f;
    }
    return (float4)(
        count > 0 ? p[0] : 0.0f, count > 1 ? p[1] : 0.0f, count > 2 ? p[2] : 0.0f, count > 3 ? p[3] : 0.0f);
}

// Fetches the `count` quads of the work-item of a matrix that lies [depth, rows] in memory, or [rows, depth] where not
// `along`: those of a tile with lines of `extent` whose first row is `row`, from the term d on and before `end`.
static __attribute__((always_inline)) void fetch_matrix(
    const int along, const int wide, const int extent, const int rows, const int depth, const int row, const int d,
    const int end, __global const float* from, const int count, float4* quads)
{
#pragma unroll
    for (int n = 0; n < count; ++n) {
        const int2 place = quad_place(along, extent, n);
        const int term = d + place.x, i = row + place.y;
        const size_t at = along ? (size_t)term * rows + i : (size_t)i * depth + term;
        const int neighbours = along ? (term < end ? rows - i : 0) : (i < rows ? end - term : 0);
        quads[n] = load_quad(wide, neighbours, from + at);
    }
}

// Stores the `count` quads of the work-item into a half of a tile with lines of `extent`, `pitch` apart.
static __attribute__((always_inline)) void store_quads(
    const int along, const int extent, const int pitch, const int count, const float4* quads, __local float* tile)
{
#pragma unroll
    for (int n = 0; n < count; ++n) {
        const int2 place = quad_place(along, extent, n);
        __local float* to = tile + place.x * pitch + place.y;
        if (along) {
            *(__local float4*)to = quads[n];
        } else {
            to[0] = quads[n].x;
            to[pitch] = quads[n].y;
            to[2 * pitch] = quads[n].z;
            to[3 * pitch] = quads[n].w;
        }
    }
}

// Stores the quads of a step into the half `turn` of each tile.
static __attribute__((always_inline)) void store_step(
    const int left_along, const int right_along, const int turn, const float4* left_quads, const float4* right_quads,
    __local float* left_tile, __local float* right_tile)
{
    store_quads(left_along, GROUP_ROWS, LEFT_PITCH, LEFT_QUADS, left_quads, left_tile + turn * LEFT_TILE);
    store_quads(right_along, GROUP_COLUMNS, RIGHT_PITCH, RIGHT_QUADS, right_quads, right_tile + turn * RIGHT_TILE);
}

static __attribute__((always_inline)) void clear_sums(float (*sums)[ITEM_COLUMNS])
{
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; ++i) {
#pragma unroll
        for (int j = 0; j < ITEM_COLUMNS; ++j) {
            sums[i][j] = 0.0f;
        }
    }
}

// Adds the products of a step, a half of each tile, to the sums.
static __attribute__((always_inline)) void multiply_tiles(
    __local const float* left, __local const float* right, float (*sums)[ITEM_COLUMNS])
{
    left += ITEM_ROW(0);
    right += ITEM_COLUMN(0);
#pragma unroll
    for (int d = 0; d < DEPTH; ++d) {
        float a[ITEM_ROWS], b[ITEM_COLUMNS];
#pragma unroll
        for (int i = 0; i < ITEM_ROWS; i += 4) {
            vstore4(*(__local const float4*)(left + d * LEFT_PITCH + i * ITEMS_DOWN), 0, a + i);
        }
#pragma unroll
        for (int j = 0; j < ITEM_COLUMNS; j += 4) {
            vstore4(*(__local const float4*)(right + d * RIGHT_PITCH + j * ITEMS_ACROSS), 0, b + j);
        }
#pragma unroll
        for (int i = 0; i < ITEM_ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < ITEM_COLUMNS; ++j) {
                sums[i][j] = fma(a[i], b[j], sums[i][j]);
            }
        }
    }
}

// Stores the first `count` of the RUN sums that lie side by side; where they are `wide`, p is aligned to 16 bytes.
static __attribute__((always_inline)) void store_run(
    const int wide, const int count, const float* run, __global float* p)
{
    if (wide && count >= RUN) {
        *(__global float4*)p = vload4(0, run);
        return;
    }
#pragma unroll
    for (int n = 0; n < RUN; ++n) {
        if (n < count) {
            p[n] = run[n];
        }
    }
}

// Stores a row of sums, in the tile whose first column is `column`, into a row of `columns`.
static __attribute__((always_inline)) void store_row(
    const int wide, const int columns, const int column, const float* row, __global float* result)
{
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; j += RUN) {
        const int at = column + ITEM_COLUMN(j);
        store_run(wide, columns - at, row + j, result + at);
    }
}

// Stores the sums of the tile at `first` of a row-major result, those within its rows and columns.
static __attribute__((always_inline)) void store_sums(
    const int wide, const int rows, const int columns, const int2 first, float (*sums)[ITEM_COLUMNS],
    __global float* result)
{
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; ++i) {
        const int row = first.x + ITEM_ROW(i);
        if (row < rows) {
            store_row(wide, columns, first.y, sums[i], result + (size_t)row * columns);
        }
    }
}
