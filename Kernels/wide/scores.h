// What the kernels over scores share: the register tile, a block of scores made of it, and an exponential function.
//
// Constants: TILE_ROWS, rows of the register tile (12; AVX2: 6); BLOCK, the rows and columns of a block, a multiple of
//   TILE_ROWS and PANEL; SOFTPLUS, 0 or 1.

#ifndef TILE_ROWS
#define TILE_ROWS 12
#endif
#ifndef BLOCK
#define BLOCK 192
#endif
#ifndef SOFTPLUS
#define SOFTPLUS 0
#endif

// The floats from one row of a block to the next
#define PITCH (BLOCK + LANES)

// e^x within 1.3 units of 2^-24; 0 below -87.7, infinity above 88.4, NaN stays: 2^n e^r with a minimax polynomial
static inline lanes exponential(lanes x)
{
    x = x < -88.02969f ? (lanes)-88.02969f : x;
    x = x > 89.0f ? (lanes)89.0f : x;
    const lanes shifted = fma(x, (lanes)1.44269504f, (lanes)12582912.0f);
    const lanes n = shifted - 12582912.0f;
    const lanes r = fma(n, (lanes)1.904654323e-9f, fma(n, (lanes)-0.6931471825f, x));
    lanes p = fma(r, (lanes)0.0013814540579915f, (lanes)0.00836874544620514f);
    p = fma(p, r, (lanes)0.04166838899254799f);
    p = fma(p, r, (lanes)0.1666652113199234f);
    p = fma(p, r, (lanes)0.4999999403953552f);
    p = fma(fma(p, r, (lanes)1.0f), r, (lanes)1.0f);
    return p * JOIN(as_float, LANES)((JOIN(as_int, LANES)(shifted) << 23) + 0x3F800000);
}

// sum[i] = sum over d < depth of left[d * depth_step + i * row_step] * right[d][PANEL]
static __attribute__((always_inline)) void multiply(
    const int depth, __global const float* left, const int depth_step, const int row_step, __global const float* right,
    lanes* sum0, lanes* sum1)
{
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        sum0[i] = (lanes)0.0f;
        sum1[i] = (lanes)0.0f;
    }
    for (int d = 0; d < depth; ++d) {
        const lanes right0 = LOAD(right);
        const lanes right1 = LOAD(right + LANES);
#pragma unroll
        for (int i = 0; i < TILE_ROWS; ++i) {
            const lanes factor = (lanes)left[i * row_step];
            sum0[i] = fma(factor, right0, sum0[i]);
            sum1[i] = fma(factor, right1, sum1[i]);
        }
        left += depth_step;
        right += PANEL;
    }
}

// scores[i][j] = scale * <left row i, right row j> for `rows` rows and `columns` columns, rounded up to whole tiles
static inline void score(
    const int D, const int rows, const int columns, const float scale, __global const float* left,
    __global const float* right, __global float* scores)
{
    for (int j = 0; j < columns; j += PANEL) {
        for (int i = 0; i < rows; i += TILE_ROWS) {
            lanes sum0[TILE_ROWS], sum1[TILE_ROWS];
            multiply(D, left + (size_t)i * D, TILE_ROWS, 1, right + (size_t)j * D, sum0, sum1);
            __global float* to = scores + i * PITCH + j;
#pragma unroll
            for (int t = 0; t < TILE_ROWS; ++t) {
                STORE(scale * sum0[t], to + t * PITCH);
                STORE(scale * sum1[t], to + t * PITCH + LANES);
            }
        }
    }
}

// Sets the diagonal of a block, where global row and column agree, and the columns behind its last to `value`
static inline void mask(
    const int diagonal, const int rows, const int columns, const float value, __global float* scores)
{
    for (int i = 0; i < rows; ++i) {
        if (i + diagonal >= 0 && i + diagonal < columns) {
            scores[i * PITCH + i + diagonal] = value;
        }
        for (int j = columns; j % LANES != 0; ++j) {
            scores[i * PITCH + j] = value;
        }
    }
}
