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

#include "vectors.h"
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

#define FROM_FILTER(r, s) (rotated ? *(filter - (r * 3 + s) * step) : filter[(r * 3 + s) * step])
#define TO_U(i, j, value) u[(i * 6 + j) * step + at] = value

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
    TRANSFORM_TILE(float, 3, 6, transform_filter, FROM_FILTER, TO_U);
}

#define FROM_X(i, j) pixel(h - 1 + i, w - 1 + j, H, W, groups, x)
#define TO_V(i, j, value) v[(i * 6 + j) * step] = value

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
    TRANSFORM_TILE(lanes, 6, 6, transform_input, FROM_X, TO_V);
}

#define FROM_M(i, j) m[(i * 6 + j) * step]
#define TO_Y(i, j, value) \
    if (h + i < H && w + j < W) { \
        y[(size_t)((h + i) * W + w + j) * groups] = value + offset; \
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
    TRANSFORM_TILE(lanes, 6, 4, transform_output, FROM_M, TO_Y);
}

#define FROM_DY(i, j) pixel(h + i, w + j, H, W, groups, dy)
#define TO_E(i, j, value) e[(i * 6 + j) * step] = value

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
    TRANSFORM_TILE(lanes, 4, 6, transform_gradient, FROM_DY, TO_E);
}

// Rows come before columns: the tile is transposed on its way.
#define FROM_DU(j, i) du[(i * 6 + j) * step + at]
#define TO_GRADIENT(s, r, value) \
    { \
        __global float* g = gradient + (r * 3 + s) * step + at; \
        *g = adds ? *g + value : value; \
    }

__kernel void convolution_winograd_filter_gradient(
    const int C, const int K, const int adds, __global const float* restrict du, __global float* restrict gradient)
{
    const int k = get_global_id(0), c = get_global_id(1);
    if (k >= K || c >= C) {
        return;
    }
    const size_t step = (size_t)C * K, at = (size_t)c * K + k;
    TRANSFORM_TILE(float, 6, 3, transform_filter_gradient, FROM_DU, TO_GRADIENT);
}
