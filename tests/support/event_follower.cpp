#include "tests/support/event_follower.h"

#include "common/json/parse.h"
#include "tests/support/event_reader.h"
#include "tests/support/http_client.h"

namespace posta::test {

EventFollower::EventFollower(int port, std::string slug, std::string token)
    : port_(port), slug_(std::move(slug)), token_(std::move(token)), thread_([this] { run(); }) {}

EventFollower::~EventFollower() {
    stopping_ = true;
    thread_.join();
}

EventFollower::Seen EventFollower::seen() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return seen_;
}

std::string EventFollower::request(const std::string& path, const std::string& more) const {
    return "GET /api/v1" + path + " HTTP/1.1\r\nHost: " + slug_ +
           ".test\r\nAuthorization: Bearer " + token_ + "\r\n" + more + "\r\n";
}

void EventFollower::run() {
    while (!stopping_) follow_once();
}

void EventFollower::follow_once() {
    EventReader reader(connect_loopback(port_));
    const std::string last = std::to_string(last_id_);
    const int status =
        reader.open(request("/events", last_id_ == 0 ? "" : "Last-Event-ID: " + last + "\r\n"));
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        ++(status == 200 ? seen_.streams : seen_.refused);
    }
    while (status == 200 && !stopping_) {
        const auto event = reader.next(std::chrono::milliseconds(100));
        if (!event && (reader.cut() || reader.ended_whole())) break;
        if (!event) continue;
        std::set<std::string> contacts;
        if (event->name == "resync") {
            HttpClient client(port_);
            const std::string body = client.ask(request("/contacts", "")).body;
            const auto list = json::parse(body);
            if (list && list->find("contacts") != nullptr)
                for (const json::Value& contact : list->find("contacts")->elements())
                    contacts.emplace(*contact.find("url")->string());
        } else if (event->name == "contact-changed") {
            contacts.emplace(*json::parse(event->data)->find("url")->string());
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        seen_.contacts.merge(contacts);
        if (event->name == "resync") ++seen_.resyncs;
        seen_.ids_grow = seen_.ids_grow && event->id > last_id_;
        last_id_ = event->id;
        if (event->name == "ready") ready_ = true;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (reader.ended_whole()) ++seen_.whole;
    if (reader.cut()) ++seen_.cut;
}

}  // namespace posta::test
