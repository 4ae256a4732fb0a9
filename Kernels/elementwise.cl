// elementwise: y[i] = RESULT, computed by STATEMENTS from the operands at position i, for i < count.
//
// The host writes the expression: a chain of operations such as
//   #define PARAMETERS __global const float* x0, const float x1,
//   #define STATEMENTS const float v0 = x0[i] * x1; const float v1 = relu(v0);
//   #define RESULT v1
// Layout: y is any tensor, seen as one row; an operand that is repeated is read at an index computed from i.
// Launch: one work-item per element, in one dimension; the tail beyond count does nothing. y may be an operand's memory
//   where that operand is read at i alone.
// Constants: ELEMENT, the type of y; NAME, which tells the expressions of a program apart: this text may stand in it
//   many times, since it forgets its constants at its end.

#ifndef NAME
#define NAME(function) function
#endif
#ifndef PARAMETERS
#define PARAMETERS __global const float* x0,
#define STATEMENTS const float v0 = x0[i];
#define RESULT v0
#define ELEMENT float
#endif

#ifndef ELEMENTWISE_FUNCTIONS
#define ELEMENTWISE_FUNCTIONS

// max(x, 0); NaN stays NaN
static inline float relu(const float x)
{
    return x < 0.0f ? 0.0f : x;
}

// log(1 + e^x)
static inline float softplus(const float x)
{
    return (x > 0.0f ? x : 0.0f) + log1p(exp(-fabs(x)));
}

// The larger of both; NaN if one is
static inline float larger(const float a, const float b)
{
    return a > b || a != a ? a : b;
}

// The smaller of both; NaN if one is
static inline float smaller(const float a, const float b)
{
    return a < b || a != a ? a : b;
}

// Rounded toward zero, as far as the type reaches; NaN gives 0
static inline int to_int(const float x)
{
    return x != x ? 0 : convert_int_sat_rtz(x);
}

static inline uchar to_uchar(const float x)
{
    return x != x ? 0 : convert_uchar_sat_rtz(x);
}

#endif

__kernel void NAME(elementwise)(const uint count, PARAMETERS __global ELEMENT* y)
{
    const uint i = get_global_id(0);
    if (i < count) {
        STATEMENTS
        y[i] = RESULT;
    }
}

#undef NAME
#undef PARAMETERS
#undef STATEMENTS
#undef RESULT
#undef ELEMENT
