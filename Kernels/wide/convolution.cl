// Convolution of any filter, stride and padding, and its input gradient (the transposed convolution), for CPU devices:
// the patches of a few pixels are laid out as rows, then multiplied by the packed filter, a register tile at a time.
//   forward:         y[n,p,q,k] = bias[k] + sum over r,s,c of x[n, p stride + r - padding, q stride + s - padding, c]
//                    w[r,s,c,k]
//   backward_input:  dx[n,h,w,c] = sum over r,s,k of dy[n, (h + padding - r) / stride, (w + padding - s) / stride, k]
//                    w[r,s,c,k], over whole quotients only: the pixels of one phase, (h % stride, w % stride), share
//                    their places r = r0 + stride u, s = s0 + stride v, so it is a convolution with a part of w
//
// Layout: x, dx [N,H,W,C], w [R,S,C,K], y, dy [N,P,Q,K], bias [K], all float32. in, out: the channels summed over
//   (forward C, backward K) and those of the result; step: forward 1, backward stride; depth of a phase U * V * in.
//   packed   [step * step phases (r0, s0)][MOST * WIDTH], MOST = ceil(R/step) * ceil(S/step) * in, rounded up to LANES;
//            out > THIN: WIDTH = out rounded up to PANEL = 2 * LANES; a phase is [WIDTH/PANEL][depth to LANES][PANEL]
//            out <= THIN: WIDTH = out;                                 a phase is [out][depth to LANES]
//   scratch  TILE_ROWS * MOST floats per work-item, [depth to LANES / LANES][TILE_ROWS][LANES]
//
// Launch:
//   convolution_pack_filter     (WIDTH, MOST, step * step), any work-group; backward 0 or 1
//   convolution_forward         (items, 1, 1), work-group 1, a few work-items per compute unit: work-item i takes the
//                               pixels [i * span, (i + 1) * span) of the N * P * Q. has_bias = 0: bind anything
//   convolution_backward_input  (items, stride, stride), work-group 1: likewise of the N * ceil(H/stride) *
//                               ceil(W/stride) pixels of a phase. span: best a multiple of TILE_ROWS
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); TILE_ROWS, rows of the register tile (12; AVX2: 6);
//   THIN, the most result channels that are summed one by one, along the depth.

#include "wide/lanes.h"

#ifndef TILE_ROWS
#define TILE_ROWS 12
#endif
#ifndef THIN
#define THIN 4
#endif

// How the places of a filter walk over the images: place (u, v) of result pixel (i, j) reads the image's pixel
// (i * scale + base + direction * u, ...), and the result is pixel (first + i * step, ...) of its image.
struct walk {
    int height, width, channels;
    int U, V, scale, base_h, base_w, direction;
    int rows, columns;
    int result_height, result_width, result_channels, first_h, first_w, step;
    size_t most;
};

static inline int places(const int extent, const int first, const int step)
{
    return first < extent ? (extent - first + step - 1) / step : 0;
}

static inline size_t most_depth(const int R, const int S, const int step, const int channels)
{
    return round_up(places(R, 0, step) * places(S, 0, step) * channels, LANES);
}

static inline int packed_width(const int channels)
{
    return channels > THIN ? round_up(channels, PANEL) : channels;
}

__kernel void convolution_pack_filter(
    const int C, const int K, const int R, const int S, const int stride, const int backward,
    __global const float* w, __global float* packed)
{
    const int column = get_global_id(0), d = get_global_id(1), phase = get_global_id(2);
    const int in = backward ? K : C, out = backward ? C : K, step = backward ? stride : 1;
    const int V = places(S, phase % step, step);
    const int depth = places(R, phase / step, step) * V * in;
    const int padded = round_up(depth, LANES);
    if (d >= padded || column >= packed_width(out)) {
        return;
    }
    float value = 0.0f;
    if (d < depth && column < out) {
        const int r = phase / step + step * (d / in / V), s = phase % step + step * (d / in % V);
        const int c = backward ? column : d % in, k = backward ? d % in : column;
        value = w[((size_t)(r * S + s) * C + c) * K + k];
    }
    packed += phase * most_depth(R, S, step, in) * packed_width(out);
    if (out > THIN) {
        packed[((size_t)(column / PANEL) * padded + d) * PANEL + column % PANEL] = value;
    } else {
        packed[(size_t)column * padded + d] = value;
    }
}

