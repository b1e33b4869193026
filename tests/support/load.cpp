#include "tests/support/load.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>

#include "einsum/language/load.hpp"

namespace einfall::tests {
namespace {

einsum::Cascade checked(base::Result<einsum::Cascade> loaded, const std::string& what) {
  if (!loaded) FAIL(base::render(loaded.error()) << "in\n" << what);
  return *std::move(loaded);
}

}  // namespace

einsum::Cascade cascade_from(const std::string& document, base::Diagnostics& remarks) {
  const auto file = std::make_shared<base::SourceFile>(base::SourceFile{"test.yaml", document});
  return checked(einsum::load_cascade(file, remarks), document);
}

einsum::Cascade cascade_from(const std::string& document) {
  base::Diagnostics remarks;
  return cascade_from(document, remarks);
}

einsum::Cascade cascade_of(const std::string& lines) {
  return cascade_from("einfall: 1\nname: test\n" + lines);
}

einsum::Cascade cascade_at(const std::string& path, base::Diagnostics& remarks) {
  const auto full = std::filesystem::path(EINFALL_SOURCE_DIR) / path;
  return checked(einsum::load_cascade(full.string(), remarks), path);
}

einsum::Cascade cascade_at(const std::string& path) {
  base::Diagnostics remarks;
  return cascade_at(path, remarks);
}

einsum::Cascade shipped_cascade(const std::string& name) {
  return cascade_at("workloads/cascades/" + name + ".yaml");
}

}  // namespace einfall::tests
