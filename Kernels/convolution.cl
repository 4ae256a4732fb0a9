// convolution: y[n,p,q,k] = bias[k] + sum over r,s,c of x[n, p*stride + r - padding, q*stride + s - padding, c] w[r,s,c,k]
//   convolution_backward_input:  dx[n,h,w,c] = sum over r,s,k,p,q with h = p*stride + r - padding, w = q*stride + s -
//                                padding of dy[n,p,q,k] w[r,s,c,k]
//   convolution_backward_filter: dw[r,s,c,k] = sum over n,p,q of x[n, p*stride + r - padding, ..., c] dy[n,p,q,k]
// x is 0 outside of the image. These are the plain forms, right everywhere: one work-item per element of the result.
//
// Layout: x, dx [N,H,W,C]; w, dw [R,S,C,K]; y, dy [N,P,Q,K]; bias [K]; turned [R,S,K,C], the filter with its channels
//   swapped, so that neighbouring work-items read neighbours; part [parts,R,S,C,K].
// Launch: convolution over (K, Q, N P); convolution_turn_filter over (C, K, R S); convolution_backward_input over
//   (C, W, N H); convolution_backward_filter over (K, C, R S parts): part i sums the images from i*span to (i+1)*span,
//   and add_parts adds the parts in order. Work-items beyond an extent do nothing.
// Constants: none; sizes are arguments. Products are summed in the order of r, s, c (or of p, q within n).

__kernel void convolution(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int has_bias, __global const float* x, __global const float* w,
    __global const float* bias, __global float* y)
{
    const int k = get_global_id(0), q = get_global_id(1), np = get_global_id(2);
    if (k >= K || q >= Q || np >= N * P) {
        return;
    }
    const int n = np / P, p = np % P;
    float sum = has_bias ? bias[k] : 0.0f;
    for (int r = 0; r < R; ++r) {
        const int h = p * stride + r - padding;
        for (int s = 0; s < S; ++s) {
            const int v = q * stride + s - padding;
            if (h >= 0 && h < H && v >= 0 && v < W) {
                __global const float* image = x + ((size_t)(n * H + h) * W + v) * C;
                __global const float* filter = w + (size_t)(r * S + s) * C * K + k;
                for (int c = 0; c < C; ++c) {
                    sum = fma(image[c], filter[(size_t)c * K], sum);
                }
            }
        }
    }
    y[((size_t)np * Q + q) * K + k] = sum;
}

__kernel void convolution_turn_filter(
    const int C, const int K, const int RS, __global const float* w, __global float* turned)
{
    const int c = get_global_id(0), k = get_global_id(1), rs = get_global_id(2);
    if (c < C && k < K && rs < RS) {
        turned[((size_t)rs * K + k) * C + c] = w[((size_t)rs * C + c) * K + k];
    }
}

__kernel void convolution_backward_input(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, __global const float* dy, __global const float* turned, __global float* dx)
{
    const int c = get_global_id(0), v = get_global_id(1), nh = get_global_id(2);
    if (c >= C || v >= W || nh >= N * H) {
        return;
    }
    const int n = nh / H, h = nh % H;
    float sum = 0.0f;
    for (int r = 0; r < R; ++r) {
        const int row = h + padding - r;
        const int p = row / stride;
        for (int s = 0; s < S; ++s) {
            const int column = v + padding - s;
            const int q = column / stride;
            const int hits = row >= 0 && column >= 0 && row % stride == 0 && column % stride == 0;
            if (hits && p < P && q < Q) {
                __global const float* gradient = dy + ((size_t)(n * P + p) * Q + q) * K;
                __global const float* filter = turned + (size_t)(r * S + s) * K * C + c;
                for (int k = 0; k < K; ++k) {
                    sum = fma(gradient[k], filter[(size_t)k * C], sum);
                }
            }
        }
    }
    dx[((size_t)nh * W + v) * C + c] = sum;
}

__kernel void convolution_backward_filter(
    const int N, const int H, const int W, const int C, const int K, const int R, const int S, const int P, const int Q,
    const int stride, const int padding, const int parts, const int span, __global const float* x,
    __global const float* dy, __global float* part)
{
    const int k = get_global_id(0), c = get_global_id(1), plane = get_global_id(2);
    if (k >= K || c >= C || plane >= R * S * parts) {
        return;
    }
    const int i = plane / (R * S), r = plane / S % R, s = plane % S;
    float sum = 0.0f;
    for (int n = i * span; n < min(N, (i + 1) * span); ++n) {
        for (int p = 0; p < P; ++p) {
            const int h = p * stride + r - padding;
            if (h >= 0 && h < H) {
                float row = 0.0f;
                for (int q = 0; q < Q; ++q) {
                    const int v = q * stride + s - padding;
                    if (v >= 0 && v < W) {
                        const float pixel = x[((size_t)(n * H + h) * W + v) * C + c];
                        row = fma(pixel, dy[((size_t)(n * P + p) * Q + q) * K + k], row);
                    }
                }
                sum += row;
            }
        }
    }
    part[((size_t)plane * C + c) * K + k] = sum;
}
