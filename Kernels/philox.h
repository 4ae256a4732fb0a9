// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), as in TensorCore's `Philox`:
// four random words as a pure function of a counter and a key.

static inline uint4 philox(uint4 counter, uint2 key)
{
    for (int round = 0; round < 10; ++round) {
        if (round > 0) {
            key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
        }
        const uint first_high = mul_hi(counter.x, 0xD2511F53u), first_low = counter.x * 0xD2511F53u;
        const uint second_high = mul_hi(counter.z, 0xCD9E8D57u), second_low = counter.z * 0xCD9E8D57u;
        counter = (uint4)(second_high ^ counter.y ^ key.x, second_low, first_high ^ counter.w ^ key.y, first_low);
    }
    return counter;
}

// Uniform on [0, 1): the upper 24 bits over 2^24
static inline float uniform(const uint word)
{
    return convert_float(word >> 8) * 0x1p-24f;
}
