// Sets the parameters of CLBlast's matrix product, which remembers no more than the last ones.
#include "CCLBlastParameters.h"

#include <clblast.h>

#include <map>
#include <string>
#include <unordered_map>

namespace {

using Parameters = std::unordered_map<std::string, size_t>;

const char *const kernel = "Xgemm";
const char *const names[CLBLAST_PRODUCT_PARAMETERS] = {"GEMMK", "KREG",  "KWG", "KWI", "MDIMA", "MDIMC", "MWG", "NDIMB",
                                                       "NDIMC", "NWG", "SA",  "SB",  "STRM",  "STRN",  "VWM", "VWN"};

// What CLBlast had for each device before anything was set.
std::map<cl_device_id, Parameters> originals;

}  // namespace

int32_t clblast_set_product_parameters(cl_device_id device, const size_t *values)
{
    auto original = originals.find(device);
    if (original == originals.end()) {
        Parameters parameters;
        const auto status = clblast::RetrieveParameters(device, kernel, clblast::Precision::kSingle, parameters);
        if (status != clblast::StatusCode::kSuccess) return static_cast<int32_t>(status);
        original = originals.emplace(device, parameters).first;
    }
    Parameters parameters = original->second;
    for (size_t index = 0; values != nullptr && index < CLBLAST_PRODUCT_PARAMETERS; ++index) {
        parameters[names[index]] = values[index];
    }
    return static_cast<int32_t>(
        clblast::OverrideParameters(device, kernel, clblast::Precision::kSingle, parameters));
}
