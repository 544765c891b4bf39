#include "worker/store/gathered_writes.h"

#include <cstring>
#include <new>

#include "common/base/check.h"

namespace posta::store {

int GatheredWrites::write(const void* bytes, int count, sqlite3_int64 at) {
    if (at != begin_ + count_ || count > kMostBytes - count_) {
        if (const int code = flush(); code != SQLITE_OK) return code;
    }
    if (!bytes_) bytes_.reset(new (std::nothrow) char[kMostBytes]);
    // Not gathering is slower and nothing else.
    if (!bytes_ || count > kMostBytes) return file_->pMethods->xWrite(file_, bytes, count, at);
    if (count_ == 0) begin_ = at;
    std::memcpy(bytes_.get() + count_, bytes, static_cast<std::size_t>(count));
    count_ += count;
    return SQLITE_OK;
}

int GatheredWrites::flush() {
    if (count_ == 0) return SQLITE_OK;
    const int code = file_->pMethods->xWrite(file_, bytes_.get(), count_, begin_);
    if (code == SQLITE_OK) count_ = 0;
    return code;
}

void GatheredWrites::release() {
    CHECK(count_ == 0);
    bytes_.reset();
}

}  // namespace posta::store
