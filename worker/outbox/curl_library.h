#pragma once
// libcurl, loaded when the first request is made.
//
// It brings a dozen libraries with it (OpenSSL, Kerberos, LDAP, ...), whose start-up takes most of
// a worker's start and 0.8 MiB of memory that no other process shares. Most workers on a full
// machine are idle and never speak to a peer. So the program is not linked to it: the functions of
// <curl/curl.h> that we use are defined here and pass the call on. Those with any number of
// arguments cannot do that, and are handed out.
//
// Works inside the sandbox: the directories of libraries are readable there, and their code may be
// mapped but not changed.

#include <curl/curl.h>

#include "common/base/result.h"

namespace posta::worker {

// `unavailable`: it is not installed. Without this the first call of a function ends the process.
Result<void> load_curl();

using EasySetopt = CURLcode (*)(CURL*, CURLoption, ...);
using EasyGetinfo = CURLcode (*)(CURL*, CURLINFO, ...);
using MultiSetopt = CURLMcode (*)(CURLM*, CURLMoption, ...);
EasySetopt easy_setopt();
EasyGetinfo easy_getinfo();
MultiSetopt multi_setopt();

}  // namespace posta::worker
