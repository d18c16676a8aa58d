#include "report/inputs.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/json_file.hpp"
#include "report/picture.hpp"
#include "search/digest.hpp"
#include "search/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

namespace hadamard::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* known_kinds =
    "a report shows files of hadamard converge (--out), verify (--json), certify (--out, --json) "
    "and search (--store, --json)";

std::string content_of(const std::string& path) {
    constexpr std::uintmax_t most_bytes = std::uintmax_t(1) << 30;
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        throw InputError(path + ": is a directory; name its files");
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(path + ": cannot be opened");
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    if (!error && bytes > most_bytes)
        throw InputError(
            fmt::format("{}: has {} bytes; at most {} are read", path, bytes, most_bytes));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A member that must be there with this type.
const Json& member(const Json& object, const char* key, Json::value_t type, const char* words) {
    const auto found = object.find(key);
    const bool is_there =
        found != object.end() &&
        (found->type() == type || (type == Json::value_t::number_float && found->is_number()));
    if (is_there) return *found;
    throw InputError(fmt::format(
        "\"{}\" is {}; it has to be {}", key,
        found == object.end() ? "missing" : "a " + std::string(found->type_name()), words));
}

const std::string& text_of(const Json& object, const char* key) {
    return member(object, key, Json::value_t::string, "a string").get_ref<const std::string&>();
}

void require_number(const Json& object, const char* key) {
    member(object, key, Json::value_t::number_float, "a number");
}

void require_list(const Json& object, const char* key) {
    member(object, key, Json::value_t::array, "a list");
}

/// Lists of one length, of numbers and nulls.
void require_samples(const Json& samples) {
    std::size_t length = 0;
    std::string first;
    for (const auto& [name, values] : samples.items()) {
        if (values.is_null()) continue;
        if (!values.is_array())
            throw InputError("samples: \"" + name + "\" has to be a list of numbers or null");
        for (const Json& value : values)
            if (!value.is_number() && !value.is_null())
                throw InputError("samples: \"" + name + "\" holds " + value.dump() +
                                 "; numbers and null belong there");
        if (first.empty()) {
            first = name;
            length = values.size();
        } else if (values.size() != length) {
            throw InputError(
                fmt::format("samples: \"{}\" has {} entries, \"{}\" has {}; all lists "
                            "of a run have one length",
                            name, values.size(), first, length));
        }
    }
    if (first.empty()) throw InputError("samples: no list; a run has at least one");
}

void require_setting(const Json& record) {
    text_of(record, "problem");
    text_of(record, "penalty");
    require_number(record, "lambda");
}

void require_run(const Json& run) {
    require_setting(run);
    text_of(run, "method");
    text_of(run, "stop");
    require_number(run, "repetition");
    require_samples(member(run, "samples", Json::value_t::object, "an object of lists"));
}

void copy(const Json& from, Json& to, std::initializer_list<const char*> keys) {
    for (const char* key : keys)
        if (from.contains(key)) to[key] = from[key];
}

void note_provenance(const Json& from, Json& file) {
    constexpr int known_version = 1;  // of every format so far
    if (from.contains("format_version") && from["format_version"] != known_version)
        throw InputError(fmt::format("\"format_version\" is {}; this program reads {}",
                                     from["format_version"].dump(), known_version));
    copy(from, file,
         {"format", "program", "program_version", "command", "machine", "scalars", "seed",
          "seconds", "interrupted", "date", "build", "threads", "cores", "cores_shared", "data"});
    if (from.contains("plan") && from["plan"].is_object()) copy(from["plan"], file, {"seed"});
    if (from.contains("format_version")) file["version"] = from["format_version"];
    if (from.contains("version")) file["version"] = from["version"];
}

bool is_lines(const std::string& content) {
    const std::string_view first = std::string_view(content).substr(0, content.find('\n'));
    const Json head = Json::parse(first, nullptr, false);
    return head.is_object() && head.contains("record");
}

/// Of instances with known answers, all and kind by kind.
void require_judged(const Json& judged) {
    const auto counts = [](const Json& row) {
        for (const char* count : {"instances", "right", "wrong", "undecided"})
            require_number(row, count);
    };
    counts(judged);
    for (const Json& row : member(judged, "by_kind", Json::value_t::object, "an object of counts"))
        counts(row);
}

void require_verification(const Json& object) {
    text_of(object, "verdict");
    require_list(object, "claims");
    for (const Json& claim : object["claims"]) {
        text_of(claim, "id");
        text_of(claim, "transfer");
        text_of(claim, "verdict");
        require_number(claim, "cases");
        require_list(claim, "mutants");
    }
    for (const char* known : {"planted", "delicate"})
        if (object.contains(known)) require_judged(object[known]);
}

Json found_json(const search::Found& found) {
    Json out = {{"id", found.witness.id},
                {"unit", found.unit},
                {"origin", found.witness.origin},
                {"margin", nullptr},
                {"witness", found.witness.printed}};
    if (found.witness.margin) out["margin"] = *found.witness.margin;
    return out;
}

Json campaign_json(const search::StoredCampaign& campaign) {
    const Json key = Json::parse(campaign.key);
    Json out;
    copy(key, out, {"claim", "mutant", "seed", "digits"});
    out["units"] = campaign.state.units;
    out["evaluations"] = campaign.state.health.evaluations();
    out["seconds"] = campaign.state.seconds;
    out["health"] = campaign.state.health.to_json();
    out["records"] = Json::array();
    for (const search::MarginRecord& record : campaign.state.records)
        out["records"].push_back({{"evaluations", record.evaluations}, {"margin", record.margin}});
    out["sessions"] = campaign.sessions;
    out["witnesses"] = Json::array();
    for (const search::Found& found : campaign.state.found)
        out["witnesses"].push_back(found_json(found));
    return out;
}

}  // namespace

