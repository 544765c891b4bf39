#include "supervisor/control/ctl_tables.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

std::string shown(std::string_view command, std::string_view json_text) {
    const auto parsed = json::parse(json_text);
    return parsed ? answer_for_people(command, *parsed) : "not JSON";
}

TEST(CtlTables, ShowAProcessALine) {
    EXPECT_EQ(shown("status",
                    R"({"processes":[{"name":"front","kind":"front","state":"ready","pid":7,)"
                    R"("uid":700000,"memory_kb":900,"ready_after_ms":3,"restarts":0,"reason":"",)"
                    R"("report":{"connections":4,"requests":12,"sandbox":[)"
                    R"({"layer":"seccomp","strength":"enforced"},)"
                    R"({"layer":"landlock","strength":"absent"}]}},)"
                    R"({"name":"arne","kind":"worker","state":"failed","pid":null,"uid":null,)"
                    R"("memory_kb":null,"ready_after_ms":null,"restarts":2,"reason":"no key",)"
                    R"("report":null}]})"),
              "NAME   KIND    STATE   PID  UID     KIB  READY-MS  RESTARTS  CONNECTIONS  "
              "REQUESTS  SANDBOX  REASON\n"
              "front  front   ready   7    700000  900  3         0         4            "
              "12        1 of 2\n"
              "arne   worker  failed  -    -       -    -         2         -            "
              "-         -        no key\n");
}

TEST(CtlTables, ShowTheTroubleOfAProcessThatServes) {
    const std::string text = shown(
        "status", R"({"processes":[{"name":"arne","state":"ready","reason":"",)"
                  R"("report":{"sandbox":[],"trouble":"database: database or disk is full"}}]})");

    EXPECT_TRUE(text.ends_with("  database: database or disk is full\n")) << text;
}

TEST(CtlTables, ShowOnlyWhatAReloadConcerns) {
    EXPECT_EQ(shown("reload", R"({"added":["a","b"],"changed":[],"untouched":["c"]})"),
              "added: a b\nuntouched: c\n");
    EXPECT_EQ(shown("plan", R"({"added":[]})"), "no identities\n");
}

TEST(CtlTables, ShowALogLineALine) {
    EXPECT_EQ(shown("logs", R"({"name":"arne","lines":[{"time":"T","level":"warn","source":"arne",)"
                            R"("event":"output","line":"a b\u001b[2J"},)"
                            R"({"time":"T","event":"state","name":"arne","to":"ready","pid":7}]})"),
              "T warn arne: output line=\"a b\\u001b[2J\"\n"
              "T arne: state to=ready pid=7\n");
}

TEST(CtlTables, ShowNoControlCharacterOfAStranger) {
    EXPECT_EQ(shown("wait", R"({"reason":"\u001b[2J\u0085"})"), "reason \\x1b[2J\\xc2\\x85\n");
}

TEST(CtlTables, ShowOtherAnswersOnOneLine) {
    EXPECT_EQ(shown("restart", R"({"slug":"arne","state":"ready","pid":7,"took_ms":12})"),
              "slug arne  state ready  pid 7  took_ms 12\n");
}

}  // namespace
}  // namespace posta::supervisor
