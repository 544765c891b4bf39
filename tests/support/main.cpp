// The entry of every test program: the crypto library first, then GoogleTest.

#include <gtest/gtest.h>

#include <csignal>

#include "common/base/random_id.h"

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    posta::start_crypto();
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
