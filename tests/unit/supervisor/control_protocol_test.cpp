#include "supervisor/control/control_protocol.h"

#include <gtest/gtest.h>

#include "common/json/parse.h"

namespace posta::supervisor {
namespace {

TEST(ControlProtocol, TakesWordsAndJsonAlike) {
    for (const std::string_view line :
         {"restart arne --now", "  restart  arne   --now ", "restart --now arne\r",
          R"({"command":"restart","words":["arne","--now"]})"}) {
        const Result<ControlRequest> request = parse_control_request(line);

        ASSERT_TRUE(request) << line;
        EXPECT_EQ(request->command->name, "restart");
        EXPECT_EQ(request->word(0), "arne");
        EXPECT_EQ(request->word(1), "");
        EXPECT_TRUE(request->has_option("--now"));
    }
}

TEST(ControlProtocol, TellsOptionsWithAValueFromThoseWithout) {
    for (const std::string_view line : {"logs arne -f -n 20", "logs -n 20 -f arne"}) {
        const Result<ControlRequest> request = parse_control_request(line);

        ASSERT_TRUE(request) << line;
        EXPECT_EQ(request->word(0), "arne");
        EXPECT_TRUE(request->has_option("-f"));
        EXPECT_EQ(request->option("-n"), "20");
    }
}

TEST(ControlProtocol, RefusesWhatIsNoRequestAndSaysWhatWouldBe) {
    for (const std::string_view line : {"",
                                        "   ",
                                        "surrender",
                                        "restart",
                                        "restart a b",
                                        "status --now",
                                        "restart a --soon",
                                        "restart a --now --now",
                                        "reload now",
                                        "logs a -n",
                                        "logs a -f -f",
                                        "logs a -x",
                                        "status \x01",
                                        "{",
                                        "{}",
                                        "[]",
                                        R"({"command":1})",
                                        R"({"command":"status","words":"arne"})",
                                        R"({"command":"status","slug":"arne"})",
                                        R"({"command":"status"} x)"}) {
        const Result<ControlRequest> request = parse_control_request(line);

        ASSERT_FALSE(request) << line;
        EXPECT_EQ(request.error().code, ErrorCode::invalid);
    }
    EXPECT_NE(parse_control_request("surrender").error().message.find("restart"),
              std::string::npos);
    EXPECT_NE(parse_control_request("restart").error().message.find("SLUG [--now]"),
              std::string::npos);
}

TEST(ControlProtocol, NamesTheCommandOfARefusalToo) {
    const std::pair<std::string, std::string> kLines[] = {
        {"restart", "restart"},
        {"  wait arne bogus 5\r", "wait"},
        {"surrender now", "surrender"},
        {std::string(70, 'x'), std::string(64, 'x')},
        {R"({"command":"status","slug":"arne"})", "status"},
        {R"({"command":"surrender"})", "surrender"},
        {"", ""},
        {"status \x01", ""},
        {"{}", ""},
        {R"({"command":1})", ""},
        {"{", ""},
    };
    for (const auto& [line, name] : kLines) EXPECT_EQ(command_named_by(line), name) << line;
}

TEST(ControlProtocol, KnowsEachOfItsCommandsWithTheFewestWords) {
    for (const ControlCommand& command : control_commands()) {
        std::string line(command.name);
        for (std::size_t count = 0; count < command.least_words; ++count) line += " word";

        EXPECT_TRUE(parse_control_request(line)) << line;
    }
}

TEST(ControlProtocol, AnswersWithOneObjectOfOneSchema) {
    EXPECT_EQ(control_answer("version", R"({"version":"1"})"),
              R"({"ok":true,"schema":1,"command":"version","result":{"version":"1"}})");
    EXPECT_EQ(control_refusal("stop", {ErrorCode::not_found, "no tenant \"x\""}),
              R"({"ok":false,"schema":1,"command":"stop",)"
              R"("error":{"code":"not_found","message":"no tenant \"x\""}})");
    EXPECT_TRUE(json::parse(control_refusal("\xff\"\n", {ErrorCode::io, "\xfe"})));
}

}  // namespace
}  // namespace posta::supervisor
