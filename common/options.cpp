#include "common/options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <system_error>

// std::regex of g++ 12 warns under the sanitizers, and option names need none.
#define CXXOPTS_NO_REGEX
#include <cxxopts.hpp>

#include "common/base/nearest_name.h"
#include "common/base/text_table.h"
#include "common/command.h"

namespace posta {
namespace {

constexpr const char* kManifestPath = "/etc/posta/identities.toml";

using Words = std::vector<std::string>;

enum class Occurs { at_most_once, once, repeatedly };

struct Declared {
    std::string spelling;    // as cxxopts takes it: "n,lines"
    std::string value_name;  // empty: a flag
    std::string help;
    Occurs occurs = Occurs::at_most_once;
    std::string refusal = {};  // why the option does not exist here

    std::string long_name() const { return spelling.substr(spelling.find(',') + 1); }
    std::string dashed() const { return "--" + long_name(); }
    bool is_spelled(std::string_view option) const {
        if (option == dashed()) return true;
        return spelling.size() > 1 && spelling[1] == ',' && option.size() == 2 &&
               option[0] == '-' && option[1] == spelling[0];
    }
    bool takes_value() const { return !value_name.empty(); }
};

struct Word {
    std::string name;
    std::string help;
    bool required;
};

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace

struct Options::Parts {
    std::string name;
    std::string synopsis;
    std::string description;
    std::vector<Declared> declared;
    std::vector<Word> words;
    std::map<std::string, Words> given;

    const Declared* find(std::string_view option) const {
        for (const Declared& candidate : declared)
            if (candidate.is_spelled(option)) return &candidate;
        return nullptr;
    }

    std::string advice() const { return " (see posta-server " + name + " --help)"; }

    std::string help() const {
        TextTable table({});
        for (const Word& word : words) table.add({"  " + word.name, word.help});
        for (const Declared& option : declared) {
            if (!option.refusal.empty()) continue;
            const std::string dash = option.spelling.find(',') == 1
                                         ? std::string("-") + option.spelling[0] + ", "
                                         : std::string();
            const std::string value = option.takes_value() ? " " + option.value_name : "";
            table.add({"  " + dash + option.dashed() + value, option.help});
        }
        table.add({"  --help", "shows this text"});
        return "Usage: posta-server " + name + (synopsis.empty() ? "" : " " + synopsis) + "\n\n" +
               description + "\n" + table.text();
    }

    std::optional<std::string> unknown(const std::string& option) const {
        std::vector<std::string> spellings{"--help"};
        for (const Declared& candidate : declared)
            if (candidate.refusal.empty()) spellings.push_back(candidate.dashed());
        const std::vector<std::string_view> known(spellings.begin(), spellings.end());
        const std::string hint = did_you_mean(option, known);
        return "unknown option \"" + printable(option) + "\"" + (hint.empty() ? advice() : hint);
    }

    // What cxxopts would let pass or report less clearly: looked at word by word, as typed.
    std::optional<std::string> complaint_about(const Words& typed) const {
        for (std::size_t i = 0; i < typed.size() && typed[i] != "--"; ++i) {
            if (!is_option(typed[i])) continue;
            const std::size_t equals =
                typed[i].starts_with("--") ? typed[i].find('=') : std::string::npos;
            const bool attached = equals != std::string::npos;
            const std::string option = typed[i].substr(0, equals);
            const Declared* known = find(option);
            if (!known) return unknown(option);
            if (!known->refusal.empty())
                return option + " does not exist: " + known->refusal + advice();
            if (!known->takes_value() && attached) return option + " takes no value" + advice();
            if (!known->takes_value() || attached) continue;
            const bool missing = i + 1 == typed.size() || typed[i + 1].starts_with("--");
            if (missing) return option + " needs a value, " + known->value_name + advice();
            ++i;
        }
        return std::nullopt;
    }

    // The one place that talks to cxxopts; it throws.
    std::optional<std::string> collect(const Words& typed) {
        try {
            cxxopts::Options parser("posta-server");
            for (const Declared& option : declared) {
                if (option.takes_value())
                    parser.add_options()(option.spelling, "", cxxopts::value<std::string>());
                else
                    parser.add_options()(option.spelling, "");
            }
            std::vector<const char*> arguments{"posta-server"};
            for (const std::string& word : typed) arguments.push_back(word.c_str());
            const cxxopts::ParseResult result =
                parser.parse(static_cast<int>(arguments.size()), arguments.data());
            for (const cxxopts::KeyValue& pair : result.arguments())
                given[pair.key()].push_back(pair.value());
            return place(result.unmatched());
        } catch (const std::exception& refused) {
            return refused.what() + advice();
        }
    }

