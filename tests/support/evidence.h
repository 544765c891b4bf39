#pragma once
// What tests leave behind for tests/support/check-evidence: the logs of the servers that they ran,
// and every secret that these servers knew. None of the secrets may stand in any of the logs.
//
// Into the directory that POSTA_TEST_EVIDENCE names; without it nothing is kept.

#include <string>
#include <string_view>

namespace posta::test {

void keep_log(std::string_view text);

// `kind` is "token", "invite", "key" or "payload".
void record_secret(std::string_view kind, std::string_view secret);

// Tokens and invites in what a command printed.
void record_secrets_in(std::string_view output);
// The private keys of a keys.json; nothing when there is no such file.
void record_keys_of(const std::string& path);

}  // namespace posta::test
