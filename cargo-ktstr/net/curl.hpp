// libcurl's handles and error codes, for http.cpp alone.
#pragma once

#include "cargo-ktstr/net/route.hpp"
#include "ktstr-runner/base/result.hpp"

#include <curl/curl.h>

#include <memory>
#include <string_view>

namespace ktstr::net {

struct FreeEasy {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

struct FreeHeaders {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Easy = std::unique_ptr<CURL, FreeEasy>;
using HeaderList = std::unique_ptr<curl_slist, FreeHeaders>;

// Starts the library with the first. Empty when there is no memory.
Easy make_easy();

// curl_easy_perform, in which a connection closed by the other end raises no SIGPIPE.
CURLcode perform(CURL* curl);

// Whether another attempt may fare better: connections that fail or break, and silence. `os_error`
// is that of the last connect(2), 0 for none. On a host without a route a name that does not
// resolve and a network that cannot be reached are final.
bool is_transient(CURLcode code, int os_error, Route route);

// What the code means, with libcurl's own words where it has any; no secrets of URLs.
Error failure_of(CURLcode code, std::string_view words);

} // namespace ktstr::net
