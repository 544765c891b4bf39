// Parsed once for all sources of a test program; common/pch/standard.hpp says what that is.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "common/pch/standard.hpp"
