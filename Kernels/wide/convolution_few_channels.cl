// Convolution of images with few channels, such as the first of an encoder, for CPU devices: the filter's places are few,
// so a vector of output channels needs no tiling, and all that counts is to read and write the many outputs once.
//   forward:          y[n,p,q,k] = bias[k] + sum over t of patch[n,p,q,t] w[t,k],   t = (r, s, c)
//   backward_filter:  dw[t,k] = sum over n,p,q of patch[n,p,q,t] dy[n,p,q,k]
//   patch[n,p,q,(r,s,c)] = x[n, p STRIDE + r - PADDING, q STRIDE + s - PADDING, c], 0 outside the image
//
// Layout: x [N,H,W,C], w and dw [R,S,C,K], bias [K], y and dy [N,P,Q,K], all float32; K a multiple of LANES.
//   padded: one image with its border of zeros, (H + 2 PADDING) (W + 2 PADDING) C floats for each work-item
//   statistics [V, items, 4, K]: those of y for a batch normalization behind, as in statistics.h
//   part:   the sums of each work-item, [items][R S C][K]; they are added in order afterwards
//
// Launch: (items, V), work-group 1, V the views with statistics of their own, else 1. Work-item i takes the images
//   [i * span, (i + 1) * span) of the N images of its view; backward_filter has one view.
//   has_bias = 0: bias is not read (bind w); has_statistics = 0: statistics are not written (bind padded).
//
// Constants: the extents; LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); PIXELS, outputs of a row at a time;
//   PAST_CACHE, whether y is too large to be found in a cache when it is read.

#include "wide/lanes.h"
#include "wide/statistics.h"

#ifndef PIXELS
#define PIXELS 7
#endif
#ifndef PAST_CACHE
#define PAST_CACHE 0
#endif
#ifndef IMAGE_ROWS
#define IMAGE_ROWS 28
#define IMAGE_COLUMNS 28
#define CHANNELS_IN 1
#define CHANNELS_OUT 128
#define FILTER_ROWS 3
#define FILTER_COLUMNS 3
#define STRIDE 1
#define PADDING 1
#endif

#define OUTPUT_ROWS ((IMAGE_ROWS + 2 * PADDING - FILTER_ROWS) / STRIDE + 1)
#define OUTPUT_COLUMNS ((IMAGE_COLUMNS + 2 * PADDING - FILTER_COLUMNS) / STRIDE + 1)
#define PADDED_WIDTH ((IMAGE_COLUMNS + 2 * PADDING) * CHANNELS_IN)
#define PADDED_COUNT ((IMAGE_ROWS + 2 * PADDING) * PADDED_WIDTH)
#define ROW_TERMS (FILTER_COLUMNS * CHANNELS_IN)
#define TERMS (FILTER_ROWS * ROW_TERMS)

// Where term t of the patch at (p, q) lies in the padded image
#define PLACE(p, q, t) \
    (((p) * STRIDE + (t) / ROW_TERMS) * PADDED_WIDTH + (q) * STRIDE * CHANNELS_IN + (t) % ROW_TERMS)

#if PAST_CACHE
#define STORE_Y(v, p) STORE_PAST(v, p)
#else
#define STORE_Y(v, p) STORE(v, p)
#endif

// Copies image x into the middle of `padded`, whose border is zero already
static inline void pad(__global const float* x, __global float* padded)
{
    for (int h = 0; h < IMAGE_ROWS; ++h) {
        for (int w = 0; w < IMAGE_COLUMNS * CHANNELS_IN; ++w) {
            padded[(h + PADDING) * PADDED_WIDTH + PADDING * CHANNELS_IN + w] = x[h * IMAGE_COLUMNS * CHANNELS_IN + w];
        }
    }
}

