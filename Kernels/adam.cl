// adam: one step of Adam with coupled weight decay (Kingma & Ba, ICLR 2015, algorithm 1), element by element:
//   g = gradient + weight_decay parameter;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//   parameter -= rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//
// adam_rates computes the two factors that all elements share; 1 - beta^t = -expm1(t log beta) keeps its digits when
// beta^t is near 1.
// Layout: parameter, gradient, m, v and their new values: rows of float32; rate, t: one float each; rates [2].
// Launch: adam_rates: one work-item; adam: over (count), the tail beyond count does nothing. New values may lie in the
//   memory of the old ones.

__kernel void adam_rates(
    const float log_beta1, const float log_beta2, __global const float* rate, __global const float* t,
    __global float* rates)
{
    rates[0] = rate[0] / -expm1(t[0] * log_beta1);
    rates[1] = 1.0f / sqrt(-expm1(t[0] * log_beta2));
}

__kernel void adam(
    const uint count, const float beta1, const float beta2, const float epsilon, const float weight_decay,
    __global const float* parameter, __global const float* gradient, __global const float* m, __global const float* v,
    __global const float* rates, __global float* new_parameter, __global float* new_m, __global float* new_v)
{
    const uint i = get_global_id(0);
    if (i < count) {
        const float g = fma(weight_decay, parameter[i], gradient[i]);
        const float first = fma(beta1, m[i], (1.0f - beta1) * g);
        const float second = fma(beta2, v[i], (1.0f - beta2) * g * g);
        new_parameter[i] = parameter[i] - rates[0] * first / fma(sqrt(second), rates[1], epsilon);
        new_m[i] = first;
        new_v[i] = second;
    }
}
