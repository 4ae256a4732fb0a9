// average_pool: y[n,p,q,c] = the mean of x[n, p*WINDOW + i, q*WINDOW + j, c] over i, j < WINDOW.
// average_pool_backward: dx[n,h,w,c] = dy / WINDOW^2 of the window around, 0 outside of all windows.
//
// Layout: x, dx [N,H,W,C]; y, dy [N,P,Q,C].
// Launch: average_pool over (C, Q, N P); average_pool_backward over (C, W, N H). Work-items beyond an extent do nothing.
// Constants: WINDOW, 1 to 15.

#ifndef WINDOW
#define WINDOW 2
#endif

__kernel void average_pool(
    const int N, const int H, const int W, const int C, const int P, const int Q, __global const float* x,
    __global float* y)
{
    const int c = get_global_id(0), q = get_global_id(1), np = get_global_id(2);
    if (c < C && q < Q && np < N * P) {
        const int n = np / P, p = np % P;
        x += ((size_t)(n * H + p * WINDOW) * W + q * WINDOW) * C + c;
        float sum = 0.0f;
        for (int i = 0; i < WINDOW; ++i) {
            for (int j = 0; j < WINDOW; ++j) {
                sum += x[((size_t)i * W + j) * C];
            }
        }
        y[((size_t)np * Q + q) * C + c] = sum / (float)(WINDOW * WINDOW);
    }
}

__kernel void average_pool_backward(
    const int N, const int H, const int W, const int C, const int P, const int Q, __global const float* dy,
    __global float* dx)
{
    const int c = get_global_id(0), w = get_global_id(1), nh = get_global_id(2);
    if (c < C && w < W && nh < N * H) {
        const int n = nh / H, p = nh % H / WINDOW, q = w / WINDOW;
        float slope = 0.0f;
        if (p < P && q < Q) {
            slope = dy[((size_t)(n * P + p) * Q + q) * C + c] / (float)(WINDOW * WINDOW);
        }
        dx[((size_t)nh * W + w) * C + c] = slope;
    }
}
