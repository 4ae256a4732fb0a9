// Max pooling over windows side by side, and its gradient, for CPU devices: one work-item per span of image rows.
//   y[n,p,q,c] = max over i, j < window of x[n, p * window + i, q * window + j, c],   places = i * window + j of it
//   dx[n,h,w,c] = dy[n, h / window, w / window, c] where that place is (h % window, w % window), else 0
// Of equal elements the first in row order counts; NaN counts as the largest. Rows and columns that fill no window
// are left out.
//
// Layout: x, dx [N,H,W,C], y, dy [N,P,Q,C] float32, places [N,P,Q,C] uint8; P = H / window, Q = W / window.
//
// Launch: (items), work-group 1, a few work-items per compute unit:
//   max_pool_forward   work-item i takes the rows [i * span, (i + 1) * span) of the N * P rows of y
//   max_pool_backward  likewise of the N * H rows of dx
//   Every buffer begins at a multiple of 64 bytes.
//
// Constants: LANES, lanes of a vector (16 AVX-512, 8 AVX2, 4).

#include "wide/lanes.h"

static inline bytes load_first_bytes(const int count, __global const uchar* p)
{
    if (count >= LANES) {
        return LOAD(p);
    }
    uchar part[LANES];
    for (int i = 0; i < LANES; ++i) {
        part[i] = i < count ? p[i] : 0;
    }
    return LOAD(part);
}

// Takes `value`, the element at `here`, where it is larger than the best so far; NaN is larger than any number
static inline void prefer(const lanes value, const int here, lanes* best, integers* place)
{
    const integers better = ~(value <= *best) & (*best == *best);
    *best = better ? value : *best;
    *place = better ? (integers)here : *place;
}

// y and places of one window for `channels` channels from c on; whole: C is a multiple of LANES, so places are aligned
static __attribute__((always_inline)) void pool_window(
    const int window, const int whole, const int channels, const int W, const int C, __global const float* x,
    __global float* y, __global uchar* places)
{
    lanes best = load_first(channels, x);
    integers place = (integers)0;
    if (window == 2) {
        prefer(load_first(channels, x + C), 1, &best, &place);
        prefer(load_first(channels, x + (size_t)W * C), 2, &best, &place);
        prefer(load_first(channels, x + (size_t)W * C + C), 3, &best, &place);
    } else {
        for (int i = 1; i < window * window; ++i) {
            prefer(load_first(channels, x + ((size_t)(i / window) * W + i % window) * C), i, &best, &place);
        }
    }
    store_first(channels, best, y);
    const bytes narrow = JOIN(convert_uchar, LANES)(place);
    if (whole) {
        *(__global bytes*)places = narrow;
        return;
    }
    uchar part[LANES];
    STORE(narrow, part);
    for (int i = 0; i < min(channels, LANES); ++i) {
        places[i] = part[i];
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void max_pool_forward(
    const int N, const int H, const int W, const int C, const int window, const int span,
    __global const float* restrict x, __global float* restrict y, __global uchar* restrict places)
{
    const int P = H / window, Q = W / window;
    const int begin = get_global_id(0) * span, end = min(N * P, begin + span);
    for (int row = begin; row < end; ++row) {
        for (int q = 0; q < Q; ++q) {
            const size_t from = (((size_t)(row / P) * H + row % P * window) * W + q * window) * C;
            const size_t to = ((size_t)row * Q + q) * C;
            if (window == 2 && C % LANES == 0) {
                for (int c = 0; c < C; c += LANES) {
                    pool_window(2, 1, LANES, W, C, x + from + c, y + to + c, places + to + c);
                }
            } else {
                for (int c = 0; c < C; c += LANES) {
                    pool_window(window, 0, C - c, W, C, x + from + c, y + to + c, places + to + c);
                }
            }
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void max_pool_backward(
    const int N, const int H, const int W, const int C, const int window, const int span,
    __global const float* restrict dy, __global const uchar* restrict places, __global float* restrict dx)
{
    const int P = H / window, Q = W / window;
    const int begin = get_global_id(0) * span, end = min(N * H, begin + span);
    for (int row = begin; row < end; ++row) {
        const int h = row % H, p = h / window;
        for (int w = 0; w < W; ++w) {
            const int q = w / window;
            const int inside = p < P && q < Q;
            const integers here = (integers)(h % window * window + w % window);
            const size_t from = inside ? (((size_t)(row / H) * P + p) * Q + q) * C : 0;
            __global float* to = dx + ((size_t)row * W + w) * C;
            for (int c = 0; c < C; c += LANES) {
                const int count = inside ? C - c : 0;
                const integers place = JOIN(convert_int, LANES)(load_first_bytes(count, places + from + c));
                const lanes gradient = load_first(count, dy + from + c);
                store_first(C - c, place == here ? gradient : (lanes)0.0f, to + c);
            }
        }
    }
}
