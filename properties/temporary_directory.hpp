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

/// A directory of its own for every test, gone after it.
class TemporaryDirectory : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "hadamard-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        home_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(home_); }

    const std::filesystem::path& home() const { return home_; }
    std::filesystem::path file(const std::string& name) const { return home_ / name; }

    std::string written(const std::string& name, const std::string& text) const {
        std::ofstream(file(name)) << text;
        return file(name).string();
    }

private:
    std::filesystem::path home_;
};

}  // namespace hadamard
