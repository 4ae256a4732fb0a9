// What the convolutions for GPUs share: patches of images, a factor of a product that is never laid out.
//
// Layout: images [N, height, width, pitch], float32, of which `channels` neighbours of a pixel belong to a patch. An
//   element of a patch is found by its row, column and channel (r, s, c), in this order: what follows the last channel
//   is the next column's first.
// Constants: WIDE_C, WIDE_K, whether C and K are multiples of four, so that four neighbours lie in one pixel.

#ifndef WIDE_C
#define WIDE_C 0
#endif
#ifndef WIDE_K
#define WIDE_K 0
#endif

// How patches lie in memory: `down` by `across` taps of `channels` floats each, `step` pixels apart, in an image of
// `height` by `width` pixels, each of `pitch` floats.
typedef struct {
    int height, width, pitch, channels, down, across, step;
} Patches;

// A patch: where its image begins, and the pixel of its first tap.
typedef struct {
    int base, y, x;
} Corner;

// The corner of a patch of zeros.
static inline Corner nowhere(void)
{
    const Corner corner = {0, -(1 << 30), 0};
    return corner;
}

// What lies `by` behind `at` in an array [..., middle, minor].
static inline int3 further(int3 at, const int by, const int middle, const int minor)
{
    at.z += by;
    while (at.z >= minor) {
        at.z -= minor;
        if (++at.y == middle) {
            at.y = 0;
            ++at.x;
        }
    }
    return at;
}

// Where the float of a patch at row, column and channel `at` lies; -1 outside of the image and behind the last row.
static inline int patch_offset(const Patches patches, const Corner corner, const int3 at)
{
    const int y = corner.y + at.x * patches.step, x = corner.x + at.y * patches.step;
    const int inside = at.x < patches.down && y >= 0 && y < patches.height && x >= 0 && x < patches.width;
    return inside ? corner.base + (y * patches.width + x) * patches.pitch + at.z : -1;
}

// Four floats of a patch from row, column and channel `at` on, or zeros where they do not lie in the image.
static inline float4 patch_quad(
    const int wide, const Patches patches, const Corner corner, int3 at, __global const float* images)
{
    int offset = patch_offset(patches, corner, at);
    if (wide) {
        return load_quad(1, offset < 0 ? 0 : 4, images + offset);
    }
    float quad[4];
#pragma unroll
    for (int n = 0; n < 4; ++n) {
        quad[n] = offset >= 0 ? images[offset] : 0.0f;
        at = further(at, 1, patches.across, patches.channels);
        offset = patch_offset(patches, corner, at);
    }
    return vload4(0, quad);
}

// Fetches quads of patches, the work-item's `count` of a tile with lines of `extent` that lie deep.
static __attribute__((always_inline)) void fetch_patches(
    const int wide, const Patches patches, const Corner* corners, const int3 at, __global const float* images,
    const int count, float4* quads)
{
#pragma unroll
    for (int n = 0; n < count; ++n) {
        quads[n] = patch_quad(wide, patches, corners[n], at, images);
    }
}
