#include "supervisor/serve/manifest_source.h"

#include <filesystem>

#include "common/manifest/read.h"

namespace posta::supervisor {

namespace {

std::string absolute(const std::string& path) {
    std::error_code error;
    const std::filesystem::path made = std::filesystem::absolute(path, error);
    return error ? path : made.lexically_normal().string();
}

}  // namespace

ManifestSource::ManifestSource(std::string path, std::string data_dir, std::string run_dir)
    : path_(std::move(path)), data_dir_(std::move(data_dir)), run_dir_(std::move(run_dir)) {}

Result<manifest::Manifest, manifest::Complaints> ManifestSource::load() const {
    auto manifest = manifest::read(path_);
    if (!manifest) return manifest;
    manifest::Server& server = manifest->server;
    server.data_dir = absolute(data_dir_.empty() ? server.data_dir : data_dir_);
    server.run_dir = absolute(run_dir_.empty() ? server.run_dir : run_dir_);
    return manifest;
}

Result<manifest::Manifest> ManifestSource::load_or_explain() const {
    auto loaded = load();
    if (loaded) return std::move(loaded).value();
    std::string text = manifest::describe(loaded.error(), path_);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return Error{ErrorCode::invalid, std::move(text)};
}

}  // namespace posta::supervisor