void Inputs::add(const std::string& path) {
    constexpr std::string_view database = "SQLite format 3";
    const std::string content = content_of(path);
    Json file = {{"path", path}, {"bytes", content.size()}, {"sha256", search::sha256(content)}};
    if (content.starts_with(database))
        add_store(path, file);
    else if (is_lines(content))
        add_lines(path, content, file);
    else
        try {
            add_object(path, Json::parse(content), file);
        } catch (const nlohmann::json::exception& error) {
            throw InputError(path + ": is not JSON: " + plain_words(error) + "; " + known_kinds);
        }
    json_["files"].push_back(std::move(file));
}

void Inputs::add_lines(const std::string& path, const std::string& content, Json& file) {
    file["kind"] = "converge";
    file["sessions"] = 0;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < content.size();) {
        const std::size_t newline = content.find('\n', begin);
        const bool is_whole = newline != std::string::npos;
        const std::size_t end = is_whole ? newline : content.size();
        const std::string_view line = std::string_view(content).substr(begin, end - begin);
        begin = end + 1;
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        try {
            Json record = Json::parse(line, nullptr, is_whole);
            if (record.is_discarded()) continue;  // cut off when the program was stopped
            add_record(std::move(record), file);
        } catch (const nlohmann::json::exception& error) {
            throw InputError(
                fmt::format("{}:{}: is not JSON: {}", path, number, plain_words(error)));
        } catch (const InputError& error) {
            throw InputError(
                fmt::format("{}:{}: {} (verify/converge/FORMAT.md)", path, number, error.what()));
        }
    }
}

void Inputs::add_record(Json record, Json& file) {
    if (!record.is_object()) throw InputError("is not an object; every line is one");
    const std::string kind = text_of(record, "record");
    if (kind == "session") {
        note_provenance(record, file);
        file["sessions"] = file["sessions"].get<long>() + 1;
    } else if (kind == "reference") {
        require_setting(record);
        record.erase("coefficients");  // nothing shows them, and there may be many
        json_["references"].push_back(std::move(record));
    } else if (kind == "run") {
        require_run(record);
        json_["runs"].push_back(std::move(record));
    } else {
        throw InputError(unknown_name("record", kind, {"session", "reference", "run"}) +
                         " (there are session, reference and run)");
    }
}

