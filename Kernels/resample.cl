// resample: the views of a table as ink, y[v, row, column] = ink / 255, with the arithmetic of Imaging's `makeView`.
//   resample_prepare_*: for each view, what its pixels have in common, in fixed point
//   resample_twice:     the image turned and shifted by nearest neighbours, its border ink, then cropped, and reduced by
//                       a triangle filter, first along the rows and then along the columns, with a rounding to 8 bits
//                       between both as Pillow has it: each pixel rounds the rows that it takes for itself
//   resample_once:      the mean of ink under a triangle filter in the plane of the view, its border paper
// All but sine and cosine are whole numbers, and the weights of the triangle filter are exact fractions; the host, which
// computes in double precision, rounds to the same ones wherever its own rounding decides nothing.
//
// Layout: pixels uchar, light: 0 black, 255 white; image_table int [M, 3]: first pixel, width, height; views int [V, 7]:
//   image, shifts to the right and down, crop's first column, first row, width, height; angles [V], in degrees; maps long
//   [V, 16], the coefficients of each view; y [V, S, S]. Extents are at most 1024.
// Launch: resample_prepare_* over (V), resample_twice and resample_once over (S S, V), one work-item per pixel; those
//   beyond an extent do nothing.
// Constants: TAPS, at least the number of samples less than the filter's half width from an output.

#include "portable_math.h"

#ifndef TAPS
#define TAPS 8
#endif

// The coefficients of a view
#define MAP 16

// Angles: 2^40 is 1. A sine below 2^-17, of 0.0004 degrees, loses bits that double precision keeps.
static inline long fixed_point(const float value)
{
    const int shift = EXPONENT(as_uint(value)) - 110;
    const long mantissa = MANTISSA(as_uint(value));
    const long magnitude = shift >= 0 ? mantissa << shift : mantissa >> min(-shift, 63);
    return value < 0.0f ? -magnitude : magnitude;
}

#define WHOLE(x) ((long)(x) << 40)

// The nearest whole number to n / d for d > 0, ties to even
static inline long nearest(const long n, const long d)
{
    long quotient = n / d, rest = n % d;
    if (rest < 0) {
        quotient -= 1;
        rest += d;
    }
    return quotient + (2 * rest > d || (2 * rest == d && (quotient & 1)));
}

// The coefficients of resample_twice, each as the host rounds it to 2^-16: the source of pixel (x, y) of the image that is
// seen is (m0 x + m1 y + m2, m3 x + m4 y + m5); then the crop
static inline void store_map(const int8 m, const int4 crop, __global long* map)
{
    vstore8(convert_long8(m), 0, map);
    vstore4(convert_long4(crop), 2, map);
}

__kernel void resample_prepare_authors(
    const int V, const int S, __global const int* image_table, __global const int* views, __global const float* angles,
    __global long* maps)
{
    const int v = get_global_id(0);
    if (v < V) {
        __global const int* view = views + 7 * v;
        const int width = image_table[3 * view[0] + 1], height = image_table[3 * view[0] + 2];
        const float2 turn = sine_and_cosine(angles[v]);
        const long sine = fixed_point(turn.x), cosine = fixed_point(turn.y);
        // Twice the way from the centre, half a pixel off the true one, to the middle of pixel (0, 0) before the shift
        const long x = -width - 2 * view[1], y = -height - 2 * view[2];
        const long2 origin = (long2)(
            cosine * x + sine * y + WHOLE(width + 1), -sine * x + cosine * y + WHOLE(height + 1));
        const long middle = 1l << 23;
        const int8 m = (int8)(
            (int)((cosine + middle) >> 24), (int)((sine + middle) >> 24), (int)((origin.x + 2 * middle) >> 25),
            (int)((-sine + middle) >> 24), (int)((cosine + middle) >> 24), (int)((origin.y + 2 * middle) >> 25), 0, 0);
        store_map(m, vload4(0, view + 3), maps + MAP * v);
    }
}

