// What a tensor core does: a warp, 32 work-items with consecutive local ids, multiplies and adds small matrices.
//   C [16, 8] += A [16, 8 words] B [8 words, 8], where a word is one factor in tf32, or two neighbours along the sum in
//   bf16, the first in the lower half; products and sums are float32.
//
// Layout (PTX ISA, matrix fragments for mma.m16n8k8 with .tf32 and for mma.m16n8k16 with .bf16), for g = lane / 4,
//   t = lane % 4:
//   a[i]  row g + 8 (i % 2), word t + 4 (i / 2)
//   b[i]  word t + 4 i, column g
//   c     rows g (upper) and g + 8 (lower), columns 2 t and 2 t + 1
//
// Constants: PRECISION: FLOAT32 (then there is nothing of all this), TF32 or BF16. EMULATED: 1 in a copy of this file
//   for tests on devices without tensor cores, where ordinary instructions do what the one instruction does; every
//   work-item of the work-group makes the same calls then, since there are barriers in them.

#define FLOAT32 0
#define TF32 1
#define BF16 2

#ifndef PRECISION
#define PRECISION FLOAT32
#endif
#define EMULATED 0

#if PRECISION != FLOAT32

#define WARP 32

// The terms of a sum in a word, and the words of A and B that the emulation needs for a lane in local memory.
#if PRECISION == BF16
#define WORD_TERMS 2
#else
#define WORD_TERMS 1
#endif
#define EXCHANGED (EMULATED ? 6 : 0)

// Whether loops around the instruction are unrolled, as registers want it; not where it has barriers.
#if EMULATED
#define UNROLL
#else
#define UNROLL _Pragma("unroll")
#endif

// x in bf16, to nearest, to even where two are as near; NaN stays NaN.
static inline uint bf16_bits(const float x)
{
    const uint bits = as_uint(x);
    return isnan(x) ? 0x7fffu : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

// x in tf32, to nearest, away from zero where two are as near; NaN stays NaN.
static inline uint tf32_bits(const float x)
{
    return isnan(x) ? 0x7fffe000u : (as_uint(x) + 0x1000u) & 0xffffe000u;
}

#if EMULATED

static inline float add_products(const uint a, const uint b, const float sum)
{
#if PRECISION == BF16
    const float first = fma(as_float(a << 16), as_float(b << 16), sum);
    return fma(as_float(a & 0xffff0000u), as_float(b & 0xffff0000u), first);
#else
    return fma(as_float(a), as_float(b), sum);
#endif
}

// Nothing: the barriers of the emulation bring the lanes together.
static inline void join_warp(void) {}

// c += a b, each the lane's part; `exchange` holds EXCHANGED words for each work-item.
static __attribute__((always_inline)) void multiply_add(
    __local uint* exchange, const uint* a, const uint* b, float* upper, float* lower)
{
    const int lane = get_local_id(0) % WARP;
    __local uint* A = exchange + (get_local_id(0) - lane) * EXCHANGED;
    __local uint* B = A + 4 * WARP;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = 0; i < 4; ++i) {
        A[4 * lane + i] = a[i];
    }
    for (int i = 0; i < 2; ++i) {
        B[2 * lane + i] = b[i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = 0; i < 4; ++i) {
        const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
        float* sum = (i / 2 == 0 ? upper : lower) + i % 2;
        for (int word = 0; word < 8; ++word) {
            const uint left = A[4 * (row % 8 * 4 + word % 4) + row / 8 + 2 * (word / 4)];
            const uint right = B[2 * (column * 4 + word % 4) + word / 4];
            *sum = add_products(left, right, *sum);
        }
    }
}

#elif defined(__NV_CL_C_VERSION)

#if PRECISION == BF16
#define MMA "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
#else
#define MMA "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
#endif

// Brings the lanes of the warp together. The instruction is undefined where they are not, and what stands before a
// product, loops of several lengths among it, may have parted them since the last barrier.
static __attribute__((always_inline)) void join_warp(void)
{
    asm volatile("bar.warp.sync 0xffffffff;");
}

// c += a b, each the lane's part, after join_warp; nothing is exchanged.
static __attribute__((always_inline)) void multiply_add(
    __local uint* exchange, const uint* a, const uint* b, float* upper, float* lower)
{
    asm volatile(MMA " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(upper[0]), "+f"(upper[1]), "+f"(lower[0]), "+f"(lower[1])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#else
#error "no tensor cores: this compiler takes no PTX"
#endif

#endif
