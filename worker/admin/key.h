#pragma once
// `posta-server key list|rotate|remove`: the keys that an identity signs with.
//
// Rotation adds a key and publishes both; the newest signs. The old one is removed once peers have
// seen the new one (they keep an actor document for five minutes at most).

#include <string>
#include <vector>

namespace posta::worker {

int key_list(const std::vector<std::string>& words);
int key_rotate(const std::vector<std::string>& words);
int key_remove(const std::vector<std::string>& words);

}  // namespace posta::worker