// Lays the patch of result pixel `pixel` into row `slot` of the scratch; zeros outside the image and behind the depth
static inline void pack_patch(
    const struct walk walk, const int pixel, const int slot, __global const float* images, __global float* patches)
{
    const int n = pixel / (walk.rows * walk.columns), channels = walk.channels;
    const int i = pixel / walk.columns % walk.rows, j = pixel % walk.columns;
    const int whole = channels % LANES == 0;
    __global float* row = patches + slot * LANES;
    int d = 0;
    for (int u = 0; u < walk.U; ++u) {
        const int h = i * walk.scale + walk.base_h + walk.direction * u;
        for (int v = 0; v < walk.V; ++v) {
            const int w = j * walk.scale + walk.base_w + walk.direction * v;
            const int inside = h >= 0 && h < walk.height && w >= 0 && w < walk.width;
            __global const float* from = images + (((size_t)n * walk.height + h) * walk.width + w) * channels;
            for (int c = 0; c < channels && whole; c += LANES, d += LANES) {
                STORE(inside ? LOAD(from + c) : (lanes)0.0f, row + d * TILE_ROWS);
            }
            for (int c = 0; c < channels && !whole; ++c, ++d) {
                row[d / LANES * LANES * TILE_ROWS + d % LANES] = inside ? from[c] : 0.0f;
            }
        }
    }
    for (; d % LANES != 0; ++d) {
        row[d / LANES * LANES * TILE_ROWS + d % LANES] = 0.0f;
    }
}

// result[at[i]][PANEL] = patches[TILE_ROWS][depth] * packed[depth][PANEL] + offset, for i < count and `width` channels
static inline void multiply(
    const int depth, const int count, const int width, const size_t* at, const lanes offset0, const lanes offset1,
    __global const float* patches, __global const float* packed, __global float* result)
{
    lanes sum0[TILE_ROWS], sum1[TILE_ROWS];
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        sum0[i] = offset0;
        sum1[i] = offset1;
    }
    for (int d = 0; d < depth; d += LANES) {
        for (int lane = 0; lane < LANES; ++lane) {
            const lanes packed0 = LOAD(packed);
            const lanes packed1 = LOAD(packed + LANES);
            packed += PANEL;
#pragma unroll
            for (int i = 0; i < TILE_ROWS; ++i) {
                const lanes factor = (lanes)patches[i * LANES + lane];
                sum0[i] = fma(factor, packed0, sum0[i]);
                sum1[i] = fma(factor, packed1, sum1[i]);
            }
        }
        patches += TILE_ROWS * LANES;
    }
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        if (i < count) {
            store_first(width, sum0[i], result + at[i]);
            store_first(width - LANES, sum1[i], result + at[i] + LANES);
        }
    }
}

// result[at[i]] = patches[TILE_ROWS][depth] * packed[depth] + offset, for i < count: one channel
static inline void multiply_thin(
    const int depth, const int count, const size_t* at, const float offset, __global const float* patches,
    __global const float* packed, __global float* result)
{
    lanes sum[TILE_ROWS];
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        sum[i] = (lanes)0.0f;
    }
    for (int d = 0; d < depth; d += LANES) {
        const lanes factor = LOAD(packed + d);
#pragma unroll
        for (int i = 0; i < TILE_ROWS; ++i) {
            sum[i] = fma(LOAD(patches + i * LANES), factor, sum[i]);
        }
        patches += TILE_ROWS * LANES;
    }