void Inputs::add_object(const std::string& path, Json object, Json& file) {
    const std::string format =
        object.is_object() && object.contains("format") && object["format"].is_string()
            ? object["format"].get<std::string>()
            : "";
    try {
        note_provenance(object, file);
        if (format == "hadamard-verify") {
            file["kind"] = "verify";
            require_verification(object);
            Json shown = {{"file", path}};
            copy(
                object, shown,
                {"verdict", "seed", "digits", "toothless", "claims", "data", "seconds", "planted",
                 "delicate"});
            json_["verifications"].push_back(std::move(shown));
        } else if (format == "hadamard-certify" || format == "hadamard-landscape") {
            file["kind"] = format == "hadamard-certify" ? "certify" : "certificate";
            text_of(object, "verdict");
            text_of(object, "sentence");
            object["file"] = path;
            add_landscape(std::move(object), format == "hadamard-landscape");
        } else if (format == "hadamard-search") {
            file["kind"] = "search";
            text_of(object, "claim");
            require_number(object, "evaluations");
            require_list(object, "witnesses");
            require_number(object, "campaign_seconds");
            require_list(object, "margin_records");
            object["file"] = path;
            object["seconds"] = object["campaign_seconds"];  // of all sessions, as in a store
            object["records"] = object["margin_records"];
            Json session = Json::object();
            copy(object, session, {"program", "command", "machine"});
            if (!session.empty()) object["sessions"] = Json::array({session});
            json_["campaigns"].push_back(std::move(object));
        } else if (format.empty()) {
            throw InputError(std::string("is JSON without a \"format\" of this program; ") +
                             known_kinds);
        } else {
            throw InputError("holds " + format + "; " + known_kinds);
        }
    } catch (const InputError& error) {
        throw InputError(path + ": " + error.what());
    }
}

/// One entry for a certificate and the JSON of the same command.
void Inputs::add_landscape(Json object, bool is_certificate) {
    Json shown;
    copy(object, shown,
         {"file", "command", "verdict", "sentence", "instance", "mutant", "witness", "base",
          "surrogate", "regions", "undecided", "bound", "restricted", "leaves", "search_seconds"});
    if (is_certificate)
        if (const std::string svg = picture(object, stop_); !svg.empty()) shown["svg"] = svg;
    Json& all = json_["landscapes"];
    const auto same = std::find_if(all.begin(), all.end(), [&](const Json& other) {
        return other.contains("command") && shown.contains("command") &&
               other["command"] == shown["command"] && other["sentence"] == shown["sentence"] &&
               other.contains("instance") != shown.contains("instance");
    });
    if (same == all.end()) {
        all.push_back(std::move(shown));
        return;
    }
    // β in decimals, indices and classes are in the JSON; instance and picture in the certificate.
    const Json& certificate = is_certificate ? shown : *same;
    Json whole = is_certificate ? *same : shown;
    copy(certificate, whole, {"instance", "svg"});
    *same = std::move(whole);
}

void Inputs::add_store(const std::string& path, Json& file) {
    file["kind"] = "store";
    file["format"] = "hadamard-search store";
    file["version"] = search::store_version;
    search::Store store = search::Store::for_reading(path);
    for (const search::StoredCampaign& campaign : store.campaigns()) {
        Json shown = {{"file", path}};
        try {
            shown.update(campaign_json(campaign));
            if (!campaign.sessions.empty()) {
                copy(campaign.sessions.back(), file, {"program", "command", "machine"});
                file["sessions"] = file.value("sessions", 0L) + std::ssize(campaign.sessions);
            }
        } catch (const nlohmann::json::exception& error) {
            throw InputError(path + ": is damaged (" + plain_words(error) + "); restore a copy");
        }
        json_["campaigns"].push_back(std::move(shown));
    }
}

}  // namespace hadamard::report
