// LANES neighbouring floats, one by itself or a vector of 2 to 16, and as many whole numbers and bytes. What LOAD and STORE
// take may begin at any float.

#ifndef LANES
#define LANES 1
#endif

#if LANES == 1
typedef float lanes;
typedef int integers;
#define LOAD(p) (*(p))
#define STORE(v, p) (*(p) = (v))
#define TO_INTEGERS convert_int
#define TO_BYTES convert_uchar
#else
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
typedef JOIN(float, LANES) lanes;
typedef JOIN(int, LANES) integers;
#define LOAD(p) JOIN(vload, LANES)(0, p)
#define STORE(v, p) JOIN(vstore, LANES)(v, 0, p)
#define TO_INTEGERS JOIN(convert_int, LANES)
#define TO_BYTES JOIN(convert_uchar, LANES)
#endif
