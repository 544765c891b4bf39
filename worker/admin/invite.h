#pragma once
// `posta-server invite create|list|revoke`: links that pair one device with an identity.

#include <string>
#include <vector>

namespace posta::worker {

int invite_create(const std::vector<std::string>& words);
int invite_list(const std::vector<std::string>& words);
int invite_revoke(const std::vector<std::string>& words);

}  // namespace posta::worker
