#pragma once
// The real supervisor with children that only act (tests/support/stage.cpp), for tests.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/server_process.h"
#include "tests/support/test_paths.h"

namespace posta::test {

class Supervision : public testing::Test {
protected:
    ServerProcess server{POSTA_STAGE};

    void serve(const std::vector<std::string>& slugs) {
        for (const std::string& slug : slugs) server.add_identity(slug);
        server.write_manifest();
        server.start();
    }
    void give_part(const std::string& slug, const std::string& part) {
        write_text(server.data_dir_of(slug) + "/part", part + "\n");
    }
    // Another process than `old` has the slug's pid file, and serves.
    bool replaced(const std::string& slug, pid_t old) {
        return eventually([&] {
            const pid_t now = server.pid_of(slug);
            return now != 0 && now != old && lives(now);
        });
    }
    std::string routes() {
        const std::string log = server.log();
        const std::size_t at = log.rfind(" line=\"routes ");
        if (at == std::string::npos) return "";
        std::string line = log.substr(at, log.find('\n', at) - at);
        std::erase(line, '\\');
        return line;
    }
    bool routed(const std::string& slug, const std::string& state) {
        return eventually([&] {
            const std::string line = routes();
            const std::size_t at = line.find("{\"slug\":\"" + slug + "\"");
            if (at == std::string::npos) return state == "absent";
            const std::string route = line.substr(at, line.find('}', at) - at);
            return route.find("\"state\":\"" + state + "\"") != std::string::npos;
        });
    }
};

}  // namespace posta::test
