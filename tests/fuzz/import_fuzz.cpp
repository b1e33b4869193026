#include <cstddef>
#include <cstdint>

#include "tests/fuzz/exercise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  einfall::tests::exercise_import(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
