#include "arch/merge.hpp"

#include <filesystem>
#include <utility>

#include "base/yaml/path.hpp"

namespace einfall::arch {
namespace {

namespace yaml = base::yaml;

constexpr int kMaxExtends = 8;

const yaml::MapEntry* entry_of(const yaml::Node& map, const std::string& key) {
  for (const yaml::MapEntry& entry : map.entries)
    if (entry.key.text == key) return &entry;
  return nullptr;
}

// Entries of `over` win, one without a value takes the entry away (as in RFC 7386, JSON Merge
// Patch); those of `under` that it lacks stay. The order of maps matters (the first memory is the
// outermost), so an entry both have stays where `under` has it.
yaml::Node merged(const yaml::Node& under, const yaml::Node& over) {
  if (!under.is_map() || !over.is_map()) return over;
  yaml::Node out = over;
  out.entries.clear();
  for (const yaml::MapEntry& entry : under.entries) {
    const yaml::MapEntry* better = entry_of(over, entry.key.text);
    if (better == nullptr)
      out.entries.push_back(entry);
    else if (!better->value.is_null())
      out.entries.push_back({better->key, merged(entry.value, better->value)});
  }
  for (const yaml::MapEntry& entry : over.entries)
    if (under.find(entry.key.text) == nullptr) out.entries.push_back(entry);
  return out;
}

base::Result<yaml::Node> load(const std::string& path, const yaml::Node* asked_by, int depth) {
  if (depth > kMaxExtends)
    return base::failure(base::error(
        "E701", asked_by->span, "more than 8 documents extend each other",
        "a document that extends itself, directly or through others, has no beginning"));
  base::Result<yaml::Node> read = yaml::load(path);
  if (!read) {
    if (asked_by != nullptr) read.error().front().notes.push_back({asked_by->span, "named here"});
    return read;
  }
  const yaml::Node* extends = read->find("extends");
  if (extends == nullptr) return read;
  base::Diagnostics sink;
  const auto base_path = yaml::read_path(*extends, "'extends'", sink);
  if (!base_path) return base::failure(std::move(sink));
  EINFALL_TRY(const yaml::Node under, load(beside(path, *base_path), extends, depth + 1));
  return merged(under, *read);
}

}  // namespace

base::Result<yaml::Node> load_extended(const std::string& path) { return load(path, nullptr, 0); }

std::string beside(const std::string& path, const std::string& relative) {
  return (std::filesystem::path(path).parent_path() / relative).lexically_normal().string();
}

}  // namespace einfall::arch
