// draw_views: which image each of two views of N items shows, and how it is turned, shifted and cropped, with the bits of
// TensorCore's `ViewDrawing` and `AugmentationRecipe`. Views i < N are the first of item i, views N + i the second.
//   the image is one of the `images` of the item: word 0 of the sequence PAIR(step, item); for the second view word 1
//     where `differing` is 1
//   the parameters come from the sequence VIEW(step, 2 item + view): angle, shifts, then area and aspect of a crop until
//     one fits, at most 10 times, and its place; if none fits, the largest crop in the middle whose aspect is allowed
//
// Layout: items int [N]; step_number, one int; image_table int [M, 3]: first pixel, width, height; views int [2N, 7]: image,
//   shifts to the right and down, crop's first column, first row, width, height; angles [2N], in degrees.
// Launch: over (2N), one work-item per view; the tail beyond does nothing.
// Constants: PAIR and VIEW, the first byte of the streams of both sequences.

#include "philox.h"
#include "portable_math.h"

#ifndef PAIR
#define PAIR 0xD5
#define VIEW 0xD6
#endif

// A sequence of random words and the place in it
typedef struct {
    uint2 key;
    uint2 stream;
    uint block;
    uint unused;
    uint4 words;
} Sequence;

// The sequence for the `inner`-th part of the `outer`-th thing
static inline Sequence sequence(const uint purpose, const uint2 key, const uint outer, const uint inner)
{
    Sequence s;
    s.key = key;
    s.stream = (uint2)(outer << 24 | inner, purpose << 24 | outer >> 8);
    s.block = 0u;
    s.unused = 0u;
    s.words = (uint4)(0u);
    return s;
}

static inline uint next_word(Sequence* s)
{
    if (s->unused == 0u) {
        s->words = philox((uint4)(s->block, 0u, s->stream.x, s->stream.y), s->key);
        s->block += 1u;
        s->unused = 4u;
    }
    const uint word = s->words.x;
    s->words = s->words.yzwx;
    s->unused -= 1u;
    return word;
}

static inline float next_uniform(Sequence* s, const float low, const float high)
{
    return low + (high - low) * uniform(next_word(s));
}

static inline int next_shift(Sequence* s, const float share, const int extent)
{
    const float most = share * convert_float(extent);
    return convert_int(rint(next_uniform(s, -most, most)));
}

static inline int next_place(Sequence* s, const int last)
{
    return convert_int(uniform(next_word(s)) * convert_float(last + 1));
}

// The largest crop in the middle whose aspect is in range
static inline int4 central_crop(const int width, const int height, const float aspect_low, const float aspect_high)
{
    const float aspect = divide(convert_float(width), convert_float(height));
    int2 size = (int2)(width, height);
    if (aspect < aspect_low) {
        size.y = convert_int(rint(divide(convert_float(width), aspect_low)));
    } else if (aspect > aspect_high) {
        size.x = convert_int(rint(convert_float(height) * aspect_high));
    }
    return (int4)((width - size.x) / 2, (height - size.y) / 2, size.x, size.y);
}

__kernel void draw_views(
    const uint N, const uint seed_low, const uint seed_high, const uint images, const uint differing,
    const float degrees, const float shift, const float area_low, const float area_high, const float narrowest,
    const float widest, const float aspect_low, const float aspect_high, __global const int* items,
    __global const int* step_number, __global const int* image_table, __global int* views, __global float* angles)
{
    const uint i = get_global_id(0);
    if (i < 2u * N) {
        const uint view = i / N;
        const uint item = items[i % N], moment = step_number[0];
        const uint2 key = (uint2)(seed_low, seed_high);

        Sequence pair = sequence(PAIR, key, moment, item);
        const uint first = mul_hi(next_word(&pair), images), second = mul_hi(next_word(&pair), images);
        const uint image = item * images + (view * differing == 1u ? second : first);
        const int width = image_table[3u * image + 1u], height = image_table[3u * image + 2u];

        Sequence s = sequence(VIEW, key, moment, 2u * item + view);
        angles[i] = next_uniform(&s, -degrees, degrees);
        const int right = next_shift(&s, shift, width);
        const int down = next_shift(&s, shift, height);
        int4 crop = central_crop(width, height, aspect_low, aspect_high);
        const float whole = convert_float(width) * convert_float(height);
        for (int attempt = 0; attempt < 10; ++attempt) {
            const float target = whole * next_uniform(&s, area_low, area_high);
            const float ratio = exponential(next_uniform(&s, narrowest, widest));
            const int columns = convert_int(rint(square_root(target * ratio)));
            const int rows = convert_int(rint(square_root(divide(target, ratio))));
            if (0 < columns && columns <= width && 0 < rows && rows <= height) {
                const int y = next_place(&s, height - rows);
                crop = (int4)(next_place(&s, width - columns), y, columns, rows);
                break;
            }
        }
        __global int* row = views + 7u * i;
        row[0] = image;
        row[1] = right;
        row[2] = down;
        vstore4(crop, 0, row + 3);
    }
}
