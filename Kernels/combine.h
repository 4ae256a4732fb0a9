// How the kernels of reductions combine two of their terms, MAXIMUM being 1 for the maximum and 0 for the sum. A file that
// includes it has defined `lanes` before.

#ifndef MAXIMUM
#define MAXIMUM 0
#endif

#if MAXIMUM
#define IDENTITY ((lanes)-INFINITY)
#else
#define IDENTITY ((lanes)0.0f)
#endif

// The larger of both, NaN if one is; or the sum
static inline lanes combine(const lanes a, const lanes b)
{
#if MAXIMUM
    return a > b || a != a ? a : b;
#else
    return a + b;
#endif
}
