#include "common/base/footprint.h"

#include <pthread.h>
#include <sys/resource.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <cstddef>

namespace posta {

namespace {

// A look-up of a name is the one that needs most of it.
[[maybe_unused]] constexpr std::size_t kStackBytes = 1024 * 1024;

#if defined(__GLIBC__)
// Of threads that others begin: libcurl takes the default, libuv the limit of the process.
void make_stacks_small() {
    pthread_attr_t attributes;
    if (::pthread_attr_init(&attributes) != 0) return;
    if (::pthread_attr_setstacksize(&attributes, kStackBytes) == 0)
        (void)::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);
    rlimit limit{};
    if (::getrlimit(RLIMIT_STACK, &limit) != 0) return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, kStackBytes);
    (void)::setrlimit(RLIMIT_STACK, &limit);
}
#endif

}  // namespace

void keep_footprint_small() {
#if defined(__GLIBC__)
    make_stacks_small();
    // Without a number of ours glibc raises both for good with the first large block that is freed.
    ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
#endif
}

void give_back_free_memory() {
#if defined(__GLIBC__)
    ::malloc_trim(0);
#endif
}

}  // namespace posta