// The central square as it is
__kernel void resample_prepare_none(
    const int V, const int S, __global const int* image_table, __global const int* views, __global const float* angles,
    __global long* maps)
{
    const int v = get_global_id(0);
    if (v < V) {
        const int image = views[7 * v];
        const int width = image_table[3 * image + 1], height = image_table[3 * image + 2];
        const int side = min(width, height);
        const int8 m = (int8)(1 << 16, 0, 1 << 15, 0, 1 << 16, 1 << 15, 0, 0);
        store_map(m, (int4)((width - side) / 2, (height - side) / 2, side, side), maps + MAP * v);
    }
}

// The coefficients of resample_once, 2^24 being 1. The plane has the half width of the filter as its unit: a pixel of the
// view, or of the image where that is larger.
__kernel void resample_prepare_single(
    const int V, const int S, __global const int* image_table, __global const int* views, __global const float* angles,
    __global long* maps)
{
    const int v = get_global_id(0);
    if (v < V) {
        __global const int* view = views + 7 * v;
        const long width = image_table[3 * view[0] + 1], height = image_table[3 * view[0] + 2];
        const float2 turn = sine_and_cosine(angles[v]);
        const long sine = fixed_point(turn.x), cosine = fixed_point(turn.y);
        const long columns = view[5], rows = view[6];
        // The unit along each axis in pixels of the image, times S
        const long across = max(columns, (long)S), down = max(rows, (long)S);
        // Twice the corner of the crop, seen from the shifted centre
        const long left = 2 * view[3] - width - 2 * view[1], top = 2 * view[4] - height - 2 * view[2];
        // Twice the middle of output pixel (0, 0), times S
        const long x = S * left + columns, y = S * top + rows;
        __global long* map = maps + MAP * v;
        // u and v of the middle of source pixel (0, 0), and along x and y
        map[0] = nearest((cosine * (1 - width) - sine * (1 - height) - WHOLE(left)) * S, across << 17);
        map[1] = nearest(cosine * S, across << 16);
        map[2] = nearest(-sine * S, across << 16);
        map[3] = nearest((sine * (1 - width) + cosine * (1 - height) - WHOLE(top)) * S, down << 17);
        map[4] = nearest(sine * S, down << 16);
        map[5] = nearest(cosine * S, down << 16);
        // Source x and y of the middle of output pixel (0, 0), and along columns and rows
        map[6] = nearest(cosine * x + sine * y + WHOLE(width * S), (long)S << 17);
        map[7] = nearest(cosine * columns, (long)S << 16);
        map[8] = nearest(sine * rows, (long)S << 16);
        map[9] = nearest(-sine * x + cosine * y + WHOLE(height * S), (long)S << 17);
        map[10] = nearest(-sine * columns, (long)S << 16);
        map[11] = nearest(cosine * rows, (long)S << 16);
        // The distance of output pixels in the plane, and half the box around the filter in the source
        map[12] = nearest(columns << 24, across);
        map[13] = nearest(rows << 24, down);
        const long sines = sine < 0 ? -sine : sine, cosines = cosine < 0 ? -cosine : cosine;
        map[14] = nearest(cosines * across + sines * down, (long)S << 16);
        map[15] = nearest(sines * across + cosines * down, (long)S << 16);
    }
}

// A triangle filter that takes `from` samples to `to` outputs, one of them

// The first sample that output o takes
static inline int first_tap(const int o, const int from, const int to)
{
    const int reach = (2 * o + 1) * from - 2 * max(from, to) - to;
    return reach < 0 ? 0 : reach / (2 * to) + 1;
}

// The weight of sample j, before all are divided by their sum
static inline int triangle(const int j, const int o, const int from, const int to)
{
    const int distance = abs_diff((2 * j + 1) * to, (2 * o + 1) * from);
    return j < from ? max(2 * max(from, to) - distance, 0) : 0;
}

static inline int triangle_sum(const int o, const int from, const int to)
{
    int sum = 0;
    for (int t = 0; t < TAPS; ++t) {
        sum += triangle(first_tap(o, from, to) + t, o, from, to);
    }
    return sum;
}

// weight / sum, 2^22 being 1
static inline int share(const int weight, const int sum)
{
    return (int)((((ulong)weight << 23) + sum) / (2u * (uint)sum));
}

