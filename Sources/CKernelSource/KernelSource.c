// Embeds every file of Kernels/; a test holds this table against the folder.
#include "CKernelSource.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char adam_cl[] = {
#embed "../../Kernels/adam.cl" suffix(, 0)
};

static const char add_parts_cl[] = {
#embed "../../Kernels/add_parts.cl" suffix(, 0)
};

static const char average_pool_cl[] = {
#embed "../../Kernels/average_pool.cl" suffix(, 0)
};

static const char batch_normalization_cl[] = {
#embed "../../Kernels/batch_normalization.cl" suffix(, 0)
};

static const char ceiling_cl[] = {
#embed "../../Kernels/ceiling.cl" suffix(, 0)
};

static const char combine_h[] = {
#embed "../../Kernels/combine.h" suffix(, 0)
};

static const char convolution_cl[] = {
#embed "../../Kernels/convolution.cl" suffix(, 0)
};

static const char draw_views_cl[] = {
#embed "../../Kernels/draw_views.cl" suffix(, 0)
};

static const char elementwise_cl[] = {
#embed "../../Kernels/elementwise.cl" suffix(, 0)
};

static const char logsumexp_cl[] = {
#embed "../../Kernels/logsumexp.cl" suffix(, 0)
};

static const char matrix_product_cl[] = {
#embed "../../Kernels/matrix_product.cl" suffix(, 0)
};

static const char max_pool_cl[] = {
#embed "../../Kernels/max_pool.cl" suffix(, 0)
};

static const char momentum_cl[] = {
#embed "../../Kernels/momentum.cl" suffix(, 0)
};

static const char movement_cl[] = {
#embed "../../Kernels/movement.cl" suffix(, 0)
};

static const char philox_h[] = {
#embed "../../Kernels/philox.h" suffix(, 0)
};

static const char portable_math_h[] = {
#embed "../../Kernels/portable_math.h" suffix(, 0)
};

static const char random_cl[] = {
#embed "../../Kernels/random.cl" suffix(, 0)
};

static const char reduce_cl[] = {
#embed "../../Kernels/reduce.cl" suffix(, 0)
};

static const char resample_cl[] = {
#embed "../../Kernels/resample.cl" suffix(, 0)
};

static const char rows_cl[] = {
#embed "../../Kernels/rows.cl" suffix(, 0)
};

static const char score_reduction_cl[] = {
#embed "../../Kernels/score_reduction.cl" suffix(, 0)
};

static const char score_terms_h[] = {
#embed "../../Kernels/score_terms.h" suffix(, 0)
};

static const char tiled_batch_normalization_cl[] = {
#embed "../../Kernels/tiled/batch_normalization.cl" suffix(, 0)
};

static const char tiled_batch_normalization_pool_cl[] = {
#embed "../../Kernels/tiled/batch_normalization_pool.cl" suffix(, 0)
};

static const char tiled_columns_h[] = {
#embed "../../Kernels/tiled/columns.h" suffix(, 0)
};

static const char tiled_convolution_cl[] = {
#embed "../../Kernels/tiled/convolution.cl" suffix(, 0)
};

static const char tiled_convolution_backward_filter_cl[] = {
#embed "../../Kernels/tiled/convolution_backward_filter.cl" suffix(, 0)
};

static const char tiled_convolution_backward_input_cl[] = {
#embed "../../Kernels/tiled/convolution_backward_input.cl" suffix(, 0)
};

static const char tiled_convolution_winograd_cl[] = {
#embed "../../Kernels/tiled/convolution_winograd.cl" suffix(, 0)
};

static const char tiled_logsumexp_cl[] = {
#embed "../../Kernels/tiled/logsumexp.cl" suffix(, 0)
};

static const char tiled_matrix_product_cl[] = {
#embed "../../Kernels/tiled/matrix_product.cl" suffix(, 0)
};

static const char tiled_multiply_h[] = {
#embed "../../Kernels/tiled/multiply.h" suffix(, 0)
};

static const char tiled_normalization_h[] = {
#embed "../../Kernels/tiled/normalization.h" suffix(, 0)
};

static const char tiled_patches_h[] = {
#embed "../../Kernels/tiled/patches.h" suffix(, 0)
};

static const char tiled_reduce_cl[] = {
#embed "../../Kernels/tiled/reduce.cl" suffix(, 0)
};

static const char tiled_score_reduction_cl[] = {
#embed "../../Kernels/tiled/score_reduction.cl" suffix(, 0)
};

static const char tiled_tensor_h[] = {
#embed "../../Kernels/tiled/tensor.h" suffix(, 0)
};

static const char top_k_cl[] = {
#embed "../../Kernels/top_k.cl" suffix(, 0)
};

static const char vectors_h[] = {
#embed "../../Kernels/vectors.h" suffix(, 0)
};

static const char wide_batch_normalization_cl[] = {
#embed "../../Kernels/wide/batch_normalization.cl" suffix(, 0)
};

static const char wide_batch_normalization_pool_cl[] = {
#embed "../../Kernels/wide/batch_normalization_pool.cl" suffix(, 0)
};

static const char wide_column_sum_cl[] = {
#embed "../../Kernels/wide/column_sum.cl" suffix(, 0)
};

