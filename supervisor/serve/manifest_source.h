#pragma once
// Where the manifest is read from, at the start and at each reload, with what the command line puts
// over it.

#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/manifest/complaint.h"
#include "common/manifest/manifest.h"

namespace posta::supervisor {

class ManifestSource {
public:
    // Empty directories: the manifest's own count. Relative paths are made absolute here, because
    // children start in "/".
    ManifestSource(std::string path, std::string data_dir, std::string run_dir);

    Result<manifest::Manifest, manifest::Complaints> load() const;
    // The same, with all complaints as one error of kind `invalid`.
    Result<manifest::Manifest> load_or_explain() const;

private:
    std::string path_;
    std::string data_dir_;
    std::string run_dir_;
};

}  // namespace posta::supervisor
