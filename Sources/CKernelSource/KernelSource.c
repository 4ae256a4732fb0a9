// Embeds every file of Kernels/; a test holds this table against the folder.
#include "CKernelSource.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char fill_cl[] = {
#embed "../../Kernels/fill.cl" suffix(, 0)
};

static const struct kernel_source sources[] = {
    {"fill", fill_cl},
};

size_t kernel_source_count(void)
{
    return sizeof sources / sizeof sources[0];
}

struct kernel_source kernel_source_at(size_t index)
{
    return sources[index];
}
