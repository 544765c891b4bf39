#pragma once
// The command line of one subcommand. The .cpp is the only user of cxxopts.
//
// `--slug arne` and `--slug=arne` alike. An unknown option (the nearest known one is named), a
// missing or empty value, an option given twice, a stray word or a bad number prints what is wrong
// and the way to --help, exit code 2. Every command has --help.
//
// What it prints goes to standard error, apart from the help that was asked for.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace posta {

class Options {
public:
    // `name` as typed: "token create". `synopsis`: "--slug S --name N [--no-qr]".
    Options(std::string name, std::string synopsis, std::string description);
    ~Options();
    Options(Options&&) noexcept;
    Options& operator=(Options&&) noexcept;

    // Declare before parse(). `name` is the long name, or "n,lines" with a short one in front.
    // `value_name` is shown in the help: "S", "FILE".
    Options& flag(const std::string& name, const std::string& help);
    Options& value(const std::string& name, const std::string& value_name, const std::string& help);
    Options& required(const std::string& name, const std::string& value_name,
                      const std::string& help);
    Options& repeated(const std::string& name, const std::string& value_name,
                      const std::string& help);
    // A word without dashes, in the order declared.
    Options& word(const std::string& name, const std::string& help, bool required);
    // --manifest, --data-dir, --run-dir (operations.md: every command that works on an identity).
    Options& manifest_options();
    // An option that does not exist here, with the sentence that says why ("the manifest holds
    // it").
    Options& refused(const std::string& name, const std::string& reason);

    // Nothing: go on. A number: leave with that exit code; help or the complaint has been printed.
    std::optional<int> parse(const std::vector<std::string>& words);

    // By long name, also for words.
    bool has(const std::string& name) const;
    std::string get(const std::string& name, const std::string& fallback = {}) const;
    std::vector<std::string> all(const std::string& name) const;
    // Prints a complaint and returns nothing when the text is not a number in the range.
    std::optional<long> number(const std::string& name, long fallback, long least, long most) const;

    std::string manifest_path() const;  // --manifest or /etc/posta/identities.toml

    // "posta-server: token create: <problem> (see posta-server token create --help)" on standard
    // error; returns kExitUsage. For what only the command itself can check.
    int misused(const std::string& problem) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// "posta-server: <what>: <why> (<what to do>)" in one line on standard error, with the advice that
// holds for its kind when it has none. Returns the exit code: `invalid` is kExitInvalid, else 1.
int fail(const Error& error);
// The same with the exit code given.
int fail(int exit_code, const std::string& message);

}  // namespace posta
