#include "certificate.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <string_view>

namespace {

constexpr const char* usage =
    R"(usage: hadamard-check CERT.json [--json FILE]

Checks a certificate of `hadamard certify` in exact arithmetic, sharing no code with it, and prints
the sentence that the certificate proves. CERT.json may be - for standard input.

  --json FILE   write the result as JSON (- for standard output, instead of the sentence)
  --help        this text

Exit code 0: accepted. 1: rejected; the first failing item is on standard error.
2: bad usage or input, or a version or a kind of instance that this program does not understand.
)";

struct Options {
    std::string certificate, json;
    bool help = false;
};

Options options(int count, char** words) {
    Options out;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--help") {
            out.help = true;
        } else if (word == "--json" && i + 1 < count) {
            out.json = words[++i];
        } else if ((word != "-" && word.starts_with('-')) || word.empty()) {
            check::not_understood("unknown or incomplete option " + std::string(word));
        } else if (out.certificate.empty()) {
            out.certificate = word;
        } else {
            check::not_understood("more than one certificate");
        }
    }
    if (out.certificate.empty() && !out.help) check::not_understood("no certificate is named");
    return out;
}

nlohmann::ordered_json to_json(const check::Proof& proof) {
    return {{"status", "accepted"},      {"verdict", proof.verdict},
            {"sentence", proof.sentence}, {"patterns", proof.patterns},
            {"tokens", proof.tokens},     {"regions", proof.regions},
            {"undecided", proof.undecided}};
}

nlohmann::ordered_json to_json(const check::Failure& failure) {
    const bool rejected = failure.status() == check::Status::rejected;
    return {{"status", rejected ? "rejected" : "not understood"},
            {"where", failure.where()},
            {"reason", failure.reason()}};
}

/// Names and texts of a certificate may hold anything: control characters stay off the terminal.
std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    return text;
}

void write(const std::string& file, const nlohmann::ordered_json& json) {
    const std::string text = json.dump() + "\n";
    std::FILE* stream = file == "-" ? stdout : std::fopen(file.c_str(), "wb");
    const bool written = stream != nullptr && std::fputs(text.c_str(), stream) >= 0 &&
                         (file == "-" ? std::fflush(stream) : std::fclose(stream)) == 0;
    if (!written) check::not_understood(file + " cannot be written");
}

void say(const char* verb, const check::Failure& failure) {
    const std::string where = failure.where().empty() ? "" : failure.where() + ": ";
    std::fprintf(stderr, "hadamard-check: %s%s\n", verb,
                 one_line(where + failure.reason()).c_str());
}

check::Status run(const Options& options) {
    try {
        const check::Proof proof = check::checked(check::parse(check::text_of(options.certificate)));
        if (!options.json.empty()) write(options.json, to_json(proof));
        if (options.json != "-") std::printf("%s\n", proof.sentence.c_str());
        return check::Status::accepted;
    } catch (const check::Failure& failure) {
        const bool rejected = failure.status() == check::Status::rejected;
        say(rejected ? "rejected: " : "", failure);
        if (!options.json.empty()) write(options.json, to_json(failure));
        return failure.status();
    }
}

}  // namespace

int main(int count, char** words) {
    try {
        const Options chosen = options(count, words);
        if (!chosen.help) return static_cast<int>(run(chosen));
        std::fputs(usage, stdout);
        return 0;
    } catch (const check::Failure& failure) {
        say("", failure);
        return 2;
    }
}
