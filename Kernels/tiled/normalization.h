// What the tiled kernels share that normalize, with a pooling or without: they come to the same bits, so that a gradient
// knows from x alone where a ReLU was open. After columns.h.

// What a work-item knows of its channels
typedef struct {
    lanes center, factor, shift;
} normalization;

// The normalization of the channels from c on, whose statistics lie at `channel`
static inline normalization normalization_at(
    const uint channel, const uint c, const float epsilon, __global const float* scale, __global const float* shift,
    __global const float* mean, __global const float* variance)
{
    const lanes factor = LOAD(scale + c) / sqrt(LOAD(variance + channel) + (lanes)epsilon);
    const normalization to = {LOAD(mean + channel), factor, LOAD(shift + c)};
    return to;
}

// The normalized value of x, given x - mean
static inline lanes normalized(const normalization to, const lanes centered)
{
    return fma(centered, to.factor, to.shift);
}

static inline lanes rectified(const int relu, const lanes value)
{
    return relu ? (value < (lanes)0.0f ? (lanes)0.0f : value) : value;
}

// The gradient that reaches the normalization: dy, or 0 where a ReLU cut y off
static inline lanes passed(const int relu, const normalization to, const lanes centered, const lanes dy)
{
    return relu ? (normalized(to, centered) > (lanes)0.0f ? dy : (lanes)0.0f) : dy;
}
