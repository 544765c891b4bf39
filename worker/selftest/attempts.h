#pragma once
// What a taken-over worker would try, each attempt in all the ways that we know of, and the walls
// that are to refuse it: the table behind `posta-server selftest`.
//
// A way runs in a confined child of its own and must do no harm when it succeeds: signal 0, files
// that are taken away again, memory that is not touched.

#include <functional>
#include <string_view>
#include <vector>

#include "common/confine/confine.h"
#include "worker/selftest/scene.h"
#include "worker/selftest/verdict.h"

namespace posta::selftest {

struct Way {
    std::string_view name;
    std::function<int()> deed;  // 0: done; else the errno of the refusal
};

struct Attempt {
    std::string_view name;
    std::vector<Wall> walls;
    std::vector<Way> ways;
};

// Both for use while `targets` lives.
std::vector<Attempt> attempts_on_others(const Targets& targets);
std::vector<Attempt> attempts_on_the_system(const Confinement& limits);

}  // namespace posta::selftest
