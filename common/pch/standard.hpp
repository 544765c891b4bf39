// Parsed once for all sources of a layer, where the build has b_pch=true: the headers of the standard
// library that most of them include, and that cost more than the rest of a small source.
//
// No source may rely on it: each includes what it uses. The release build has no precompiled header and
// tests/checks/check-clang compiles every source and header without, so a forgotten include is found.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