static inline void clear(__global float* padded)
{
    for (int i = 0; i < PADDED_COUNT; ++i) {
        padded[i] = 0.0f;
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void convolution_few_channels_forward(
    const int N, const int span, const int has_bias, const int has_statistics, __global const float* x,
    __global const float* w, __global const float* bias, __global float* padded, __global float* statistics,
    __global float* y)
{
    const int item = get_global_id(0);
    const size_t before = get_global_id(1) * N;
    __global float* own = own_statistics(CHANNELS_OUT, statistics);
    int seen = 0;
    x += before * IMAGE_ROWS * IMAGE_COLUMNS * CHANNELS_IN;
    y += before * OUTPUT_ROWS * OUTPUT_COLUMNS * CHANNELS_OUT;
    padded += (get_global_id(1) * get_global_size(0) + item) * PADDED_COUNT;
    clear(padded);
    for (int n = item * span; n < min(N, (item + 1) * span); ++n) {
        pad(x + (size_t)n * IMAGE_ROWS * IMAGE_COLUMNS * CHANNELS_IN, padded);
        for (int p = 0; p < OUTPUT_ROWS; ++p) {
            lanes sums[CHANNELS_OUT / LANES], squares[CHANNELS_OUT / LANES];
            for (int i = 0; i < CHANNELS_OUT / LANES; ++i) {
                sums[i] = squares[i] = (lanes)0.0f;
            }
            for (int q = 0; q < OUTPUT_COLUMNS; q += PIXELS) {
                const int count = min(PIXELS, OUTPUT_COLUMNS - q);
                __global float* out = y + (((size_t)n * OUTPUT_ROWS + p) * OUTPUT_COLUMNS + q) * CHANNELS_OUT;
                for (int k = 0; k < CHANNELS_OUT; k += LANES) {
                    const lanes start = has_bias ? LOAD(bias + k) : (lanes)0.0f;
                    lanes sum[PIXELS];
#pragma unroll
                    for (int i = 0; i < PIXELS; ++i) {
                        sum[i] = start;
                    }
#pragma unroll
                    for (int t = 0; t < TERMS; ++t) {
                        const lanes weight = LOAD(w + t * CHANNELS_OUT + k);
#pragma unroll
                        for (int i = 0; i < PIXELS; ++i) {
                            // Beyond the row's end the last pixel is computed again, and not stored.
                            const int column = OUTPUT_COLUMNS % PIXELS == 0 ? q + i : min(q + i, OUTPUT_COLUMNS - 1);
                            sum[i] = fma((lanes)padded[PLACE(p, column, t)], weight, sum[i]);
                        }
                    }
#pragma unroll
                    for (int i = 0; i < PIXELS; ++i) {
                        if (i < count) {
                            STORE_Y(sum[i], out + i * CHANNELS_OUT + k);
                        }
                    }
                    if (has_statistics) {
                        if (seen + q == 0) {
                            begin_statistics(CHANNELS_OUT, LANES, sum[0], own + k);
                        }
                        const lanes center = center_so_far(CHANNELS_OUT, LANES, own + k);
#pragma unroll
                        for (int i = 0; i < PIXELS; ++i) {
                            const lanes difference = i < count ? sum[i] - center : (lanes)0.0f;
                            sums[k / LANES] += difference;
                            squares[k / LANES] = fma(difference, difference, squares[k / LANES]);
                        }
                    }
                }
            }
            for (int k = 0; k < CHANNELS_OUT && has_statistics; k += LANES) {
                merge_block(seen, OUTPUT_COLUMNS, CHANNELS_OUT, LANES, sums[k / LANES], squares[k / LANES], own + k);
            }
            seen += OUTPUT_COLUMNS;
        }
    }
    if (has_statistics) {
        end_statistics(seen, CHANNELS_OUT, own);
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void convolution_few_channels_backward_filter(
    const int N, const int span, __global const float* x, __global const float* dy, __global float* padded,
    __global float* part)
{
    const int item = get_global_id(0);
    padded += (size_t)item * PADDED_COUNT;
    part += (size_t)item * TERMS * CHANNELS_OUT;
    clear(padded);
    for (int i = 0; i < TERMS * CHANNELS_OUT; ++i) {
        part[i] = 0.0f;
    }
    for (int n = item * span; n < min(N, (item + 1) * span); ++n) {
        pad(x + (size_t)n * IMAGE_ROWS * IMAGE_COLUMNS * CHANNELS_IN, padded);
        for (int p = 0; p < OUTPUT_ROWS; ++p) {
            __global const float* row = dy + ((size_t)n * OUTPUT_ROWS + p) * OUTPUT_COLUMNS * CHANNELS_OUT;
            // A row is read column by column; the next one is fetched meanwhile, in its order in memory.
            const int is_last = n + 1 == min(N, (item + 1) * span) && p + 1 == OUTPUT_ROWS;
            __global const float* next = is_last ? row : row + OUTPUT_COLUMNS * CHANNELS_OUT;
            for (int k = 0; k < CHANNELS_OUT; k += LANES) {
                lanes sum[TERMS];
#pragma unroll
                for (int t = 0; t < TERMS; ++t) {
                    sum[t] = LOAD(part + t * CHANNELS_OUT + k);
                }
                for (int q = 0; q < OUTPUT_COLUMNS; ++q) {
                    FETCH(next);
                    next += LANES;
                    const lanes gradient = LOAD(row + q * CHANNELS_OUT + k);
#pragma unroll
                    for (int t = 0; t < TERMS; ++t) {
                        sum[t] = fma((lanes)padded[PLACE(p, q, t)], gradient, sum[t]);
                    }
                }
#pragma unroll
                for (int t = 0; t < TERMS; ++t) {
                    STORE(sum[t], part + t * CHANNELS_OUT + k);
                }
            }
        }
    }
}
