// What kernels for reductions over scores share that take them one by one: how scores are joined, and their weights.
// Constants: SOFTPLUS, 0 or 1.

#ifndef SOFTPLUS
#define SOFTPLUS 0
#endif

static inline float softplus(const float s)
{
    return fmax(s, 0.0f) + log1p(exp(-fabs(s)));
}

// The state of more scores: their maximum, and the sum of exp(s - maximum), or of softplus
static inline void merge(float* most, float* sum, const float other_most, const float other_sum)
{
#if SOFTPLUS
    *sum += other_sum;
#else
    const float together = other_most > *most ? other_most : *most;
    const float factor = *most == together ? 1.0f : exp(*most - together);
    const float other_factor = other_most == together ? 1.0f : exp(other_most - together);
    *sum = *sum * factor + other_sum * other_factor;
    *most = together;
#endif
}

// The derivative of a row's result y by one of its scores
static inline float slope(const float s, const float y, const float remainder)
{
#if SOFTPLUS
    return 1.0f / (1.0f + exp(-s));
#else
    return exp((s - y) - remainder);
#endif
}
