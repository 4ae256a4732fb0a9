// What CLBlast's C interface lacks: the parameters of its matrix product, set, and brought back to its own.
#ifndef DIPTYCH_CLBLAST_PARAMETERS_H
#define DIPTYCH_CLBLAST_PARAMETERS_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How many parameters the float32 product has: GEMMK, KREG, KWG, KWI, MDIMA, MDIMC, MWG, NDIMB, NDIMC, NWG, SA, SB, STRM,
/// STRN, VWM, VWN, in this order.
enum { CLBLAST_PRODUCT_PARAMETERS = 16 };

/// Sets the parameters of the float32 product on `device` for all calls from now on; without `values`, to those that
/// CLBlast has for the device. Returns a status of CLBlast, 0 for success. Not safe from several threads at once.
int32_t clblast_set_product_parameters(cl_device_id device, const size_t *values);

#ifdef __cplusplus
}
#endif

#endif
