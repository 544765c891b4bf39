#include "supervisor/front/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "common/base/unique_fd.h"

namespace posta::supervisor {
namespace {

using manifest::AccessLog;

// An access log whose lines are read back.
class AccessLogTest : public ::testing::Test {
protected:
    AccessLogTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        reading_.reset(ends[0]);
        writing_.reset(ends[1]);
        sink_.emplace(clock_, "front", LogLevel::info, LogFormat::text, writing_.get());
        log_.emplace(*sink_);
    }

    std::string written() {
        std::array<char, 65536> bytes{};
        const ssize_t count = ::read(reading_.get(), bytes.data(), bytes.size());
        return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }

    AccessEntry entry(AccessLog mode) {
        AccessEntry one;
        one.mode = mode;
        one.picked = log_->pick(mode);
        one.tenant = "arne";
        one.client = "192.0.2.1";
        one.method = "GET";
        one.path = "/x";
        one.began_at = 1000;
        one.answer_bytes = 42;
        return one;
    }

    SystemClock clock_;
    UniqueFd reading_;
    UniqueFd writing_;
    std::optional<Log> sink_;
    std::optional<posta::supervisor::AccessLog> log_;
};

TEST_F(AccessLogTest, WritesOneLineARequest) {
    log_->write(entry(AccessLog::all), "id-1", {"answered", 200}, 1007);
    const std::string line = written();
    EXPECT_TRUE(
        line.ends_with(" info front: access tenant=arne request=id-1 client=192.0.2.1 "
                       "method=GET path=/x outcome=answered status=200 bytes=42 ms=7\n"))
        << line;
}

TEST_F(AccessLogTest, IsSilentWhenItIsOff) {
    log_->write(entry(AccessLog::off), "id-1", {"refused", 502}, 1007);
    EXPECT_EQ(written(), "");
}

TEST_F(AccessLogTest, SamplesOneOfAHundredAndTellsOfEachThatFailed) {
    std::size_t lines = 0;
    for (int number = 0; number < 300; ++number) {
        log_->write(entry(AccessLog::sampled), "id", {"answered", 200}, 1001);
        lines += written().empty() ? 0 : 1;
    }
    EXPECT_EQ(lines, 3U);
    entry(AccessLog::sampled);  // the next one that is picked

    log_->write(entry(AccessLog::sampled), "id", {"refused", 503}, 1001);
    EXPECT_NE(written(), "");
    log_->write(entry(AccessLog::sampled), "id", {"cut", 200}, 1001);
    EXPECT_NE(written(), "");
}

TEST_F(AccessLogTest, EscapesAndBoundsWhatAStrangerChose) {
    AccessEntry odd = entry(AccessLog::all);
    odd.path = "/a\n\x1b[31m" + std::string(5000, 'p');
    log_->write(odd, "id", {"answered", 200}, 1001);
    const std::string line = written();
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_LT(line.size(), 1000U);
}

}  // namespace
}  // namespace posta::supervisor