// A sum of such shares of bytes and 2^21, as a byte
static inline int rounded(const int sum)
{
    return min(sum >> 22, 255);
}

__kernel void resample_twice(
    const int V, const int S, __global const uchar* pixels, __global const int* image_table,
    __global const int* views, __global const long* maps, __global float* y)
{
    const int pixel = get_global_id(0), v = get_global_id(1);
    if (pixel < S * S && v < V) {
        const int column = pixel % S, row = pixel / S;
        __global const int* image = image_table + 3 * views[7 * v];
        __global const uchar* light = pixels + image[0];
        const int width = image[1], height = image[2];
        const int8 m = convert_int8(vload8(0, maps + MAP * v));
        const int4 crop = convert_int4(vload4(2, maps + MAP * v));

        const int first_column = first_tap(column, crop.z, S), first_row = first_tap(row, crop.w, S);
        const int across = triangle_sum(column, crop.z, S), down = triangle_sum(row, crop.w, S);
        int shares[TAPS];
        for (int t = 0; t < TAPS; ++t) {
            shares[t] = share(triangle(first_column + t, column, crop.z, S), across);
        }
        int total = 1 << 21;
        for (int r = first_row; r < first_row + TAPS; ++r) {
            const int seen_x = crop.x + first_column, seen_y = crop.y + r;
            int source_x = m.s2 + m.s0 * seen_x + m.s1 * seen_y, source_y = m.s5 + m.s3 * seen_x + m.s4 * seen_y;
            int sum = 1 << 21;
            for (int t = 0; t < TAPS; ++t) {
                const int column_there = source_x >> 16, row_there = source_y >> 16;
                const int inside = (uint)column_there < (uint)width && (uint)row_there < (uint)height;
                // Beyond the image lies ink, and behind the crop nothing has a weight
                sum += (inside ? light[row_there * width + column_there] : 0) * shares[t];
                source_x += m.s0;
                source_y += m.s3;
            }
            total += rounded(sum) * share(triangle(r, row, crop.w, S), down);
        }
        y[(size_t)v * S * S + pixel] = divide(convert_float(255 - rounded(total)), 255.0f);
    }
}

__kernel void resample_once(
    const int V, const int S, __global const uchar* pixels, __global const int* image_table,
    __global const int* views, __global const long* maps, __global float* y)
{
    const int pixel = get_global_id(0), v = get_global_id(1);
    if (pixel < S * S && v < V) {
        const int column = pixel % S, row = pixel / S;
        __global const int* image = image_table + 3 * views[7 * v];
        __global const uchar* light = pixels + image[0];
        const int width = image[1], height = image[2];
        __global const long* map = maps + MAP * v;

        const long source_x = map[6] + column * map[7] + row * map[8];
        const long source_y = map[9] + column * map[10] + row * map[11];
        const int first_x = (int)((source_x - map[14]) >> 24), last_x = (int)((source_x + map[14]) >> 24);
        const int first_y = (int)((source_y - map[15]) >> 24), last_y = (int)((source_y + map[15]) >> 24);
        const long center_u = map[12] * column + map[12] / 2, center_v = map[13] * row + map[13] / 2;
        const long one = 1l << 24;
        long weights = 0, weighted = 0;
        for (int r = first_y; r <= last_y; ++r) {
            long u = map[0] + first_x * map[1] + r * map[2] - center_u;
            long w = map[3] + first_x * map[4] + r * map[5] - center_v;
            for (int c = first_x; c <= last_x; ++c) {
                const long along_u = one - (long)abs(u), along_v = one - (long)abs(w);
                if (along_u > 0 && along_v > 0) {
                    const long weight = (along_u >> 12) * (along_v >> 12);
                    weights += weight;
                    if ((uint)c < (uint)width && (uint)r < (uint)height) {
                        weighted += weight * (255 - light[r * width + c]);
                    }
                }
                u += map[1];
                w += map[4];
            }
        }
        const int ink = (int)((2 * weighted + weights) / (2 * weights));
        y[(size_t)v * S * S + pixel] = divide(convert_float(ink), 255.0f);
    }
}
