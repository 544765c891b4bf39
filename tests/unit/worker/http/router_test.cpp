#include "worker/http/router.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

Result<Response> never(App&, const Request&) { return Response::empty(500); }

constexpr Route kTable[] = {
    {"GET", "", Access::anyone, 0, never},
    {"POST", "", Access::anyone, 65536, never},
    {"GET", "/setup", Access::anyone, 0, never},
    {"GET", "/api/v1/tokens", Access::caller, 0, never},
    {"DELETE", "/api/v1/tokens/{id}", Access::caller, 0, never},
    {"POST", "/api/v1/messages/{rowId}/retry", Access::caller, 0, never},
    {"GET", "/avatar-{name}", Access::anyone, 0, never},
};

Found find(std::string_view base, std::string_view method, std::string_view path) {
    return Router(kTable, std::string(base)).find(method, path);
}

TEST(Router, FindsTheIdentityAtTheRoot) { EXPECT_EQ(find("", "GET", "").route, &kTable[0]); }

TEST(Router, FindsTheIdentityAtItsPathAndNowhereElse) {
    EXPECT_EQ(find("/inbox", "GET", "/inbox").route, &kTable[0]);
    EXPECT_EQ(find("/inbox", "GET", "").route, nullptr);
    EXPECT_EQ(find("/inbox", "GET", "").allow, "");
    EXPECT_EQ(find("/inbox", "GET", "/inboxes").route, nullptr);
}

TEST(Router, AnswersBelowTheIdentityAndAtTheRoot) {
    const Found below = find("/inbox", "GET", "/inbox/setup");
    const Found root = find("/inbox", "GET", "/setup");

    EXPECT_EQ(below.route, &kTable[2]);
    EXPECT_EQ(below.base, "/inbox");
    EXPECT_EQ(root.route, &kTable[2]);
    EXPECT_EQ(root.base, "");
}

TEST(Router, FindsHeadWhereGetAnswers) {
    EXPECT_EQ(find("", "HEAD", "/setup").route, &kTable[2]);
    EXPECT_EQ(find("", "HEAD", "/api/v1/tokens/7").route, nullptr);
}

TEST(Router, NamesTheMethodsOfAPath) {
    EXPECT_EQ(find("", "PUT", "").allow, "GET, HEAD, POST");
    EXPECT_EQ(find("", "GET", "/api/v1/tokens/7").allow, "DELETE");
    EXPECT_EQ(find("/inbox", "PUT", "/api/v1/tokens").allow, "GET, HEAD");
}

TEST(Router, ComparesMethodsWithCase) { EXPECT_EQ(find("", "get", "").route, nullptr); }

TEST(Router, TakesParametersOutOfThePath) {
    const Found found = find("", "POST", "/api/v1/messages/17/retry");

    ASSERT_EQ(found.route, &kTable[5]);
    EXPECT_EQ(found.parameters, std::vector<std::string>{"17"});
    EXPECT_EQ(find("", "GET", "/avatar-abc.png").parameters, std::vector<std::string>{"abc.png"});
}

TEST(Router, WantsParametersThatAreNotEmpty) {
    EXPECT_EQ(find("", "DELETE", "/api/v1/tokens/").route, nullptr);
    EXPECT_EQ(find("", "GET", "/avatar-").route, nullptr);
    EXPECT_EQ(find("", "POST", "/api/v1/messages//retry").route, nullptr);
}

TEST(Router, KnowsNoOtherPath) {
    for (const char* path : {"/Setup", "/setup/x", "//setup", "/api", "/api/v1/messages/1/2/retry"})
        EXPECT_EQ(find("", "GET", path).route, nullptr) << path;
}

}  // namespace
}  // namespace posta::worker
