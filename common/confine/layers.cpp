#include "common/confine/layers.h"

namespace posta {
namespace {

// Empty when the layer is enforced.
std::string missing(const SandboxReport& report, const std::string& name) {
    for (const SandboxLayer& layer : report) {
        if (layer.name != name) continue;
        if (layer.strength == LayerStrength::enforced) return {};
        return name + " is " + std::string(name_of(layer.strength)) +
               (layer.remark.empty() ? "" : ": " + layer.remark);
    }
    return name + " is absent";
}

}  // namespace

Result<void> require_layers(const SandboxReport& report, const std::vector<std::string>& required) {
    std::string lacking;
    for (const std::string& name : required) {
        const std::string found = missing(report, name);
        if (!found.empty()) lacking += (lacking.empty() ? "" : "; ") + found;
    }
    if (lacking.empty()) return {};
    return Error{ErrorCode::invalid, "require_layers of the manifest is not met: " + lacking +
                                         " (mend that, or take the layer out of require_layers)"};
}

}  // namespace posta
