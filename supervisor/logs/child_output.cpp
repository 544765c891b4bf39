#include "supervisor/logs/child_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "supervisor/logs/child_line.h"

namespace posta::supervisor {

using std::chrono_literals::operator""ms;

Result<std::pair<UniqueFd, UniqueFd>> output_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return error_from_errno(errno, "cannot make a pipe");
    return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

ChildOutput::ChildOutput(EventLoop& loop, UniqueFd reading_end, ChildOutputOwner& owner)
    : loop_(loop),
      owner_(owner),
      lines_(kMaxChildLineBytes),
      stream_(loop, std::move(reading_end), SocketKind::pipe, *this) {
    stream_.start_reading();
}

void ChildOutput::on_bytes(std::string_view bytes) {
    take(bytes);
    // One burst of the emptiest lines is not paid for over minutes.
    allowance_ = std::max(allowance_, -kBurstBytes);
    // Until the next refill; one that has not used up its burst needs none.
    if (allowance_ < kBurstBytes / 2 && !(refill_ && refill_->active())) refill_later();
    if (allowance_ <= 0) stream_.stop_reading();
}

void ChildOutput::take(std::string_view bytes) {
    lines_.add(bytes);
    allowance_ -= static_cast<std::int64_t>(bytes.size());
    while (const auto line = lines_.next()) {
        allowance_ -=
            std::max<std::int64_t>(0, kLeastLineBytes - static_cast<std::int64_t>(line->size()));
        owner_.on_output_line(*this, *line);
    }
}

void ChildOutput::refill() {
    allowance_ = std::min(kBurstBytes, allowance_ + kBytesPerSecond);
    if (allowance_ < kBurstBytes) refill_later();
    if (allowance_ > 0) stream_.start_reading();
}

void ChildOutput::refill_later() {
    if (!refill_) refill_.emplace(loop_, [this] { refill(); });
    refill_->start_once(1000ms);
}

void ChildOutput::on_end() {
    // What a dying process wrote last may lack its newline.
    take("\n");
    owner_.on_output_end(*this);
}

void ChildOutput::drain() {
    constexpr int kMostReads = 32;
    stream_.stop_reading();
    std::array<char, 65536> buffer{};
    for (int reads = 0; reads < kMostReads; ++reads) {
        const ssize_t count = ::read(stream_.fd(), buffer.data(), buffer.size());
        if (count <= 0) return;
        take({buffer.data(), static_cast<std::size_t>(count)});
    }
}

}  // namespace posta::supervisor
