// max_pool: y[n,p,q,c] = the maximum of x[n, p*WINDOW + i, q*WINDOW + j, c] over i, j < WINDOW, and its place
//   i*WINDOW + j; of equal elements the first counts, and NaN counts as the largest.
// max_pool_backward: dx[n,h,w,c] = dy at the place of each window's maximum, else 0; also outside of all windows.
//
// Layout: x, dx [N,H,W,C]; y, dy [N,P,Q,C]; places uchar [N,P,Q,C].
// Launch: max_pool over (C / LANES, Q, N P); max_pool_backward over (C / LANES, W, N H). Work-items beyond an extent do
//   nothing.
// Constants: WINDOW, 1 to 15; LANES channels to a work-item, 1 to 16, divides C.

#ifndef WINDOW
#define WINDOW 2
#endif

#include "vectors.h"

__kernel void max_pool(
    const int N, const int H, const int W, const int C, const int P, const int Q, __global const float* x,
    __global float* y, __global uchar* places)
{
    const int c = get_global_id(0) * LANES, q = get_global_id(1), np = get_global_id(2);
    if (c < C && q < Q && np < N * P) {
        const int n = np / P, p = np % P;
        x += ((size_t)(n * H + p * WINDOW) * W + q * WINDOW) * C + c;
        lanes most = LOAD(x);
        integers place = (integers)0;
        for (int i = 0; i < WINDOW; ++i) {
            for (int j = 0; j < WINDOW; ++j) {
                const lanes value = LOAD(x + ((size_t)i * W + j) * C);
                const integers is_more = (value > most) | ((value != value) & (most == most));
                most = is_more ? value : most;
                place = is_more ? (integers)(i * WINDOW + j) : place;
            }
        }
        const size_t at = ((size_t)np * Q + q) * C + c;
        STORE(most, y + at);
        STORE(TO_BYTES(place), places + at);
    }
}

__kernel void max_pool_backward(
    const int N, const int H, const int W, const int C, const int P, const int Q, __global const float* dy,
    __global const uchar* places, __global float* dx)
{
    const int c = get_global_id(0) * LANES, w = get_global_id(1), nh = get_global_id(2);
    if (c < C && w < W && nh < N * H) {
        const int n = nh / H, h = nh % H, p = h / WINDOW, q = w / WINDOW;
        lanes slope = (lanes)0.0f;
        if (p < P && q < Q) {
            const size_t at = ((size_t)(n * P + p) * Q + q) * C + c;
            const integers is_here = TO_INTEGERS(LOAD(places + at)) == (integers)(h % WINDOW * WINDOW + w % WINDOW);
            slope = is_here ? LOAD(dy + at) : (lanes)0.0f;
        }
        STORE(slope, dx + ((size_t)nh * W + w) * C + c);
    }
}
