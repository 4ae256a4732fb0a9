// LANES neighbouring floats, one by itself or a vector of 2 to 16, and as many whole numbers and bytes. What LOAD and STORE
// take may begin at any float or, with ALIGNED 1, only at a multiple of a vector of floats.

#ifndef LANES
#define LANES 1
#endif
#ifndef ALIGNED
#define ALIGNED 0
#endif

#if LANES == 1
typedef float lanes;
typedef int integers;
typedef uchar bytes;
#define TO_INTEGERS convert_int
#define TO_BYTES convert_uchar
#else
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
typedef JOIN(float, LANES) lanes;
typedef JOIN(int, LANES) integers;
typedef JOIN(uchar, LANES) bytes;
#define TO_INTEGERS JOIN(convert_int, LANES)
#define TO_BYTES JOIN(convert_uchar, LANES)
#endif

#if ALIGNED
#define LOAD(p) (*(__global const lanes*)(p))
#define STORE(v, p) (*(__global lanes*)(p) = (v))
#elif LANES == 1
#define LOAD(p) (*(p))
#define STORE(v, p) (*(p) = (v))
#else
#define LOAD(p) JOIN(vload, LANES)(0, p)
#define STORE(v, p) JOIN(vstore, LANES)(v, 0, p)
#endif