    std::optional<std::string> place(const Words& stray) {
        if (stray.size() > words.size())
            return "unexpected word \"" + printable(stray[words.size()]) + "\"" + advice();
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (i < stray.size())
                given[words[i].name].push_back(stray[i]);
            else if (words[i].required)
                return words[i].name + " is missing" + advice();
        }
        return std::nullopt;
    }

    std::optional<std::string> complaint_about_counts() const {
        for (const Declared& option : declared) {
            const auto values = given.find(option.long_name());
            const std::size_t count = values == given.end() ? 0 : values->second.size();
            if (count > 1 && option.takes_value() && option.occurs != Occurs::repeatedly)
                return option.dashed() + " is given " + std::to_string(count) + " times" + advice();
            if (option.occurs == Occurs::once && (count == 0 || values->second[0].empty()))
                return option.dashed() + " " + option.value_name + " is missing" + advice();
        }
        return std::nullopt;
    }
};

Options::Options(std::string name, std::string synopsis, std::string description)
    : parts_(std::make_unique<Parts>()) {
    parts_->name = std::move(name);
    parts_->synopsis = std::move(synopsis);
    parts_->description = std::move(description);
}

Options::~Options() = default;
Options::Options(Options&&) noexcept = default;
Options& Options::operator=(Options&&) noexcept = default;

Options& Options::flag(const std::string& name, const std::string& help) {
    parts_->declared.push_back({name, "", help});
    return *this;
}

Options& Options::value(const std::string& name, const std::string& value_name,
                        const std::string& help) {
    parts_->declared.push_back({name, value_name, help});
    return *this;
}

Options& Options::required(const std::string& name, const std::string& value_name,
                           const std::string& help) {
    parts_->declared.push_back({name, value_name, help, Occurs::once});
    return *this;
}

Options& Options::repeated(const std::string& name, const std::string& value_name,
                           const std::string& help) {
    parts_->declared.push_back({name, value_name, help, Occurs::repeatedly});
    return *this;
}

Options& Options::word(const std::string& name, const std::string& help, bool required) {
    parts_->words.push_back({name, help, required});
    return *this;
}

Options& Options::manifest_options() {
    value("manifest", "FILE", std::string("the manifest (") + kManifestPath + ")");
    value("data-dir", "D", "overrides the manifest's data_dir");
    return value("run-dir", "D", "overrides the manifest's run_dir");
}

Options& Options::refused(const std::string& name, const std::string& reason) {
    parts_->declared.push_back({name, "", "", Occurs::at_most_once, reason});
    return *this;
}

std::optional<int> Options::parse(const Words& words) {
    for (const std::string& word : words) {
        if (word == "--") break;
        if (word != "--help" && word != "-h") continue;
        std::fputs(parts_->help().c_str(), stdout);
        return kExitDone;
    }
    std::optional<std::string> complaint = parts_->complaint_about(words);
    if (!complaint) complaint = parts_->collect(words);
    if (!complaint) complaint = parts_->complaint_about_counts();
    if (!complaint) return std::nullopt;
    return fail(kExitUsage, parts_->name + ": " + *complaint);
}

bool Options::has(const std::string& name) const { return parts_->given.contains(name); }

std::string Options::get(const std::string& name, const std::string& fallback) const {
    const auto values = parts_->given.find(name);
    return values == parts_->given.end() ? fallback : values->second.front();
}

std::vector<std::string> Options::all(const std::string& name) const {
    const auto values = parts_->given.find(name);
    return values == parts_->given.end() ? Words{} : values->second;
}

std::optional<long> Options::number(const std::string& name, long fallback, long least,
                                    long most) const {
    if (!has(name)) return fallback;
    const std::string text = get(name);
    long number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stopped == end && number >= least && number <= most) return number;
    misused(name + " is \"" + printable(text) + "\", allowed is a whole number from " +
            std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

std::string Options::manifest_path() const { return get("manifest", kManifestPath); }

int Options::misused(const std::string& problem) const {
    return fail(kExitUsage, parts_->name + ": " + problem + parts_->advice());
}

}  // namespace posta
