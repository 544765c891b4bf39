#include "worker/handlers/verifier.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace posta::worker {

void Verifier::add(const wire::PublicKey& key, const wire::Signature& signature,
                   std::shared_ptr<const std::string> body, OnVerified on_verified) {
    gathered_.push_back({key, signature, std::move(body), std::move(on_verified)});
}

void Verifier::hand_over() {
    Job all = std::exchange(gathered_, {});
    const std::size_t share = (all.size() + kThreads - 1) / kThreads;
    const auto size = static_cast<std::ptrdiff_t>(std::min(share, kMostOfAJob));
    for (auto begin = all.begin(); begin != all.end();) {
        const auto end = begin + std::min(size, all.end() - begin);
        run(Job(std::make_move_iterator(begin), std::make_move_iterator(end)));
        begin = end;
    }
}

void Verifier::run(Job job) {
    auto shared = std::make_shared<Job>(std::move(job));
    ++jobs_;
    loop_.run_in_pool(
        [shared] {
            for (Item& item : *shared)
                item.valid = wire::verify(item.key, item.signature, *item.body);
        },
        [this, shared, alive = std::weak_ptr<bool>(alive_)] {
            if (alive.expired()) return;
            --jobs_;
            for (const Item& item : *shared) {
                if (alive.expired()) return;
                item.on_verified(item.valid);
            }
        });
}

}  // namespace posta::worker
