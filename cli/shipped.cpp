#include "cli/shipped.hpp"

#include <filesystem>

namespace einfall::cli {

std::string shipped(const std::string& path) {
  return std::filesystem::exists(path) ? path : EINFALL_DATA_DIR "/" + path;
}

}  // namespace einfall::cli