static const char wide_convolution_cl[] = {
#embed "../../Kernels/wide/convolution.cl" suffix(, 0)
};

static const char wide_convolution_backward_filter_cl[] = {
#embed "../../Kernels/wide/convolution_backward_filter.cl" suffix(, 0)
};

static const char wide_convolution_few_channels_cl[] = {
#embed "../../Kernels/wide/convolution_few_channels.cl" suffix(, 0)
};

static const char wide_convolution_winograd_cl[] = {
#embed "../../Kernels/wide/convolution_winograd.cl" suffix(, 0)
};

static const char wide_convolution_winograd_backward_filter_cl[] = {
#embed "../../Kernels/wide/convolution_winograd_backward_filter.cl" suffix(, 0)
};

static const char wide_lanes_h[] = {
#embed "../../Kernels/wide/lanes.h" suffix(, 0)
};

static const char wide_matrix_product_cl[] = {
#embed "../../Kernels/wide/matrix_product.cl" suffix(, 0)
};

static const char wide_max_pool_cl[] = {
#embed "../../Kernels/wide/max_pool.cl" suffix(, 0)
};

static const char wide_score_reduction_cl[] = {
#embed "../../Kernels/wide/score_reduction.cl" suffix(, 0)
};

static const char wide_score_reduction_backward_cl[] = {
#embed "../../Kernels/wide/score_reduction_backward.cl" suffix(, 0)
};

static const char wide_scores_h[] = {
#embed "../../Kernels/wide/scores.h" suffix(, 0)
};

static const char wide_statistics_h[] = {
#embed "../../Kernels/wide/statistics.h" suffix(, 0)
};

static const char wide_winograd_h[] = {
#embed "../../Kernels/wide/winograd.h" suffix(, 0)
};

static const char winograd_transforms_h[] = {
#embed "../../Kernels/winograd_transforms.h" suffix(, 0)
};

static const struct kernel_source sources[] = {
    {"adam", adam_cl},
    {"add_parts", add_parts_cl},
    {"average_pool", average_pool_cl},
    {"batch_normalization", batch_normalization_cl},
    {"ceiling", ceiling_cl},
    {"combine.h", combine_h},
    {"convolution", convolution_cl},
    {"draw_views", draw_views_cl},
    {"elementwise", elementwise_cl},
    {"logsumexp", logsumexp_cl},
    {"matrix_product", matrix_product_cl},
    {"max_pool", max_pool_cl},
    {"momentum", momentum_cl},
    {"movement", movement_cl},
    {"philox.h", philox_h},
    {"portable_math.h", portable_math_h},
    {"random", random_cl},
    {"reduce", reduce_cl},
    {"resample", resample_cl},
    {"rows", rows_cl},
    {"score_reduction", score_reduction_cl},
    {"score_terms.h", score_terms_h},
    {"tiled/batch_normalization", tiled_batch_normalization_cl},
    {"tiled/batch_normalization_pool", tiled_batch_normalization_pool_cl},
    {"tiled/columns.h", tiled_columns_h},
    {"tiled/convolution", tiled_convolution_cl},
    {"tiled/convolution_backward_filter", tiled_convolution_backward_filter_cl},
    {"tiled/convolution_backward_input", tiled_convolution_backward_input_cl},
    {"tiled/convolution_winograd", tiled_convolution_winograd_cl},
    {"tiled/logsumexp", tiled_logsumexp_cl},
    {"tiled/matrix_product", tiled_matrix_product_cl},
    {"tiled/multiply.h", tiled_multiply_h},
    {"tiled/normalization.h", tiled_normalization_h},
    {"tiled/patches.h", tiled_patches_h},
    {"tiled/reduce", tiled_reduce_cl},
    {"tiled/score_reduction", tiled_score_reduction_cl},
    {"tiled/tensor.h", tiled_tensor_h},
    {"top_k", top_k_cl},
    {"vectors.h", vectors_h},
    {"wide/batch_normalization", wide_batch_normalization_cl},
    {"wide/batch_normalization_pool", wide_batch_normalization_pool_cl},
    {"wide/column_sum", wide_column_sum_cl},
    {"wide/convolution", wide_convolution_cl},
    {"wide/convolution_backward_filter", wide_convolution_backward_filter_cl},
    {"wide/convolution_few_channels", wide_convolution_few_channels_cl},
    {"wide/convolution_winograd", wide_convolution_winograd_cl},
    {"wide/convolution_winograd_backward_filter", wide_convolution_winograd_backward_filter_cl},
    {"wide/lanes.h", wide_lanes_h},
    {"wide/matrix_product", wide_matrix_product_cl},
    {"wide/max_pool", wide_max_pool_cl},
    {"wide/score_reduction", wide_score_reduction_cl},
    {"wide/score_reduction_backward", wide_score_reduction_backward_cl},
    {"wide/scores.h", wide_scores_h},
    {"wide/statistics.h", wide_statistics_h},
    {"wide/winograd.h", wide_winograd_h},
    {"winograd_transforms.h", winograd_transforms_h},
};

size_t kernel_source_count(void)
{
    return sizeof sources / sizeof sources[0];
}

struct kernel_source kernel_source_at(size_t index)
{
    return sources[index];
}
