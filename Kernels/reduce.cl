// reduce: y[o] = the sum, or the maximum, of the terms x[OFFSET(o, t)] over t < terms, for each output o < outputs.
//
// Two stages, both in a fixed order: reduce_partial combines the terms of `partials` parts of each output, one work-item
// each; reduce_finish combines an output's parts in the order of their index. With one part, the first stage is all.
// Part p takes the terms p * first, p * first + step, ... (`count` of them, as far as they exist): either a run of
// neighbours (first = count, step = 1: a core's cache) or every partials-th (first = 1, step = partials: a GPU's lanes).
// Within a part, runs of RUN terms are combined by themselves, so that a sum's rounding error grows with RUN + count / RUN
// and not with count.
//
// Layout: x any tensor of float32; part [partials, outputs]; y [outputs].
// Launch: reduce_partial over (outputs, partials), or over (partials, outputs) with PARTS_FIRST, so that neighbours in a
//   work-group are neighbours in memory; LANES outputs to a work-item. reduce_finish over (outputs).
// Constants: OFFSET(o, t), where term t of output o lies; MAXIMUM 1 for the maximum, 0 for the sum; PARTS_FIRST;
//   LANES 1, or 2 to 16 neighbouring outputs whose terms are neighbours, too: LANES divides their number; RUN.

#ifndef OFFSET
#define OFFSET(o, t) ((o) + (t))
#endif
#ifndef PARTS_FIRST
#define PARTS_FIRST 0
#endif
#ifndef RUN
#define RUN 64
#endif

#include "vectors.h"
#include "combine.h"

__kernel void reduce_partial(
    const uint outputs, const uint terms, const uint partials, const uint count, const uint first, const uint step,
    __global const float* x, __global float* part)
{
#if PARTS_FIRST
    const uint o = get_global_id(1) * LANES;
    const uint p = get_global_id(0);
#else
    const uint o = get_global_id(0) * LANES;
    const uint p = get_global_id(1);
#endif
    if (o < outputs && p < partials) {
        lanes sum = IDENTITY;
        for (uint run = 0; run < count; run += RUN) {
            lanes of_run = IDENTITY;
            for (uint i = run; i < min(count, run + RUN); ++i) {
                const uint t = p * first + i * step;
                if (t < terms) {
                    of_run = combine(of_run, LOAD(x + (OFFSET(o, t))));
                }
            }
            sum = combine(sum, of_run);
        }
        STORE(sum, part + (size_t)p * outputs + o);
    }
}

__kernel void reduce_finish(const uint outputs, const uint partials, __global const float* part, __global float* y)
{
    const uint o = get_global_id(0) * LANES;
    if (o < outputs) {
        lanes sum = LOAD(part + o);
        for (uint p = 1; p < partials; ++p) {
            sum = combine(sum, LOAD(part + (size_t)p * outputs + o));
        }
        STORE(sum, y + o);
    }
}
