// Winograd's F(4x4, 3x3) in one dimension (Lavin and Gray, CVPR 2016), with the points 0, 1, -1, 2, -2 and infinity: what
// its kernels for CPU devices and those for GPUs share. The host puts it in the place where a kernel file includes it; the
// file has defined `lanes` before, the float or vector of floats that goes through the transformations of images.
//   Y = A^T ((G g G^T) * (B^T d B)) A    for a filter g [3][3], a tile d [6][6] of the image, its result Y [4][4]

// o[6] = B^T d, d[6]
static inline void transform_input(const lanes* d, lanes* o)
{
    const lanes even = fma((lanes)-4.0f, d[2], d[4]);
    const lanes odd = fma((lanes)-4.0f, d[1], d[3]);
    const lanes even2 = d[4] - d[2];
    const lanes odd2 = d[3] - d[1];
    o[0] = fma((lanes)4.0f, d[0], fma((lanes)-5.0f, d[2], d[4]));
    o[1] = even + odd;
    o[2] = even - odd;
    o[3] = fma((lanes)2.0f, odd2, even2);
    o[4] = fma((lanes)-2.0f, odd2, even2);
    o[5] = fma((lanes)4.0f, d[1], fma((lanes)-5.0f, d[3], d[5]));
}

// o[4] = A^T m, m[6]
static inline void transform_output(const lanes* m, lanes* o)
{
    const lanes sum = m[1] + m[2];
    const lanes difference = m[1] - m[2];
    const lanes sum2 = m[3] + m[4];
    const lanes difference2 = m[3] - m[4];
    o[0] = m[0] + sum + sum2;
    o[1] = fma((lanes)2.0f, difference2, difference);
    o[2] = fma((lanes)4.0f, sum2, sum);
    o[3] = fma((lanes)8.0f, difference2, difference) + m[5];
}

// o[6] = A y, y[4]
static inline void transform_gradient(const lanes* y, lanes* o)
{
    const lanes even = y[0] + y[2];
    const lanes odd = y[1] + y[3];
    const lanes even2 = fma((lanes)4.0f, y[2], y[0]);
    const lanes odd2 = fma((lanes)8.0f, y[3], (lanes)2.0f * y[1]);
    o[0] = y[0];
    o[1] = even + odd;
    o[2] = even - odd;
    o[3] = even2 + odd2;
    o[4] = even2 - odd2;
    o[5] = y[3];
}

// o[6] = G g, g[3]
static inline void transform_filter(const float* g, float* o)
{
    o[0] = g[0] / 4.0f;
    o[1] = -(g[0] + g[1] + g[2]) / 6.0f;
    o[2] = -(g[0] - g[1] + g[2]) / 6.0f;
    o[3] = (g[0] + 2.0f * g[1] + 4.0f * g[2]) / 24.0f;
    o[4] = (g[0] - 2.0f * g[1] + 4.0f * g[2]) / 24.0f;
    o[5] = g[2];
}

// o[3] = G^T u, u[6]
static inline void transform_filter_gradient(const float* u, float* o)
{
    o[0] = u[0] / 4.0f - (u[1] + u[2]) / 6.0f + (u[3] + u[4]) / 24.0f;
    o[1] = (u[2] - u[1]) / 6.0f + (u[3] - u[4]) / 12.0f;
    o[2] = (u[3] + u[4] - u[1] - u[2]) / 6.0f + u[5];
}

// o = T d T^T for a tile d [from][from], T [to][from] being one of these transformations of `type`: of the columns of d,
// then of the rows of what they come to. READ(i, j) is an element of d, WRITE(i, j, value) takes one of o; both may use
// what is known where the tile is transformed.
#define TRANSFORM_TILE(type, from, to, transform, READ, WRITE) \
    do { \
        type turned[to][from]; \
        _Pragma("unroll") \
        for (int j = 0; j < from; ++j) { \
            type column[from], o[to]; \
            _Pragma("unroll") \
            for (int i = 0; i < from; ++i) { \
                column[i] = READ(i, j); \
            } \
            transform(column, o); \
            _Pragma("unroll") \
            for (int i = 0; i < to; ++i) { \
                turned[i][j] = o[i]; \
            } \
        } \
        _Pragma("unroll") \
        for (int i = 0; i < to; ++i) { \
            type o[to]; \
            transform(turned[i], o); \
            _Pragma("unroll") \
            for (int j = 0; j < to; ++j) { \
                WRITE(i, j, o[j]); \
            } \
        } \
    } while (0)
