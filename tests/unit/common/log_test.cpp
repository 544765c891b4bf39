#include "common/base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/file.h"
#include "common/base/log_line.h"
#include "common/base/unique_fd.h"
#include "common/base/utf8.h"
#include "common/json/parse.h"
#include "tests/support/temp_folder.h"

namespace posta {
namespace {

constexpr WallTime kTime{std::chrono::milliseconds{1'747'051'200'123}};

class FixedClock final : public Clock {
public:
    WallTime now() const override { return kTime; }
    SteadyTime steady() const override { return {}; }
};

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
    Pipe() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
    std::string drain() const {
        std::string text(1 << 20, '\0');
        const ssize_t count = ::read(read_end.get(), text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }
};

TEST(LogLine, NamesTimeLevelSourceEventAndFields) {
    EXPECT_EQ(format_log_line(kTime, LogLevel::info, LogFormat::text, "arne", "started",
                              {{"pid", 12}, {"why", "a b"}}),
              "2025-05-12T12:00:00.123Z info arne: started pid=12 why=\"a b\"");
    EXPECT_EQ(
        format_log_line(kTime, LogLevel::warn, LogFormat::json, "arne", "started", {{"pid", 12}}),
        R"({"time":"2025-05-12T12:00:00.123Z","level":"warn","source":"arne",)"
        R"("event":"started","pid":"12"})");
}

TEST(LogLine, StaysOneLineWhateverAValueHolds) {
    const std::string hostile("a\n2025 error arne: forged\r\x1b[31m\"\\\0", 34);
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        const std::string line = format_log_line(kTime, LogLevel::info, format, "arne", hostile,
                                                 {{"value", std::string_view(hostile)}});

        for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
    }
}

// A terminal obeys C1 controls too, and JSON with broken UTF-8 is read by nobody.
TEST(LogLine, IsUtf8WithoutControlsWhateverAValueHolds) {
    const std::string_view hostile =
        "\xff \xc2\x9b"
        "31m \xc3\xa9 \xc3";
    EXPECT_EQ(format_log_line(kTime, LogLevel::info, LogFormat::text, "arne", "seen",
                              {{"value", hostile}}),
              "2025-05-12T12:00:00.123Z info arne: seen "
              "value=\"\\ufffd \\u009b31m \xc3\xa9 \\ufffd\"");
    EXPECT_TRUE(json::parse(format_log_line(kTime, LogLevel::info, LogFormat::json, "arne", "seen",
                                            {{"value", hostile}})));
}

TEST(Log, CutsBetweenCharacters) {
    const FixedClock clock;
    std::string many;
    while (many.size() < 8000) many += "\xe2\x82\xac";
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        for (const std::string shift : {"", "x", "xx"}) {
            const Pipe pipe;
            Log log(clock, "arne", LogLevel::info, format, pipe.write_end.get());
            log.info(shift + many);
            EXPECT_TRUE(is_utf8(pipe.drain()));
        }
    }
}

TEST(LogLine, OfTooMuchStillNamesItsSource) {
    const std::string much(10'000, '"');
    const std::array<LogField, 1> fields{{{"value", std::string_view(much)}}};
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        const std::string line =
            bounded_log_line({kTime, LogLevel::info, "arne", "x", fields}, format);

        EXPECT_LE(line.size(), 4096U);
        EXPECT_NE(line.find("arne"), std::string::npos);
        EXPECT_TRUE(format == LogFormat::text || json::parse(line)) << line;
    }
}

TEST(Log, WritesNothingBelowItsLevel) {
    const FixedClock clock;
    const Pipe pipe;
    Log log(clock, "front", LogLevel::warn, LogFormat::text, pipe.write_end.get());

    log.info("quiet");
    log.error("loud");

    EXPECT_EQ(pipe.drain(), "2025-05-12T12:00:00.123Z error front: loud\n");
}

TEST(Log, CutsALineThatAPipeWouldNotTakeWhole) {
    const FixedClock clock;
    const Pipe pipe;
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        Log log(clock, "front", LogLevel::info, format, pipe.write_end.get());

        log.info(std::string(10'000, '"'));

        const std::string text = pipe.drain();
        EXPECT_LE(text.size(), 4096U);
        EXPECT_NE(text.find("cut"), std::string::npos);
        EXPECT_EQ(text.back(), '\n');
    }
}

TEST(Log, NeverBlocksOnAFullPipeAndCountsWhatWasLost) {
    const FixedClock clock;
    const Pipe pipe;
    Log log(clock, "front", LogLevel::info, LogFormat::text, pipe.write_end.get());
    const std::string filler(3000, 'x');
    for (const std::size_t piece : {filler.size(), std::size_t{1}}) {
        while (::write(pipe.write_end.get(), filler.data(), piece) > 0) {
        }
    }

    log.info(filler);
    log.info(filler);
    static_cast<void>(pipe.drain());
    log.info("after");

    const std::string text = pipe.drain();
    EXPECT_NE(text.find("log lines were lost count=2"), std::string::npos) << text;
    EXPECT_NE(text.find("front: after"), std::string::npos) << text;
}

// No file grows beyond so many bytes while this lives; what does not fit is cut off, as on a disk
// that fills.
class FileLimit {
public:
    explicit FileLimit(rlim_t bytes) {
        EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
        const rlimit limit{bytes, before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    ~FileLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST(Log, LeavesNoHalfLineInAFileThatCannotGrow) {
    const FixedClock clock;
    // Also where others do not append: standard error that a shell has opened.
    for (const int mode : {O_APPEND, 0}) {
        const posta::testing::TempFolder folder;
        const std::string path = folder / "log";
        const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0600));
        Log log(clock, "arne", LogLevel::info, LogFormat::json, file.get());
        {
            const FileLimit limit(1000);
            for (int number = 0; number < 20; ++number) log.info("full", {{"number", number}});
        }
        log.info("after");

        std::istringstream lines(*read_file(path, 1 << 20));
        std::vector<std::string> events;
        for (std::string line; std::getline(lines, line);) {
            const auto entry = json::parse(line);
            ASSERT_TRUE(entry) << line;
            events.emplace_back(*entry.value().find("event")->string());
        }
        ASSERT_GT(events.size(), 3U);
        EXPECT_EQ(events.back(), "after");
        EXPECT_EQ(events.at(events.size() - 2), "log lines were lost");
        EXPECT_EQ(events.front(), "full");
    }
}

TEST(Log, TakesNothingBackThatIsBeforeTheLineOfAnother) {
    const FixedClock clock;
    const posta::testing::TempFolder folder;
    const std::string path = folder / "log";
    const std::string others(995, 'x');
    std::ofstream(path) << others;
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC, 0600));  // from its beginning
    Log log(clock, "arne", LogLevel::info, LogFormat::json, file.get());
    ASSERT_EQ(::lseek(file.get(), 900, SEEK_SET), 900);
    {
        const FileLimit limit(950);
        log.info("full");
    }

    EXPECT_EQ(std::filesystem::file_size(path), others.size());
}

}  // namespace
}  // namespace posta
