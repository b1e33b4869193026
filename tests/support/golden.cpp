#include "tests/support/golden.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace einfall::tests {
namespace {

std::filesystem::path absolute(const std::string& path) {
  return std::filesystem::path(EINFALL_SOURCE_DIR) / path;
}

// The first line that differs, for the message: a whole page would hide it.
std::string difference(const std::string& expected, const std::string& found) {
  std::istringstream a(expected), b(found);
  std::string left, right;
  for (int line = 1;; ++line) {
    const bool more_left = static_cast<bool>(std::getline(a, left));
    const bool more_right = static_cast<bool>(std::getline(b, right));
    if (!more_left && !more_right) return "the ends of lines differ";
    if (more_left == more_right && left == right) continue;
    return "line " + std::to_string(line) +
           "\n  in the file: " + (more_left ? left : "(end of file)") +
           "\n  now:         " + (more_right ? right : "(end of text)");
  }
}

}  // namespace

std::string text_of_file(const std::string& path) {
  std::ifstream file(absolute(path), std::ios::binary);
  INFO(path);
  REQUIRE(file.is_open());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_file(const std::string& path, const std::string& text) {
  if (const char* update = std::getenv("EINFALL_UPDATE_GOLDEN"); update && *update == '1') {
    std::filesystem::create_directories(absolute(path).parent_path());
    std::ofstream(absolute(path), std::ios::binary) << text;
  }
  INFO(path << ": run the test with EINFALL_UPDATE_GOLDEN=1 and look at the difference");
  REQUIRE(std::filesystem::exists(absolute(path)));
  const std::string expected = text_of_file(path);
  if (expected != text) FAIL_CHECK(difference(expected, text));
  SUCCEED();
}

void expect_golden(const std::string& name, const std::string& text) {
  expect_file("tests/golden/" + name, text);
}

}  // namespace einfall::tests
