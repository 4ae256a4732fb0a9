// What the kernels of Winograd's convolution for CPU devices share: where tiles lie, and the transformation of their input.
// A file that includes it has defined TILES, the tiles at a time, and included lanes.h and winograd_transforms.h.

static inline size_t v_stride(const int C)
{
    return (size_t)TILES * round_up(C, LANES) + LANES;
}

#define M_STRIDE (TILES * PANEL + LANES)

static inline __global float* scratch_slice(const int C, __global float* scratch)
{
    return scratch + (get_global_id(1) * get_global_size(0) + get_global_id(0)) * 36 * (v_stride(C) + M_STRIDE);
}

// Where the rows of x end that the tiles before `tile` need, in pixels
static inline long pixels_before(const int tile, const int N, const int H, const int W)
{
    const int tiles_w = (W + 3) / 4, tiles = (H + 3) / 4 * tiles_w;
    const int n = tile / tiles, h = tile % tiles / tiles_w * 4 + 1;
    return n < N ? ((long)n * H + min(H, h)) * W : (long)N * H * W;
}

// Starts to bring part `part` of `parts` of p[from ..< to] into the cache
static inline void fetch(const long from, const long to, const int part, const int parts, __global const float* p)
{
    const long end = from + (to - from) * (part + 1) / parts;
    for (long i = from + (to - from) * part / parts; i < end; i += 16) {
        FETCH(p + i);
    }
}

// One pixel's channels, `count` of them from p on; zeros outside the image
static inline lanes pixel(const int h, const int w, const int H, const int W, const int count, __global const float* p)
{
    return (h >= 0 && h < H && w >= 0 && w < W) ? load_first(count, p) : (lanes)0.0f;
}

#define FROM_X(i, j) \
    pixel(live ? h - 1 + i : -1, w - 1 + j, H, W, C - c, image + ((long)(h - 1 + i) * W + w - 1 + j) * C + c)
#define TO_V(i, j, value) STORE(value, out + (i * 6 + j) * stride)

// v[.][.][slot][.] = B^T d B for the tile whose output begins at row h, column w of the image; live = 0: zeros
static inline void input_tile(
    const int live, const int h, const int w, const int H, const int W, const int C, const int slot,
    __global const float* image, __global float* v)
{
    const size_t stride = v_stride(C);
    for (int c = 0; c < C; c += LANES) {
        __global float* out = v + ((size_t)c * TILES + slot * LANES);
        TRANSFORM_TILE(lanes, 6, 6, transform_input, FROM_X, TO_V);
    }
}
