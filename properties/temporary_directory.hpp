#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace hadamard {

inline std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

/// A directory that is there for the lifetime of the object.
class OwnDirectory {
public:
    OwnDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "hadamard-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);  // which fills in what XXXXXX stands for
        home_ = name;
    }
    ~OwnDirectory() { std::filesystem::remove_all(home_); }
    OwnDirectory(const OwnDirectory&) = delete;
    OwnDirectory& operator=(const OwnDirectory&) = delete;

    const std::filesystem::path& home() const { return home_; }
    std::filesystem::path file(const std::string& name) const { return home_ / name; }

    std::string written(const std::string& name, const std::string& text) const {
        std::ofstream(file(name), std::ios::binary) << text;
        return file(name).string();
    }

private:
    std::filesystem::path home_;
};

/// A directory of its own for every test, gone after it.
class TemporaryDirectory : public testing::Test, protected OwnDirectory {};

}  // namespace hadamard
