#pragma once
// Owns a libuv handle whose C struct outlives the C++ owner.
//
// The struct is on the heap. Destroying the owner clears `data`, so that late callbacks find
// nobody, calls uv_close, and the close callback frees the struct on a later turn of the loop. An
// owner may therefore die anywhere, also inside its own callback. Only for handles whose uv_*_init
// succeeded.

#include <uv.h>

#include <memory>

namespace posta {

struct UvCloser {
    template <class T>
    void operator()(T* handle) const noexcept {
        auto* base = reinterpret_cast<uv_handle_t*>(handle);
        base->data = nullptr;
        uv_close(base, [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
    }
};

template <class T>
using UvHandle = std::unique_ptr<T, UvCloser>;

}  // namespace posta
