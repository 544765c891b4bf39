#include "tests/support/legacy_fixture.h"

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/check.h"
#include "common/json/parse.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_paths.h"

extern char** environ;

namespace posta::testing {
namespace {

void run(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    CHECK(::posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) == 0);
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);  // python3-nacl is needed
}

class Fixture {
public:
    Fixture() {
        std::filesystem::create_directory(made());
        run({"/usr/bin/python3", POSTA_TEST_DATA "/legacy/make.py", made()});
    }
    std::string made() const { return folder_ / "legacy"; }
    std::string scratch(const std::string& name) const { return folder_ / name; }

private:
    static std::string parent() {
        if (::access("/dev/shm", W_OK) == 0) return "/dev/shm";
        return std::filesystem::temp_directory_path();
    }
    TempFolder folder_{parent()};
};

const Fixture& fixture() {
    static const Fixture made;
    return made;
}

}  // namespace

const std::string& legacy_folder() {
    static const std::string path = fixture().made();
    return path;
}

std::string legacy_scratch(const std::string& name) {
    static int number = 0;
    const std::string path = fixture().scratch(name + "-" + std::to_string(++number));
    std::filesystem::create_directory(path);
    return path;
}

void copy_legacy(const std::string& slug, const std::string& destination) {
    run({"/bin/cp", "-a", legacy_folder() + "/" + slug, destination});
}

std::map<std::string, std::string> legacy_tokens(const std::string& slug) {
    std::ifstream file(legacy_folder() + "/tokens.json");
    std::stringstream text;
    text << file.rdbuf();
    const std::string json_text = text.str();
    const auto document = json::parse(json_text);
    CHECK(document.has_value());
    const json::Value* tokens = document->find(slug);
    CHECK(tokens != nullptr);
    std::map<std::string, std::string> found;
    for (const auto& [name, token] : tokens->members()) found[name] = std::string(*token.string());
    return found;
}

}  // namespace posta::testing
