// What the tiled products share: the tile of a work-group, and its sum over one step of the depth.
//   sums[i][j] += sum over d < DEPTH of left[d][ITEM_ROW(i)] * right[d][ITEM_COLUMN(j)]
// A kernel brings DEPTH rows of both factors into one half of its local tiles while it multiplies the other half:
//
//     fetch the first step into registers, store_step into half 0, barrier
//     for each step: fetch the next, multiply_tiles of this half, store_step into the other, barrier, change halves
//
// so that global memory is waited for during a whole step, and one barrier a step is enough.
//
// A file that includes it has included tensor.h: in another PRECISION than FLOAT32, warps multiply on tensor cores.
//
// Layout: local tiles, 16-byte aligned, each twice: left [DEPTH][LEFT_PITCH], right [DEPTH][RIGHT_PITCH], of which the
//   first GROUP_ROWS or GROUP_COLUMNS floats of a line count. A tile is filled in quads, four neighbours in global
//   memory each: `along` the tile's rows or columns, or deep. Each work-item brings LEFT_QUADS and RIGHT_QUADS of them.
//   For tensor cores: words, of WORD_TERMS terms each, in lines of GROUP_ROWS or GROUP_COLUMNS, see word_place.
// Launch: work-groups of (ITEMS, 1, 1); the groups of dimension 0 share the result's tiles, see group_tile.
// Constants: GROUP_ROWS, GROUP_COLUMNS, the result of a work-group; ITEM_ROWS, ITEM_COLUMNS, that of a work-item,
//   multiples of 4; DEPTH, the terms of a step, a multiple of 4. For tensor cores a multiple of 8 WORD_TERMS, and the
//   group is whole warps of 8 ITEM_ROWS by 4 ITEM_COLUMNS, in multiples of 32 rows and columns.

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

#if PRECISION == FLOAT32

typedef float factor;

// Four floats apart, lines begin in other banks: quads that lie deep are stored a float to a line.
#define LEFT_PITCH (GROUP_ROWS + 4)
#define RIGHT_PITCH (GROUP_COLUMNS + 4)
#define LEFT_TILE (DEPTH * LEFT_PITCH)
#define RIGHT_TILE (DEPTH * RIGHT_PITCH)

// Work-items that read local memory together stand four by eight, so that few lines serve them; each has every
// (4 ITEMS_DOWN)th four rows and every (4 ITEMS_ACROSS)th four columns, so that neighbours read neighbouring quads.
#define BLOCK_ACROSS (ITEMS_ACROSS < 8 ? ITEMS_ACROSS : 8)
#define BLOCKS_ACROSS (ITEMS_ACROSS / BLOCK_ACROSS)
#define BLOCK (4 * BLOCK_ACROSS)

static inline int item_down(void)
{
    const int item = get_local_id(0);
    return item / BLOCK / BLOCKS_ACROSS * 4 + item % BLOCK / BLOCK_ACROSS;
}

static inline int item_across(void)
{
    const int item = get_local_id(0);
    return item / BLOCK % BLOCKS_ACROSS * BLOCK_ACROSS + item % BLOCK_ACROSS;
}

// The row and the column of sums[i][j] in the group's tile.
#define ITEM_ROW(i) ((i) / 4 * (4 * ITEMS_DOWN) + 4 * item_down() + (i) % 4)
#define ITEM_COLUMN(j) ((j) / 4 * (4 * ITEMS_ACROSS) + 4 * item_across() + (j) % 4)

// So many sums of a row lie side by side: ITEM_COLUMN(j + n) = ITEM_COLUMN(j) + n for n < RUN, where RUN divides j.
#define RUN 4

#else

typedef uint factor;

#define LINES (DEPTH / WORD_TERMS)
#define LEFT_PITCH GROUP_ROWS
#define RIGHT_PITCH GROUP_COLUMNS
#define LEFT_TILE (LINES * LEFT_PITCH + ITEMS * EXCHANGED)
#define RIGHT_TILE (LINES * RIGHT_PITCH)

#if ITEMS_DOWN % 8 != 0 || ITEMS_ACROSS % 4 != 0 || LINES % 8 != 0 || GROUP_ROWS % 32 != 0 || GROUP_COLUMNS % 32 != 0
#error "a tile is cut in the matrices of tensor cores"
#endif

