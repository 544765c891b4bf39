#pragma once
// A front with the tenants arne, marcus and tarald, whose hosts are "<slug>.test".

#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_worker.h"
#include "tests/support/front_process.h"
#include "tests/support/http_client.h"

namespace posta::test {

inline const std::vector<std::string> kSlugs = {"arne", "marcus", "tarald"};

inline std::vector<contracts::Route> routes_in(
    const TempDir& folder, contracts::Route::State state = contracts::Route::State::ready) {
    std::vector<contracts::Route> routes;
    for (const std::string& slug : kSlugs)
        routes.push_back({slug, folder / (slug + ".sock"), {slug + ".test"}, state});
    return routes;
}

inline std::string get(const std::string& slug, const std::string& path,
                       const std::string& fields = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: " + slug + ".test\r\n" + fields + "\r\n";
}

inline std::string post(const std::string& slug, const std::string& path, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: " + slug +
           ".test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Echoing workers for the three, except where a script is given for "arne".
struct ThreeTenants {
    TempDir folder;
    std::vector<std::unique_ptr<FakeWorker>> workers;
    std::unique_ptr<FrontProcess> front;

    explicit ThreeTenants(FakeWorker::Script arne = nullptr,
                          std::vector<std::string> trusted_proxies = {}) {
        for (const std::string& slug : kSlugs) {
            const std::string path = folder / (slug + ".sock");
            if (slug == "arne" && arne) {
                workers.push_back(std::make_unique<FakeWorker>(slug, path, std::move(arne)));
            } else {
                workers.push_back(std::make_unique<FakeWorker>(slug, path));
            }
        }
        front = std::make_unique<FrontProcess>(routes_in(folder), std::move(trusted_proxies));
    }
    HttpClient client() const { return HttpClient(front->port()); }
};

}  // namespace posta::test
