#pragma once

#include <string>

namespace einfall::tests {

/// The contents of a file; path from the root of the repository. The test fails if there is none.
[[nodiscard]] std::string text_of_file(const std::string& path);

/// Checks that a file of the repository (path from its root) holds exactly `text`. With
/// EINFALL_UPDATE_GOLDEN=1 in the environment the file is written instead.
void expect_file(const std::string& path, const std::string& text);

/// expect_file for tests/golden/<name>.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace einfall::tests
