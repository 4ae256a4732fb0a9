// momentum: one step of gradient descent with momentum (Sutskever et al., ICML 2013, in PyTorch's form):
//   g = gradient + weight_decay parameter;  m = momentum m + g;  parameter -= rate m
//
// Layout: parameter, gradient, m and their new values: rows of float32; rate: one float.
// Launch: over (count), one work-item per element; the tail beyond count does nothing. New values may lie in the memory
//   of the old ones.

__kernel void momentum(
    const uint count, const float momentum, const float weight_decay, __global const float* parameter,
    __global const float* gradient, __global const float* m, __global const float* rate,
    __global float* new_parameter, __global float* new_m)
{
    const uint i = get_global_id(0);
    if (i < count) {
        const float g = fma(weight_decay, parameter[i], gradient[i]);
        const float sum = fma(momentum, m[i], g);
        new_parameter[i] = fma(-rate[0], sum, parameter[i]);
        new_m[i] = sum;
    }
}
