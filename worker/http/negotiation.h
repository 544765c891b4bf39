#pragma once
// Which form of the identity's URL a client wants (wire.md section 3). Pure.

#include <string_view>

namespace posta::worker {

enum class Form {
    document,  // the actor document, for programs
    page,      // the landing card, for people
};

// The page only when text/html is liked better than the document's types; everything else gets the
// document: no Accept, */*, a tie, and also a list that accepts neither, because programs that say
// nonsense are more useful with the document than with a refusal.
Form preferred_form(std::string_view accept);

// The quality (0 to 1000) that an Accept list gives `type`/`subtype`: the most specific range
// counts (RFC 9110 section 12.5.1). An empty list accepts everything.
int quality_of(std::string_view accept, std::string_view type, std::string_view subtype);

}  // namespace posta::worker
