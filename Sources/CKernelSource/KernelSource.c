// Embeds every file of Kernels/; a test holds this table against the folder.
#include "CKernelSource.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char ceiling_cl[] = {
#embed "../../Kernels/ceiling.cl" suffix(, 0)
};

static const char fill_cl[] = {
#embed "../../Kernels/fill.cl" suffix(, 0)
};

static const char wide_convolution_winograd_cl[] = {
#embed "../../Kernels/wide/convolution_winograd.cl" suffix(, 0)
};

static const char wide_convolution_winograd_backward_filter_cl[] = {
#embed "../../Kernels/wide/convolution_winograd_backward_filter.cl" suffix(, 0)
};

static const char wide_matrix_product_cl[] = {
#embed "../../Kernels/wide/matrix_product.cl" suffix(, 0)
};

static const struct kernel_source sources[] = {
    {"ceiling", ceiling_cl},
    {"fill", fill_cl},
    {"wide/convolution_winograd", wide_convolution_winograd_cl},
    {"wide/convolution_winograd_backward_filter", wide_convolution_winograd_backward_filter_cl},
    {"wide/matrix_product", wide_matrix_product_cl},
};

size_t kernel_source_count(void)
{
    return sizeof sources / sizeof sources[0];
}

struct kernel_source kernel_source_at(size_t index)
{
    return sources[index];
}