// Where word i of a line lies: four lines that follow each other, and every fourth line of four, have the same eight
// words in other banks, so that neither reading matrices nor storing quads that lie deep meets a bank twice.
static inline int word_place(const int line, const int pitch, const int i)
{
    return line * pitch + (i ^ ((line ^ line / 4) % 4 * 8));
}

// The row and the column of sums[i][j] in the group's tile: warps stand side by side, a lane has two columns of each of
// the warp's matrices of 16 by 8, in two rows.
#define LANE (get_local_id(0) % WARP)
#define WARPS_ACROSS (ITEMS_ACROSS / 4)
#define WARP_ROW ((int)(get_local_id(0) / WARP / WARPS_ACROSS) * 8 * ITEM_ROWS)
#define WARP_COLUMN ((int)(get_local_id(0) / WARP % WARPS_ACROSS) * 4 * ITEM_COLUMNS)
#define ITEM_ROW(i) (WARP_ROW + 8 * (i) + (int)LANE / 4)
#define ITEM_COLUMN(j) (WARP_COLUMN + (j) / 2 * 8 + (int)LANE % 4 * 2 + (j) % 2)
#define RUN 2

#endif

// The tiles of a work-group, declared in a kernel: two halves, each a step.
#define LOCAL_TILES(left, right)                                      \
    __local factor left[2 * LEFT_TILE] __attribute__((aligned(16))); \
    __local factor right[2 * RIGHT_TILE] __attribute__((aligned(16)))

// The first row and the first column of the group's tile. Groups that run together go down bands of eight tiles, so
// that both factors are read from the cache.
static inline int2 group_tile(const int rows, const int columns)
{
    const int down = (rows + GROUP_ROWS - 1) / GROUP_ROWS, across = (columns + GROUP_COLUMNS - 1) / GROUP_COLUMNS;
    const int band = get_group_id(0) / (8 * across), place = get_group_id(0) % (8 * across);
    const int height = min(8, down - 8 * band);
    return (int2)((8 * band + place % height) * GROUP_ROWS, place / height * GROUP_COLUMNS);
}

// The place (d, i) of the first float of quad `n` of the work-item in a tile with lines of `extent`.
static inline int2 quad_place(const int along, const int extent, const int n)
{
    const int quad = get_local_id(0) + n * ITEMS;
    return along ? (int2)(quad / (extent / 4), quad % (extent / 4) * 4)
                 : (int2)(quad % (DEPTH / 4) * 4, quad / (DEPTH / 4));
}

// The first `count` of the four floats from p on, then zeros; none is read where count <= 0. Where they are `wide`, p
// is aligned to 16 bytes, and there are four or none.
static inline float4 load_quad(const int wide, const int count, __global const float* p)
{
    if (wide) {
        return count > 0 ? *(__global const float4*)p : (float4)0.0f;
    }
    return (float4)(
        count > 0 ? p[0] : 0.0f, count > 1 ? p[1] : 0.0f, count > 2 ? p[2] : 0.0f, count > 3 ? p[3] : 0.0f);
}

#if PRECISION != FLOAT32

// Stores a quad as words, or as the halves of words that it is where its terms are those of other quads' words, too.
static __attribute__((always_inline)) void store_words(
    const int along, const int pitch, const int2 place, const float4 quad, __local uint* tile)
{
    const int line = place.x / WORD_TERMS;
    __local uint* to = tile + word_place(line, pitch, place.y);
#if PRECISION == TF32
    if (along) {
        *(__local uint4*)to = (uint4)(tf32_bits(quad.x), tf32_bits(quad.y), tf32_bits(quad.z), tf32_bits(quad.w));
    } else {
        *to = tf32_bits(quad.x);
        tile[word_place(line + 1, pitch, place.y)] = tf32_bits(quad.y);
        tile[word_place(line + 2, pitch, place.y)] = tf32_bits(quad.z);
        tile[word_place(line + 3, pitch, place.y)] = tf32_bits(quad.w);
    }
#else
    if (along) {
        __local ushort* half_word = (__local ushort*)to + place.x % 2;
        half_word[0] = bf16_bits(quad.x);
        half_word[2] = bf16_bits(quad.y);
        half_word[4] = bf16_bits(quad.z);
        half_word[6] = bf16_bits(quad.w);
    } else {
        *to = bf16_bits(quad.x) | bf16_bits(quad.y) << 16;
        tile[word_place(line + 1, pitch, place.y)] = bf16_bits(quad.z) | bf16_bits(quad.w) << 16;
    }
#endif
}

