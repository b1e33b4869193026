#include "gpu_ref/records/source_hash.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/sha256.hpp"

namespace einfall::gpu_ref::records {
namespace {

std::optional<std::string> content(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return std::nullopt;
  return text;
}

/// A line without its comment and the white space around it. Quotes hide "//"; there are no
/// comments of the other kind in this tree.
std::string code_of(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == '"')
      quoted = !quoted;
    else if (!quoted && line.substr(i, 2) == "//")
      line = line.substr(0, i);
  }
  const std::size_t first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
  return first == line.npos ? "" : std::string(line.substr(first, last - first + 1));
}

/// The file of this tree that a line of code includes, or nothing.
std::string included(const std::string& code) {
  const std::string begin = "#include ";
  if (code.rfind(begin, 0) != 0 || code.size() < begin.size() + 3) return "";
  const std::string name = code.substr(begin.size() + 1, code.size() - begin.size() - 2);
  if (name.rfind("gpu_ref/records/", 0) == 0) return "";  // what is said of kernels
  if (name.rfind("gpu_ref/", 0) == 0 || name.rfind("base/", 0) == 0) return name;
  return name.rfind("gpu/", 0) == 0 ? "gpu_ref/device/" + name : "";
}

/// Every file of the closure, by name, with its code.
std::optional<std::map<std::string, std::string>> closure(const std::string& root,
                                                          const std::string& source) {
  std::map<std::string, std::string> files;
  std::vector<std::string> open{(std::filesystem::path("gpu_ref") / source).lexically_normal()};
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (files.count(name) != 0) continue;
    const auto text = content(std::filesystem::path(root) / name);
    if (!text) return std::nullopt;
    std::string& code = files[name];
    for (std::size_t at = 0; at < text->size();) {
      const std::size_t end = std::min(text->find('\n', at), text->size());
      const std::string line = code_of(std::string_view(*text).substr(at, end - at));
      at = end + 1;
      if (line.empty()) continue;
      code += line + "\n";
      if (const std::string next = included(line); !next.empty()) open.push_back(next);
    }
  }
  return files;
}

}  // namespace

std::optional<std::vector<std::string>> source_files(const std::string& root,
                                                     const std::string& source) {
  const auto files = closure(root, source);
  if (!files) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [name, code] : *files) names.push_back(name);
  return names;
}

std::optional<std::string> source_hash(const std::string& root, const std::string& source) {
  const auto files = closure(root, source);
  if (!files) return std::nullopt;
  std::string all;
  for (const auto& [name, code] : *files) all += name + "\n" + code;
  return base::sha256(all);
}

}  // namespace einfall::gpu_ref::records
