// Batch normalization, per channel, with statistics of each view's own part of the batch:
//   forward:  y = (x - mean) / sqrt(variance + epsilon) * scale + shift, and max(y, 0) with RELU
//   backward: xhat = (x - mean) / sqrt(variance + epsilon); dshift = sum dy, dscale = sum dy xhat over all views;
//             dx = scale / sqrt(variance + epsilon) * (dy - sum dy / m - xhat * sum(dy xhat) / m) per view
//   With MASKED, dy counts only where mask is not 0: the gradient of a ReLU whose result is the mask.
//
// The variance is exact to rounding: each part's sum of squares is taken about the part's own mean, while the part still
// lies in the cache, and moved to the view's mean afterwards. Means are summed as distances from a first element, so that
// a large mean costs no digits. All sums have a fixed order; within a part, runs of RUN rows are summed by themselves, so
// that the rounding error grows with RUN + span / RUN and not with span.
//
// Layout: x, y, dy, dx, mask [V views, m rows, C]; scale, shift, dscale, dshift [C]; mean, variance [V, C];
//   part, sums [V, parts, 2, C] and [V, 2, C]: mean and squares about it, or sum dy and sum dy xhat.
// Launch: batch_normalization_partial, batch_normalization_backward_partial over (C / LANES, parts, V): part i takes the
//   rows from i * span to (i + 1) * span of its view;
//   batch_normalization_statistics over (C, 1, V); batch_normalization_backward_sums over (C);
//   batch_normalization_apply, batch_normalization_backward_apply over (C / LANES, parts, V) with a span of their own.
// Constants: LANES channels to a work-item, 1 to 16, divides C; RELU; MASKED; RUN.

#ifndef RELU
#define RELU 0
#endif
#ifndef MASKED
#define MASKED 0
#endif
#ifndef RUN
#define RUN 64
#endif

#include "vectors.h"

// The gradient at one place: dy, or 0 where the ReLU behind was closed
static inline lanes gradient(__global const float* dy, __global const float* mask)
{
#if MASKED
    return LOAD(mask) != (lanes)0.0f ? LOAD(dy) : (lanes)0.0f;
#else
    return LOAD(dy);
#endif
}

__kernel void batch_normalization_partial(
    const uint C, const uint m, const uint parts, const uint span, __global const float* x, __global float* part)
{
    const uint c = get_global_id(0) * LANES, i = get_global_id(1), view = get_global_id(2);
    if (c < C && i < parts) {
        const uint begin = i * span, end = min(m, begin + span);
        x += (size_t)view * m * C + c;
        const lanes first = LOAD(x + (size_t)begin * C);
        lanes sum = (lanes)0.0f;
        for (uint run = begin; run < end; run += RUN) {
            lanes of_run = (lanes)0.0f;
            for (uint row = run; row < min(end, run + RUN); ++row) {
                of_run += LOAD(x + (size_t)row * C) - first;
            }
            sum += of_run;
        }
        const lanes mean = first + sum / (lanes)(end - begin);
        lanes squares = (lanes)0.0f;
        for (uint run = begin; run < end; run += RUN) {
            lanes of_run = (lanes)0.0f;
            for (uint row = run; row < min(end, run + RUN); ++row) {
                const lanes difference = LOAD(x + (size_t)row * C) - mean;
                of_run = fma(difference, difference, of_run);
            }
            squares += of_run;
        }
        part += ((size_t)view * parts + i) * 2 * C + c;
        STORE(mean, part);
        STORE(squares, part + C);
    }
}

__kernel void batch_normalization_statistics(
    const uint C, const uint m, const uint parts, const uint span, __global const float* part, __global float* mean,
    __global float* variance)
{
    const uint c = get_global_id(0), view = get_global_id(2);
    if (c < C && get_global_id(1) == 0) {
        part += (size_t)view * parts * 2 * C + c;
        const float first = part[0];
        float sum = 0.0f;
        for (uint i = 0; i < parts; ++i) {
            const float count = (float)(min(m, (i + 1) * span) - i * span);
            sum = fma(count, part[(size_t)i * 2 * C] - first, sum);
        }
        const float center = first + sum / (float)m;
        float squares = 0.0f;
        for (uint i = 0; i < parts; ++i) {
            const float count = (float)(min(m, (i + 1) * span) - i * span);
            const float difference = part[(size_t)i * 2 * C] - center;
            squares += part[(size_t)(i * 2 + 1) * C] + count * difference * difference;
        }
        mean[(size_t)view * C + c] = center;
        variance[(size_t)view * C + c] = squares / (float)m;
    }
}

