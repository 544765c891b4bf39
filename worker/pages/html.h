#pragma once
// Text in HTML, and the small templates that our pages are. Pure.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posta::worker::pages {

// For element content and quoted attribute values alike. Bytes that HTML has no place for (control
// characters but tab and line ends) become U+FFFD.
std::string escape(std::string_view text);

// Puts values into a template: `{{name}}` is the escaped value; `{{#name}}...{{/name}}` stays only
// when the value is not empty, and may not be nested in itself. Values are never read as templates.
// A template that names something else is a bug of ours.
using Values = std::vector<std::pair<std::string_view, std::string>>;
std::string fill(std::string_view page, const Values& values);

}  // namespace posta::worker::pages
