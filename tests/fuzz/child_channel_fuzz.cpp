// The lines between the supervisor and its children: what either side accepts it would write the
// same way.

#include "common/contracts/fields.h"
#include "common/contracts/front_contract.h"
#include "common/contracts/settings.h"
#include "tests/fuzz/target.h"

namespace posta::contracts {
namespace {

template <class Read>
void expect_same_when_written(std::string_view line, Read read) {
    const auto settings = read(line);
    if (!settings) {
        CHECK(!settings.error().message.empty());
        return;
    }
    const std::string written = to_line(*settings);
    CHECK(written.find('\n') == std::string::npos);
    const auto again = read(std::string_view(written));
    CHECK(again && to_line(*again) == written);
}

}  // namespace
}  // namespace posta::contracts

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::contracts;
    const std::string_view line = posta::fuzz::text_of(data, size);
    expect_same_when_written(line,
                             [](std::string_view text) { return worker_settings_from(text); });
    expect_same_when_written(line, [](std::string_view text) { return front_settings_from(text); });
    expect_same_when_written(line, [](std::string_view text) { return routes_from(text); });
    const auto report = object_from(line, "report");
    if (report) CHECK(report->kind() == posta::json::Kind::object);
    return 0;
}
