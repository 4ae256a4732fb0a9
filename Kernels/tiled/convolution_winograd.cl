// 3x3 convolution, stride 1, padding 1, by Winograd's F(4x4, 3x3) (Lavin and Gray, CVPR 2016), for GPUs: the
// transformations around 36 matrix products, which are kernels of their own.
//   Y  = A^T m A + bias,   m[xi] = v[xi] u[xi],   v = B^T d B,   u = G g G^T    for 6x6 tiles d of the images, filters g
//   dg = G^T du G,         du[xi] = v[xi]^T e[xi],               e = A dY A^T   for 4x4 tiles dY of the result's gradient
//   The input gradient is the first line over dY, with filters that are turned by 180 degrees and swap their channels.
//
// Layout: x [N,H,W,C], y, dy [N,H,W,K], filter, gradient [3,3,C,K], bias [K], all float32.
//   Tiles are numbered through all images in row order, ceil(H/4) * ceil(W/4) to an image. They go through in chunks of
//   `rows` tiles from number `first` on:
//   v [36,rows,C], m, e [36,rows,K], u, du [36,C,K]
//
// Launch: a work-item for each place of a matrix, channels first, so that neighbours touch neighbours; those beyond an
//   extent do nothing. Sizes count elements; where images are transformed, a work-item does LANES channels.
//   convolution_winograd_filter           (K, C). rotated = 0: filter is [3,3,C,K]; rotated = 1: filter is [3,3,K,C]
//   convolution_winograd_images           (C / LANES, rows)
//   convolution_winograd_result           (K / LANES, rows). has_bias = 0: bias is not read (bind m)
//   convolution_winograd_gradients        (K / LANES, rows)
//   convolution_winograd_filter_gradient  (K, C). adds = 0: for the first chunk; adds = 1: adds to the gradient of those
//                                         before, so that the chunks are summed in order
//
// Constants: LANES, 1, 2 or 4, divides the channels of images. A tile is held in 36 registers times LANES.

#ifndef LANES
#define LANES 2
#endif

#if LANES == 1
typedef float lanes;
#elif LANES == 2
typedef float2 lanes;
#else
typedef float4 lanes;
#endif

#include "winograd_transforms.h"

// Row h and column w of the image at which the result of a tile begins; returns the first pixel of that image
static inline size_t find_tile(const int tile, const int H, const int W, int* h, int* w)
{
    const int columns = (W + 3) / 4, tiles = (H + 3) / 4 * columns;
    *h = tile % tiles / columns * 4;
    *w = tile % columns * 4;
    return (size_t)(tile / tiles) * H * W;
}

// The channels of one pixel; zeros outside the image
static inline lanes pixel(const int h, const int w, const int H, const int W, const int C, __global const lanes* image)
{
    return (h >= 0 && h < H && w >= 0 && w < W) ? image[(size_t)(h * W + w) * C] : (lanes)0.0f;
}

__kernel void convolution_winograd_filter(
    const int C, const int K, const int rotated, __global const float* restrict filter, __global float* restrict u)
{
    const int k = get_global_id(0), c = get_global_id(1);
    if (k >= K || c >= C) {
        return;
    }
    const size_t step = (size_t)C * K, at = (size_t)c * K + k;
    // Neighbours read far apart where the filter is rotated; it is small beside the images.
    filter += rotated ? 8 * step + (size_t)k * C + c : at;
    float turned[6][3];
#pragma unroll
    for (int s = 0; s < 3; ++s) {
        float g[3], o[6];
#pragma unroll
        for (int r = 0; r < 3; ++r) {
            g[r] = rotated ? *(filter - (r * 3 + s) * step) : filter[(r * 3 + s) * step];
        }
        transform_filter(g, o);
#pragma unroll
        for (int i = 0; i < 6; ++i) {
            turned[i][s] = o[i];
        }
    }
#pragma unroll
    for (int i = 0; i < 6; ++i) {
        float o[6];
        transform_filter(turned[i], o);
#pragma unroll
        for (int j = 0; j < 6; ++j) {
            u[(i * 6 + j) * step + at] = o[j];
        }
    }
}

