#pragma once

#include <string>

/// What the fuzzers do with one input, and what the replay of their finds does with it again. Each
/// ends the program through EINFALL_ENSURE if a promise of the readers does not hold; otherwise all
/// inputs are fine.
namespace einfall::tests {

/// Parses a document and reads every scalar in it as everything.
void exercise_yaml(const std::string& text);

/// Loads a cascade. Either there are errors that can be shown; or its canonical text loads to the
/// same cascade, it is analysed, exported, and evaluated if it is tiny.
void exercise_cascade(const std::string& text);

/// Imports a file of another tool, by either import.
void exercise_import(const std::string& text);

}  // namespace einfall::tests
