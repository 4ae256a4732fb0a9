// Elements that only change their place: transposition, slice, concatenation, padding.
//   movement_gather:  y[i] = x[start + PLACE(i)]
//   movement_scatter: y[start + PLACE(i)] = x[i]
//   movement_pad:     y[i] = x[start + PLACE(i)] where INSIDE(i), else 0
//
// Layout: x, y any tensors of float32, seen as rows; the host writes the index arithmetic.
// Launch: over (count), one work-item per element; the tail beyond count does nothing.
// Constants: PLACE(i), where position i lies in the other tensor; INSIDE(i), whether it lies there at all; NAME, which
//   tells the movements of a program apart: this text may stand in it many times, since it forgets its constants at its
//   end.

#ifndef NAME
#define NAME(function) function
#endif
#ifndef PLACE
#define PLACE(i) (i)
#endif
#ifndef INSIDE
#define INSIDE(i) 1
#endif

__kernel void NAME(movement_gather)(const uint count, const uint start, __global const float* x, __global float* y)
{
    const uint i = get_global_id(0);
    if (i < count) {
        y[i] = x[start + PLACE(i)];
    }
}

__kernel void NAME(movement_scatter)(const uint count, const uint start, __global const float* x, __global float* y)
{
    const uint i = get_global_id(0);
    if (i < count) {
        y[start + PLACE(i)] = x[i];
    }
}

// start may wrap around below 0: only places inside are read.
__kernel void NAME(movement_pad)(const uint count, const uint start, __global const float* x, __global float* y)
{
    const uint i = get_global_id(0);
    if (i < count) {
        y[i] = INSIDE(i) ? x[start + PLACE(i)] : 0.0f;
    }
}

#undef NAME
#undef PLACE
#undef INSIDE
