#include "worker/http/negotiation.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

TEST(Negotiation, GivesBrowsersThePage) {
    EXPECT_EQ(preferred_form("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
              Form::page);
    EXPECT_EQ(preferred_form("text/html"), Form::page);
    EXPECT_EQ(preferred_form("TEXT/HTML ; Q=0.1"), Form::page);
    EXPECT_EQ(preferred_form("text/*"), Form::page);
}

TEST(Negotiation, GivesProgramsTheDocument) {
    for (const char* accept : {"", "*/*", "application/posta+json", "application/json",
                               "application/*", "application/posta+json, text/html",
                               "text/html;q=0.5, application/json", "text/html;q=0.2, */*;q=0.3"})
        EXPECT_EQ(preferred_form(accept), Form::document) << accept;
}

TEST(Negotiation, GivesTheDocumentWhenNothingIsAcceptable) {
    EXPECT_EQ(preferred_form("image/png"), Form::document);
    EXPECT_EQ(preferred_form("text/html;q=0"), Form::document);
    EXPECT_EQ(preferred_form(";;,,/"), Form::document);
}

TEST(Negotiation, LetsTheMostSpecificRangeDecide) {
    EXPECT_EQ(quality_of("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text", "html"), 700);
    EXPECT_EQ(quality_of("text/*;q=0.3, */*;q=0.5", "text", "html"), 300);
    EXPECT_EQ(quality_of("text/html;q=0, */*", "text", "html"), 0);
    EXPECT_EQ(quality_of("text/html;q=0.5, text/html;level=1", "text", "html"), 1000);
}

TEST(Negotiation, ReadsQualitiesStrictly) {
    EXPECT_EQ(quality_of("text/html;q=0.125", "text", "html"), 125);
    EXPECT_EQ(quality_of("text/html;q=1.000", "text", "html"), 1000);
    EXPECT_EQ(quality_of("text/html;q=1.", "text", "html"), 1000);
    for (const char* accept : {"text/html;q=1.001", "text/html;q=2", "text/html;q=-1",
                               "text/html;q=", "text/html;q=0.1234", "text/html;q=.5"})
        EXPECT_EQ(quality_of(accept, "text", "html"), 0) << accept;
}

}  // namespace
}  // namespace posta::worker
