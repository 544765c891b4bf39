#include "tests/support/evidence.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "common/base/check.h"
#include "common/base/unique_fd.h"

namespace posta::test {

namespace {

std::string directory() {
    const char* const named = std::getenv("POSTA_TEST_EVIDENCE");
    return named == nullptr ? "" : named;
}

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        CHECK(count > 0);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

void keep_log(std::string_view text) {
    if (directory().empty()) return;
    std::string path = directory() + "/server-XXXXXX";
    const UniqueFd file(::mkstemp(path.data()));
    CHECK(file);
    write_all(file.get(), text);
}

void record_secret(std::string_view kind, std::string_view secret) {
    if (directory().empty()) return;
    const UniqueFd file(::open((directory() + "/secrets").c_str(),
                               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    CHECK(file);
    write_all(file.get(), std::string(kind) + "\t" + std::string(secret) + "\n");
}

void record_secrets_in(std::string_view output) {
    static const std::regex kSecret("(mst|pinv)_[A-Za-z0-9_-]{20,}");
    const std::string text(output);
    for (std::sregex_iterator found(text.begin(), text.end(), kSecret), end; found != end; ++found)
        record_secret((*found)[1] == "mst" ? "token" : "invite", found->str());
}

void record_keys_of(const std::string& path) {
    static const std::regex kKey("\"privateKey\"\\s*:\\s*\"([^\"]+)\"");
    std::ifstream file(path);
    std::ostringstream read;
    read << file.rdbuf();
    const std::string text = read.str();
    for (std::sregex_iterator found(text.begin(), text.end(), kKey), end; found != end; ++found)
        record_secret("key", (*found)[1].str());
}

}  // namespace posta::test
