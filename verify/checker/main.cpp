/// @file
/// hadamard-check: accepts or rejects a certificate of `hadamard certify` as FORMAT.md asks for, in
/// exact arithmetic. It shares no code with the program that wrote the certificate.

#include "certificate.hpp"

#include <fstream>
#include <iostream>

namespace {

using check::Status;

constexpr const char* usage =
    R"(usage: hadamard-check CERT.json [--json FILE]

Checks a certificate of `hadamard certify` in exact arithmetic, sharing no code with it, and prints
the sentence that the certificate proves. CERT.json may be - for standard input.

  --json FILE   write the result as JSON too (- for standard output, instead of the sentence)
  --help        this text

Exit code 0: accepted. 1: rejected; the first failing item is on standard error.
2: bad usage or input, or a version or a kind of instance that this program does not understand.
)";

struct Options {
    std::string certificate, json;
    bool help = false;

    explicit Options(const std::vector<std::string>& words) {
        for (size_t i = 0; i < words.size(); ++i) {
            if (words[i] == "--help")
                help = true;
            else if (words[i] == "--json" && i + 1 < words.size())
                json = words[++i];
            else if (words[i].starts_with("-") && words[i] != "-")
                check::not_understood("unknown or incomplete option " + words[i]);
            else if (!std::exchange(certificate, words[i]).empty())
                check::not_understood("more than one certificate");
        }
        if (certificate.empty() && !help) check::not_understood("no certificate; see --help");
    }
};

void write(const std::string& file, const nlohmann::ordered_json& json) {
    if (file.empty()) return;
    std::ofstream stream;
    if (file != "-") stream.open(file, std::ios::binary);
    if (!((file == "-" ? std::cout : stream) << json.dump(2) << std::endl))
        check::not_understood("cannot write " + file);
}

/// One line on standard error; what a certificate holds may not control the terminal.
int say(const check::Failure& failure) {
    std::string line = failure.where + (failure.where.empty() ? "" : ": ") + failure.reason;
    for (char& c : line)
        if (static_cast<unsigned char>(c) < ' ') c = '?';
    std::cerr << "hadamard-check: " << (failure.status == Status::rejected ? "rejected: " : "")
              << line << "\n";
    return static_cast<int>(failure.status);
}

int run(const Options& options) {
    nlohmann::ordered_json result;
    try {
        const check::Proof proof =
            check::checked(check::parse(check::text_of(options.certificate)));
        if (options.json != "-" && !(std::cout << proof.sentence << std::endl))
            check::not_understood("standard output cannot be written");
        result = {{"status", "accepted"},       {"verdict", proof.verdict},
                  {"sentence", proof.sentence}, {"undecided", proof.undecided},
                  {"regions", proof.regions},   {"tokens", proof.tokens}};
    } catch (const check::Failure& failure) {
        result = {{"status", failure.status == Status::rejected ? "rejected" : "not understood"},
                  {"where", failure.where},
                  {"reason", failure.reason}};
        write(options.json, result);
        return say(failure);
    }
    write(options.json, result);
    return 0;
}

}  // namespace

int main(int count, char** words) {
    try {
        const Options options({words + 1, words + count});
        if (!options.help) return run(options);
        std::cout << usage;
        return 0;
    } catch (const check::Failure& failure) {
        return say(failure);
    }
}
