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
                       "method=GET path=/x outcome=answered status=200 reason=- bytes=42 ms=7\n"))
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

TEST_F(AccessLogTest, IsNeverCutByWhatHasToBeEscaped) {
    AccessEntry stranger = entry(AccessLog::all);
    stranger.tenant.clear();
    stranger.host = std::string(400, '\xff');
    stranger.method = std::string(400, '\x01');
    stranger.path = std::string(4000, '\xfe');
    log_->write(stranger, std::string(128, 'i'), {"refused", 404}, 1007);
    const std::string line = written();
    EXPECT_LT(line.size(), 2000U);
    EXPECT_TRUE(line.ends_with(" outcome=refused status=404 left_out=0\n")) << line;
}

TEST_F(AccessLogTest, TellsOfRequestsThatAreNobodysWithTheHostThatWasAskedFor) {
    AccessEntry stranger = entry(AccessLog::all);
    stranger.tenant.clear();
    stranger.host = "scanner.test";
    log_->write(stranger, "id-1", {"refused", 404}, 1007);
    const std::string line = written();
    EXPECT_TRUE(line.ends_with(
        " info front: access tenant=- host=scanner.test request=id-1 client=192.0.2.1 "
        "method=GET path=/x outcome=refused status=404 left_out=0\n"))
        << line;
}

TEST_F(AccessLogTest, TellsOfWhatIsNoRequestOnlyWhenItIsToTellOfStrangers) {
    log_->write_fault("192.0.2.1", {"refused", 400}, "a bare LF", 1000);
    EXPECT_EQ(written(), "");

    log_->set_strangers(AccessLog::all);
    log_->write_fault("192.0.2.1", {"refused", 400}, "a bare LF", 1000);
    EXPECT_TRUE(
        written().ends_with(" info front: access tenant=- client=192.0.2.1 outcome=refused "
                            "status=400 reason=\"a bare LF\" left_out=0\n"));
}

TEST_F(AccessLogTest, TellsOfFewStrangersASecondAndCountsTheOthers) {
    log_->set_strangers(AccessLog::all);
    std::size_t lines = 0;
    for (int number = 0; number < 300; ++number) {
        log_->write_fault("192.0.2.1", {"refused", 400}, "why", 5000);
        lines += written().empty() ? 0 : 1;
    }
    EXPECT_EQ(lines, 20U);
    log_->write(entry(AccessLog::all), "id", {"answered", 200}, 5001);
    EXPECT_NE(written(), "") << "a tenant's lines are not theirs";
    log_->write_fault("192.0.2.1", {"refused", 400}, "why", 6000);
    EXPECT_NE(written().find("left_out=280\n"), std::string::npos);
}

}  // namespace
}  // namespace posta::supervisor