#pragma unroll
    for (int i = 0; i < TILE_ROWS; ++i) {
        float part[LANES];
        STORE(sum[i], part);
        for (int width = LANES / 2; width > 0; width /= 2) {
            for (int lane = 0; lane < width; ++lane) {
                part[lane] += part[lane + width];
            }
        }
        if (i < count) {
            result[at[i]] = part[0] + offset;
        }
    }
}

// The pixels [begin, end) of a walk
static inline void convolve(
    const struct walk walk, const int begin, const int end, const int has_bias, __global const float* images,
    __global const float* packed, __global const float* bias, __global float* patches, __global float* result)
{
    const int depth = round_up(walk.U * walk.V * walk.channels, LANES), K = walk.result_channels;
    for (int first = begin; first < end; first += TILE_ROWS) {
        const int count = min(TILE_ROWS, end - first);
        size_t at[TILE_ROWS];
        for (int slot = 0; slot < TILE_ROWS; ++slot) {
            const int pixel = first + min(slot, count - 1);
            const int n = pixel / (walk.rows * walk.columns);
            const int h = walk.first_h + pixel / walk.columns % walk.rows * walk.step;
            const int w = walk.first_w + pixel % walk.columns * walk.step;
            at[slot] = (((size_t)n * walk.result_height + h) * walk.result_width + w) * K;
            pack_patch(walk, pixel, slot, images, patches);
        }
        for (int k = 0; k < K && K > THIN; k += PANEL) {
            const lanes offset0 = has_bias ? load_first(K - k, bias + k) : (lanes)0.0f;
            const lanes offset1 = has_bias ? load_first(K - k - LANES, bias + k + LANES) : (lanes)0.0f;
            multiply(
                depth, count, K - k, at, offset0, offset1, patches, packed + (size_t)k * depth, result + k);
        }
        for (int k = 0; k < K && K <= THIN; ++k) {
            multiply_thin(
                depth, count, at, has_bias ? bias[k] : 0.0f, patches, packed + (size_t)k * depth, result + k);
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void convolution_forward(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int has_bias, const int span, __global const float* restrict x,
    __global const float* restrict packed, __global const float* restrict bias, __global float* restrict scratch,
    __global float* restrict y)
{
    const struct walk walk = {
        .height = H, .width = W, .channels = C, .U = R, .V = S, .scale = stride, .base_h = -padding,
        .base_w = -padding, .direction = 1, .rows = P, .columns = Q, .result_height = P, .result_width = Q,
        .result_channels = K, .first_h = 0, .first_w = 0, .step = 1, .most = most_depth(R, S, 1, C)};
    const int begin = get_global_id(0) * span, end = min(N * P * Q, begin + span);
    scratch += get_global_id(0) * TILE_ROWS * walk.most;
    convolve(walk, begin, end, has_bias, x, packed, bias, scratch, y);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void convolution_backward_input(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int span, __global const float* restrict dy,
    __global const float* restrict packed, __global float* restrict scratch, __global float* restrict dx)
{
    const int first_h = get_global_id(1), first_w = get_global_id(2);
    const int r0 = (first_h + padding) % stride, s0 = (first_w + padding) % stride;
    const struct walk walk = {
        .height = P, .width = Q, .channels = K, .U = places(R, r0, stride), .V = places(S, s0, stride),
        .scale = 1, .base_h = (first_h + padding) / stride, .base_w = (first_w + padding) / stride, .direction = -1,
        .rows = places(H, first_h, stride), .columns = places(W, first_w, stride), .result_height = H,
        .result_width = W, .result_channels = C, .first_h = first_h, .first_w = first_w, .step = stride,
        .most = most_depth(R, S, stride, K)};
    const int begin = get_global_id(0) * span, end = min(N * walk.rows * walk.columns, begin + span);
    const size_t item = (get_global_id(2) * stride + get_global_id(1)) * get_global_size(0) + get_global_id(0);
    packed += (r0 * stride + s0) * walk.most * packed_width(C);
    convolve(walk, begin, end, 0, dy, packed, packed, scratch + item * TILE_ROWS * walk.most, dx);
}
