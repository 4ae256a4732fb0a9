// What the kernels for CPU devices share, and the updates of parameters: vectors of LANES floats, partly filled ones at
// the end of a row, and hints to the cache. The host puts it in the place where a kernel file includes it.
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4); PREFETCH, whether __builtin_prefetch is there, and
//   __builtin_nontemporal_store (PoCL).

#ifndef LANES
#define LANES 16
#endif
#ifndef PREFETCH
#ifdef POCL_DEVICE_ADDRESS_BITS
#define PREFETCH 1
#else
#define PREFETCH 0
#endif
#endif

// The floats of a register tile's row
#define PANEL (2 * LANES)

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define LOAD(p) JOIN(vload, LANES)(0, p)
#define STORE(v, p) JOIN(vstore, LANES)(v, 0, p)
typedef JOIN(float, LANES) lanes;
typedef JOIN(int, LANES) integers;
typedef JOIN(uchar, LANES) bytes;

// FETCH brings to the nearest cache, FETCH_NEXT to the one behind it; the built-in prefetch() does nothing on PoCL.
// STORE_PAST writes past the caches, into memory that is not read first as it is by STORE; p is aligned to a vector.
#if PREFETCH
#define FETCH(p) __builtin_prefetch((const void*)(size_t)(p))
#define FETCH_NEXT(p) __builtin_prefetch((const void*)(size_t)(p), 0, 2)
#define STORE_PAST(v, p) __builtin_nontemporal_store(v, (__global lanes*)(p))
#else
#define FETCH(p) prefetch(p, 16)
#define FETCH_NEXT(p) prefetch(p, 16)
#define STORE_PAST(v, p) STORE(v, p)
#endif

static inline int round_up(const int count, const int unit)
{
    return (count + unit - 1) / unit * unit;
}

// The first `count` floats from p on, all LANES of them if there are so many; then zeros
static inline lanes load_first(const int count, __global const float* p)
{
    if (count >= LANES) {
        return LOAD(p);
    }
    float part[LANES];
    for (int i = 0; i < LANES; ++i) {
        part[i] = i < count ? p[i] : 0.0f;
    }
    return LOAD(part);
}

// Stores the first `count` lanes, or all
static inline void store_first(const int count, const lanes value, __global float* p)
{
    if (count >= LANES) {
        STORE(value, p);
        return;
    }
    float part[LANES];
    STORE(value, part);
    for (int i = 0; i < count; ++i) {
        p[i] = part[i];
    }
}
