#pragma once
// Who makes a request of the client API: the device that holds one of the identity's tokens.

#include <cstdint>
#include <string>

namespace posta::worker {

struct Caller {
    std::int64_t token_id = 0;
    std::string name;              // of the device, as given when the token was made
    bool unseen_for_long = false;  // the last-seen time that is kept is due to be written
};

}  // namespace posta::worker
