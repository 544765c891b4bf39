#pragma once
// Pieces of one read that stand side by side, gathered so that they leave in one write. Pure.

#include <string_view>

namespace posta::supervisor {

class WireRun {
public:
    // False when the piece does not continue the run: send what is there, clear, add again.
    bool add(std::string_view piece) {
        if (run_.empty()) {
            run_ = piece;
            return true;
        }
        if (run_.data() + run_.size() != piece.data()) return piece.empty();
        run_ = {run_.data(), run_.size() + piece.size()};
        return true;
    }
    std::string_view bytes() const { return run_; }
    void clear() { run_ = {}; }

private:
    std::string_view run_;
};

}  // namespace posta::supervisor
