#include "common/base/rfc3339.h"

#include <array>
#include <cstdio>

namespace posta {

std::string format_time(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
                  static_cast<long>(clock.minutes().count()),
                  static_cast<long>(clock.seconds().count()),
                  static_cast<long>(clock.subseconds().count()));
    return text.data();
}

namespace {

// Reads a text from the left, piece by piece; once one is wrong, everything after it is too.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    // Exactly `count` digits, their value at most `most`.
    int number(std::size_t count, int most) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value * 10 + digit();
        if (value > most) good_ = false;
        return value;
    }
    void expect(char lower_case) {
        if (rest_.empty() || lower(rest_.front()) != lower_case) {
            good_ = false;
        } else {
            rest_.remove_prefix(1);
        }
    }
    bool next_is(char lower_case) const {
        return good_ && !rest_.empty() && lower(rest_.front()) == lower_case;
    }
    bool next_is_digit() const {
        return good_ && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }
    bool read_all() const { return good_ && rest_.empty(); }

private:
    static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

    int digit() {
        if (!next_is_digit()) {
            good_ = false;
            return 0;
        }
        const int value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool good_ = true;
};

std::chrono::milliseconds read_fraction(Scanner& scanner) {
    if (!scanner.next_is('.')) return {};
    scanner.expect('.');
    int milliseconds = scanner.number(1, 9) * 100;
    for (int weight = 10; weight > 0 && scanner.next_is_digit(); weight /= 10) {
        milliseconds += scanner.number(1, 9) * weight;
    }
    while (scanner.next_is_digit()) scanner.number(1, 9);
    return std::chrono::milliseconds(milliseconds);
}

// What has to be taken from the local time to get UTC.
std::chrono::minutes read_offset(Scanner& scanner) {
    if (scanner.next_is('z')) {
        scanner.expect('z');
        return {};
    }
    const bool behind = scanner.next_is('-');
    scanner.expect(behind ? '-' : '+');
    const std::chrono::hours hours(scanner.number(2, 23));
    scanner.expect(':');
    const std::chrono::minutes offset = hours + std::chrono::minutes(scanner.number(2, 59));
    return behind ? -offset : offset;
}

}  // namespace

std::optional<WallTime> parse_time(std::string_view text) {
    using namespace std::chrono;
    Scanner scanner(text);
    const year in_year(scanner.number(4, 9999));
    scanner.expect('-');
    const month in_month(static_cast<unsigned>(scanner.number(2, 12)));
    scanner.expect('-');
    const day on_day(static_cast<unsigned>(scanner.number(2, 31)));
    scanner.expect('t');
    const hours hour(scanner.number(2, 23));
    scanner.expect(':');
    const minutes minute(scanner.number(2, 59));
    scanner.expect(':');
    const int second = scanner.number(2, 60);
    const milliseconds fraction = read_fraction(scanner);
    const minutes offset = read_offset(scanner);

    const year_month_day date(in_year, in_month, on_day);
    if (!scanner.read_all() || !date.ok()) return std::nullopt;
    const WallTime whole_minute = sys_days(date) + hour + minute - offset;
    if (second < 60) return whole_minute + seconds(second) + fraction;
    // A leap second is the last of a day in UTC.
    if (whole_minute - floor<days>(whole_minute) != hours(23) + minutes(59)) return std::nullopt;
    return whole_minute + seconds(59) + fraction;
}

}  // namespace posta