__kernel void convolution_winograd_images(
    const int first, const int rows, const int H, const int W, const int C, __global const lanes* restrict x,
    __global lanes* restrict v)
{
    const int groups = C / LANES, c = get_global_id(0), tile = get_global_id(1);
    if (c >= groups || tile >= rows) {
        return;
    }
    int h, w;
    x += find_tile(first + tile, H, W, &h, &w) * groups + c;
    v += (size_t)tile * groups + c;
    const size_t step = (size_t)rows * groups;
    lanes turned[6][6];
#pragma unroll
    for (int j = 0; j < 6; ++j) {
        lanes d[6], o[6];
#pragma unroll
        for (int i = 0; i < 6; ++i) {
            d[i] = pixel(h - 1 + i, w - 1 + j, H, W, groups, x);
        }
        transform_input(d, o);
#pragma unroll
        for (int i = 0; i < 6; ++i) {
            turned[i][j] = o[i];
        }
    }
#pragma unroll
    for (int i = 0; i < 6; ++i) {
        lanes o[6];
        transform_input(turned[i], o);
#pragma unroll
        for (int j = 0; j < 6; ++j) {
            v[(i * 6 + j) * step] = o[j];
        }
    }
}

__kernel void convolution_winograd_result(
    const int first, const int rows, const int H, const int W, const int K, const int has_bias,
    __global const lanes* restrict m, __global const lanes* restrict bias, __global lanes* restrict y)
{
    const int groups = K / LANES, k = get_global_id(0), tile = get_global_id(1);
    if (k >= groups || tile >= rows) {
        return;
    }
    int h, w;
    y += find_tile(first + tile, H, W, &h, &w) * groups + k;
    m += (size_t)tile * groups + k;
    const size_t step = (size_t)rows * groups;
    const lanes offset = has_bias ? bias[k] : (lanes)0.0f;
    lanes turned[4][6];
#pragma unroll
    for (int j = 0; j < 6; ++j) {
        lanes column[6], o[4];
#pragma unroll
        for (int i = 0; i < 6; ++i) {
            column[i] = m[(i * 6 + j) * step];
        }
        transform_output(column, o);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            turned[i][j] = o[i];
        }
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        lanes o[4];
        transform_output(turned[i], o);
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            if (h + i < H && w + j < W) {
                y[(size_t)((h + i) * W + w + j) * groups] = o[j] + offset;
            }
        }
    }
}

__kernel void convolution_winograd_gradients(
    const int first, const int rows, const int H, const int W, const int K, __global const lanes* restrict dy,
    __global lanes* restrict e)
{
    const int groups = K / LANES, k = get_global_id(0), tile = get_global_id(1);
    if (k >= groups || tile >= rows) {
        return;
    }
    int h, w;
    dy += find_tile(first + tile, H, W, &h, &w) * groups + k;
    e += (size_t)tile * groups + k;
    const size_t step = (size_t)rows * groups;
    lanes turned[6][4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
        lanes column[4], o[6];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            column[i] = pixel(h + i, w + j, H, W, groups, dy);
        }
        transform_gradient(column, o);
#pragma unroll
        for (int i = 0; i < 6; ++i) {
            turned[i][j] = o[i];
        }
    }
#pragma unroll
    for (int i = 0; i < 6; ++i) {
        lanes o[6];
        transform_gradient(turned[i], o);
#pragma unroll
        for (int j = 0; j < 6; ++j) {
            e[(i * 6 + j) * step] = o[j];
        }
    }
}

__kernel void convolution_winograd_filter_gradient(
    const int C, const int K, const int adds, __global const float* restrict du, __global float* restrict gradient)
{
    const int k = get_global_id(0), c = get_global_id(1);
    if (k >= K || c >= C) {
        return;
    }
    const size_t step = (size_t)C * K, at = (size_t)c * K + k;
    float turned[3][6];
#pragma unroll
    for (int i = 0; i < 6; ++i) {
        float row[6], o[3];
#pragma unroll
        for (int j = 0; j < 6; ++j) {
            row[j] = du[(i * 6 + j) * step + at];
        }
        transform_filter_gradient(row, o);
#pragma unroll
        for (int s = 0; s < 3; ++s) {
            turned[s][i] = o[s];
        }
    }
#pragma unroll
    for (int s = 0; s < 3; ++s) {
        float o[3];
        transform_filter_gradient(turned[s], o);
#pragma unroll
        for (int r = 0; r < 3; ++r) {
            __global float* g = gradient + (r * 3 + s) * step + at;
            *g = adds ? *g + o[r] : o[r];
        }
    }
}