__kernel void batch_normalization_apply(
    const uint C, const uint m, const uint parts, const uint span, const float epsilon, __global const float* x,
    __global const float* scale, __global const float* shift, __global const float* mean,
    __global const float* variance, __global float* y)
{
    const uint c = get_global_id(0) * LANES, i = get_global_id(1), view = get_global_id(2);
    if (c < C && i < parts) {
        const size_t channel = (size_t)view * C + c;
        const lanes center = LOAD(mean + channel);
        const lanes factor = LOAD(scale + c) / sqrt(LOAD(variance + channel) + (lanes)epsilon);
        const lanes offset = LOAD(shift + c);
        for (uint row = i * span; row < min(m, (i + 1) * span); ++row) {
            const size_t at = ((size_t)view * m + row) * C + c;
            lanes value = fma(LOAD(x + at) - center, factor, offset);
#if RELU
            value = value < (lanes)0.0f ? (lanes)0.0f : value;
#endif
            STORE(value, y + at);
        }
    }
}

__kernel void batch_normalization_backward_partial(
    const uint C, const uint m, const uint parts, const uint span, const float epsilon, __global const float* dy,
    __global const float* mask, __global const float* x, __global const float* mean, __global const float* variance,
    __global float* part)
{
    const uint c = get_global_id(0) * LANES, i = get_global_id(1), view = get_global_id(2);
    if (c < C && i < parts) {
        const size_t channel = (size_t)view * C + c;
        const lanes center = LOAD(mean + channel);
        lanes sum = (lanes)0.0f, product = (lanes)0.0f;
        const uint end = min(m, (i + 1) * span);
        for (uint run = i * span; run < end; run += RUN) {
            lanes sum_of_run = (lanes)0.0f, product_of_run = (lanes)0.0f;
            for (uint row = run; row < min(end, run + RUN); ++row) {
                const size_t at = ((size_t)view * m + row) * C + c;
                const lanes slope = gradient(dy + at, mask + at);
                sum_of_run += slope;
                product_of_run = fma(slope, LOAD(x + at) - center, product_of_run);
            }
            sum += sum_of_run;
            product += product_of_run;
        }
        part += ((size_t)view * parts + i) * 2 * C + c;
        STORE(sum, part);
        STORE(product / sqrt(LOAD(variance + channel) + (lanes)epsilon), part + C);
    }
}

__kernel void batch_normalization_backward_sums(
    const uint C, const uint views, const uint parts, __global const float* part, __global float* sums,
    __global float* dscale, __global float* dshift)
{
    const uint c = get_global_id(0);
    if (c < C) {
        float all = 0.0f, all_products = 0.0f;
        for (uint view = 0; view < views; ++view) {
            float sum = 0.0f, product = 0.0f;
            for (uint i = 0; i < parts; ++i) {
                sum += part[((size_t)view * parts + i) * 2 * C + c];
                product += part[(((size_t)view * parts + i) * 2 + 1) * C + c];
            }
            sums[(size_t)view * 2 * C + c] = sum;
            sums[((size_t)view * 2 + 1) * C + c] = product;
            all += sum;
            all_products += product;
        }
        dshift[c] = all;
        dscale[c] = all_products;
    }
}

__kernel void batch_normalization_backward_apply(
    const uint C, const uint m, const uint parts, const uint span, const float epsilon, __global const float* dy,
    __global const float* mask, __global const float* x, __global const float* scale, __global const float* mean,
    __global const float* variance, __global const float* sums, __global float* dx)
{
    const uint c = get_global_id(0) * LANES, i = get_global_id(1), view = get_global_id(2);
    if (c < C && i < parts) {
        const size_t channel = (size_t)view * C + c;
        const lanes center = LOAD(mean + channel);
        const lanes root = sqrt(LOAD(variance + channel) + (lanes)epsilon);
        const lanes factor = LOAD(scale + c) / root;
        const lanes sum = LOAD(sums + (size_t)view * 2 * C + c) / (lanes)m;
        const lanes product = LOAD(sums + ((size_t)view * 2 + 1) * C + c) / (lanes)m / root;
        for (uint row = i * span; row < min(m, (i + 1) * span); ++row) {
            const size_t at = ((size_t)view * m + row) * C + c;
            const lanes slope = gradient(dy + at, mask + at) - sum;
            STORE(factor * fma(center - LOAD(x + at), product, slope), dx + at);
        }
    }
}
