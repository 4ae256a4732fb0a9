// The text of every file in Kernels/, inside the binary.
#ifndef DIPTYCH_KERNEL_SOURCE_H
#define DIPTYCH_KERNEL_SOURCE_H

#include <stddef.h>

/// One file of Kernels/: its path below that folder without ".cl" ("wide/convolution"), and its text.
struct kernel_source {
    const char *name;
    const char *text;
};

/// How many files there are.
size_t kernel_source_count(void);

/// File number `index`, below `kernel_source_count()`.
struct kernel_source kernel_source_at(size_t index);

#endif
