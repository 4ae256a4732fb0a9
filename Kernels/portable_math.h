// Arithmetic with the bits of the host on every device, as in TensorCore's `PortableMath`. Addition and multiplication
// are exact to the bit everywhere unless they are contracted; division and the square root, which OpenCL lets err by 2.5
// and 3 ulp, are done in whole numbers. Numbers must be normal, or zero where that is said.

#pragma OPENCL FP_CONTRACT OFF

// A normal number is MANTISSA 2^(EXPONENT - 150), and its sign
#define MANTISSA(bits) (((bits) & 0x7FFFFFu) | 0x800000u)
#define EXPONENT(bits) ((int)((bits) >> 23 & 0xFFu))

// magnitude 2^exponent, rounded to nearest, ties to even
static inline float scaled(const uint magnitude, const int exponent)
{
    return convert_float(magnitude) * as_float((uint)(exponent + 127) << 23);
}

// a / b, rounded to nearest, ties to even; a may be zero
static inline float divide(const float a, const float b)
{
    if (a == 0.0f) {
        return 0.0f;
    }
    const uint top = as_uint(a), bottom = as_uint(b);
    // 26 or 27 bits of the quotient, and one that says whether more follow
    const ulong dividend = (ulong)MANTISSA(top) << 26;
    const uint quotient = (uint)(dividend / MANTISSA(bottom));
    const uint rest = (ulong)quotient * MANTISSA(bottom) != dividend;
    const float magnitude = scaled(quotient << 1 | rest, EXPONENT(top) - EXPONENT(bottom) - 27);
    return as_float(as_uint(magnitude) | ((top ^ bottom) & 0x80000000u));
}

// The square root of x > 0, rounded to nearest, ties to even
static inline float square_root(const float x)
{
    const int exponent = EXPONENT(as_uint(x)) - 150, odd = exponent & 1;
    const ulong radicand = (ulong)MANTISSA(as_uint(x)) << (28 + odd);
    uint root = 0;
    for (uint bit = 1u << 26; bit > 0; bit >>= 1) {
        if ((ulong)(root | bit) * (root | bit) <= radicand) {
            root |= bit;
        }
    }
    const uint rest = (ulong)root * root != radicand;
    return scaled(root << 1 | rest, (exponent - odd - 28) / 2 - 1);
}

// e^x for |x| <= 2: the series to x^7 at x/4, squared twice
static inline float exponential(const float x)
{
    const float quarter = x * 0.25f;
    float sum = 1.0f;
    for (int divisor = 7; divisor >= 1; --divisor) {
        sum = 1.0f + divide(quarter, convert_float(divisor)) * sum;
    }
    const float square = sum * sum;
    return square * square;
}

// Sine and cosine of an angle up to 180 degrees: series below 22.5 degrees, the formulas of the double angle above
static inline float2 sine_and_cosine(const float degrees)
{
    float x = degrees * 0.017453292f;
    int doublings = 0;
    for (; fabs(x) > 0.4f; ++doublings) {
        x *= 0.5f;
    }
    const float square = x * x;
    float sine = 1.0f, cosine = 1.0f;
    for (int n = 4; n >= 1; --n) {
        sine = 1.0f - divide(square, convert_float(2 * n * (2 * n + 1))) * sine;
        cosine = 1.0f - divide(square, convert_float((2 * n - 1) * 2 * n)) * cosine;
    }
    sine *= x;
    for (; doublings > 0; --doublings) {
        const float old = sine;
        sine = 2.0f * old * cosine;
        cosine = 1.0f - 2.0f * old * old;
    }
    return (float2)(sine, cosine);
}
