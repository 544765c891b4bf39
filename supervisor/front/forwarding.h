#pragma once
// Heads as they leave the front: which fields are passed on, dropped and set. Pure.
//
// To the worker: the request line and every field as they came, except
// - what concerns one connection only (Connection and what it lists, Keep-Alive, TE, Upgrade unless
//   it is asked for, Proxy-Connection),
// - what says where a request came from (X-Forwarded-*, Forwarded, X-Real-IP): a stranger's word.
//   A trusted proxy's X-Forwarded-For is kept and extended, its -Proto and -Host are kept.
// - X-Request-Id: set by us, see request_id.h.
// To the client: the same, and our own Connection.
//
// Host, Content-Length and Transfer-Encoding are never dropped: a Connection that lists them has
// been refused with the request (request_rules.h). Bodies are forwarded as they stand on the wire.

#include <string>

#include "common/http/head.h"
#include "supervisor/front/cidr.h"

namespace posta::supervisor {

// Who is at the other end of a client connection.
struct ClientPeer {
    IpAddress address;
    std::string text;
    bool trusted = false;  // one of trusted_proxies
};

// Appends the head, final empty line included.
void write_request_head(const http::RequestHead& head, const ClientPeer& peer,
                        const AddressSet& trusted_proxies, std::string_view request_id,
                        std::string& text);

// Whose request it is: the address of the client that trusted proxies have it from.
std::string origin_of(const http::RequestHead& head, const ClientPeer& peer,
                      const AddressSet& trusted_proxies);

struct AnswerStyle {
    bool close = false;       // the connection ends with this answer
    bool old_client = false;  // HTTP/1.0: staying open must be said
};
void write_answer_head(const http::ResponseHead& head, AnswerStyle style, std::string& text);
// What would be written is what came, byte for byte.
bool passes_unchanged(const http::ResponseHead& head, AnswerStyle style);

// Of the chain of addresses that a request came through, the nearest one that is no trusted proxy.
std::string client_address(std::string_view forwarded_for, const ClientPeer& peer,
                           const AddressSet& trusted_proxies);

}  // namespace posta::supervisor
