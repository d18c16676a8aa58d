/// @file
/// hadamard-check: accepts or rejects a certificate of `hadamard certify` as FORMAT.md asks for, in
/// exact arithmetic. It shares no code with the program that wrote the certificate.

#include "certificate.hpp"

#include <iostream>

namespace {

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
};

Options options(const std::vector<std::string>& words) {
    Options out;
    for (size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--help")
            out.help = true;
        else if (words[i] == "--json" && i + 1 < words.size())
            out.json = words[++i];
        else if (words[i].starts_with('-') && words[i] != "-")
            check::not_understood("unknown or incomplete option " + words[i]);
        else if (!out.certificate.empty())
            check::not_understood("more than one certificate");
        else
            out.certificate = words[i];
    }
    if (out.certificate.empty() && !out.help) check::not_understood("no certificate; see --help");
    return out;
}

void write(const std::string& file, const nlohmann::ordered_json& json) {
    if (file.empty()) return;
    const std::string text = json.dump(2) + "\n";
    std::FILE* stream = file == "-" ? stdout : std::fopen(file.c_str(), "wb");
    if (stream == nullptr || std::fputs(text.c_str(), stream) < 0 || std::fclose(stream) != 0)
        check::not_understood("cannot write " + file);
}

/// One line on standard error; what a certificate holds may not control the terminal.
int say(const check::Failure& failure) {
    std::string line = failure.where + (failure.where.empty() ? "" : ": ") + failure.reason;
    for (char& c : line)
        if (static_cast<unsigned char>(c) < ' ') c = '?';
    const bool rejected = failure.status == check::Status::rejected;
    std::cerr << "hadamard-check: " << (rejected ? "rejected: " : "") << line << "\n";
    return static_cast<int>(failure.status);
}

int run(const Options& options) {
    try {
        const check::Proof proof = check::checked(check::parse(check::text_of(options.certificate)));
        if (options.json != "-") std::cout << proof.sentence << std::endl;
        write(options.json, {{"status", "accepted"}, {"verdict", proof.verdict},
                             {"sentence", proof.sentence}, {"undecided", proof.undecided},
                             {"regions", proof.regions}, {"tokens", proof.tokens}});
        return 0;
    } catch (const check::Failure& failure) {
        const bool rejected = failure.status == check::Status::rejected;
        write(options.json, {{"status", rejected ? "rejected" : "not understood"},
                             {"where", failure.where}, {"reason", failure.reason}});
        return say(failure);
    }
}

}  // namespace

int main(int count, char** words) {
    try {
        const Options chosen = options({words + 1, words + count});
        if (!chosen.help) return run(chosen);
        std::cout << usage;
        return 0;
    } catch (const check::Failure& failure) {
        return say(failure);
    }
}
