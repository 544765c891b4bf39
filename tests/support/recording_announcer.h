#pragma once
// Notes the events that it is told, one a line: "outbound-state {...}".

#include <string>

#include "worker/events/event.h"

namespace posta::testing {

class RecordingAnnouncer final : public worker::Announcer {
public:
    std::string told;

    Result<void> announce(worker::Event event) override {
        told.append(name_of(event.kind)).append(" ").append(event.text).append("\n");
        return {};
    }
};

}  // namespace posta::testing
