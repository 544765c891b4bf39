#pragma once
// Output compared whole with a file of tests/data, so that a change of wording is seen and chosen.
//
// With POSTA_ACCEPT=1 in the environment the file is rewritten, and the test fails all the same:
// the new text must be looked at and the run repeated.

#include <string>
#include <string_view>

namespace posta::test {

// `name` below tests/data: "manifest/typos.expected". Adds a test failure when they differ.
void expect_golden(std::string_view actual, const std::string& name);

// The bytes of a file below tests/data; a test failure and "" when it is not there.
std::string test_data(const std::string& name);

}  // namespace posta::test