#endif

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

// Stores quad `n` of the work-item into a half of a tile with lines of `extent`, `pitch` apart.
static __attribute__((always_inline)) void store_quad(
    const int along, const int extent, const int pitch, const int n, const float4 quad, __local factor* tile)
{
    const int2 place = quad_place(along, extent, n);
#if PRECISION == FLOAT32
    __local float* to = tile + place.x * pitch + place.y;
    if (along) {
        *(__local float4*)to = quad;
    } else {
        to[0] = quad.x;
        to[pitch] = quad.y;
        to[2 * pitch] = quad.z;
        to[3 * pitch] = quad.w;
    }
#else
    store_words(along, pitch, place, quad, tile);
#endif
}

// Stores the quads of a step of the left factor, and those of the right one, into a half of its tile. The numbers of
// quads are constants here, and the loops unrolled, since what is found by an index lies in memory and not in registers.
static __attribute__((always_inline)) void store_left(const int along, const float4* quads, __local factor* tile)
{
#pragma unroll
    for (int n = 0; n < LEFT_QUADS; ++n) {
        store_quad(along, GROUP_ROWS, LEFT_PITCH, n, quads[n], tile);
    }
}

static __attribute__((always_inline)) void store_right(const int along, const float4* quads, __local factor* tile)
{
#pragma unroll
    for (int n = 0; n < RIGHT_QUADS; ++n) {
        store_quad(along, GROUP_COLUMNS, RIGHT_PITCH, n, quads[n], tile);
    }
}

// Stores the quads of a step into the half `turn` of each tile.
static __attribute__((always_inline)) void store_step(
    const int left_along, const int right_along, const int turn, const float4* left_quads, const float4* right_quads,
    __local factor* left_tile, __local factor* right_tile)
{
    store_left(left_along, left_quads, left_tile + turn * LEFT_TILE);
    store_right(right_along, right_quads, right_tile + turn * RIGHT_TILE);
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

#if PRECISION == FLOAT32

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

#else

// Adds the products of a step, a half of each tile, to the sums.
static __attribute__((always_inline)) void multiply_tiles(
    __local uint* left, __local const uint* right, float (*sums)[ITEM_COLUMNS])
{
    const int word = LANE % 4, row = ITEM_ROW(0), column = WARP_COLUMN + LANE / 4;
    __local uint* exchange = left + LINES * LEFT_PITCH;
    join_warp();
    UNROLL
    for (int line = 0; line < LINES; line += 8) {
        uint a[ITEM_ROWS / 2][4], b[ITEM_COLUMNS / 2][2];
#pragma unroll
        for (int i = 0; i < ITEM_ROWS; ++i) {
            a[i / 2][i % 2] = left[word_place(line + word, LEFT_PITCH, row + 8 * i)];
            a[i / 2][i % 2 + 2] = left[word_place(line + word + 4, LEFT_PITCH, row + 8 * i)];
        }
#pragma unroll
        for (int j = 0; j < ITEM_COLUMNS / 2; ++j) {
            b[j][0] = right[word_place(line + word, RIGHT_PITCH, column + 8 * j)];
            b[j][1] = right[word_place(line + word + 4, RIGHT_PITCH, column + 8 * j)];
        }
        UNROLL
        for (int i = 0; i < ITEM_ROWS; i += 2) {
            UNROLL
            for (int j = 0; j < ITEM_COLUMNS; j += 2) {
                multiply_add(exchange, a[i / 2], b[j / 2], sums[i] + j, sums[i + 1] + j);
            }
        }
    }
}

#endif

// Stores the first `count` of the RUN sums that lie side by side; where they are `wide`, p is aligned to 16 bytes.
static __attribute__((always_inline)) void store_run(
    const int wide, const int count, const float* run, __global float* p)
{
    if (wide && count >= RUN) {
#if RUN == 4
        *(__global float4*)p = vload4(0, run);
#else
        *(__global float2*)p = vload2(0, run);
#endif
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
