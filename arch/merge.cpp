#include "arch/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/yaml/path.hpp"

namespace einfall::arch {
namespace {

namespace yaml = base::yaml;

constexpr std::size_t kMaxExtends = 8;

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

// A document that is being read, and where it was named.
struct Asked {
  std::string path;
  base::SourceSpan by;
};

using Chain = std::vector<Asked>;

Chain::const_iterator find(const Chain& chain, const std::string& path) {
  const auto normal = [](const std::string& text) {
    return std::filesystem::path(text).lexically_normal();
  };
  return std::find_if(chain.begin(), chain.end(),
                      [&](const Asked& asked) { return normal(asked.path) == normal(path); });
}

base::Diagnostic circle(const Chain& chain, Chain::const_iterator first,
                        const base::SourceSpan& closing) {
  std::string way = first->path;
  for (auto asked = std::next(first); asked != chain.end(); ++asked) way += " -> " + asked->path;
  base::Diagnostic out = base::error(
      "E701", closing,
      fmt::format("documents extend each other in a circle: {} -> {}", way, first->path),
      "the chain must end in a document that extends nothing");
  for (auto asked = std::next(first); asked != chain.end(); ++asked)
    out.notes.push_back({asked->by, fmt::format("{} is extended here", asked->path)});
  return out;
}

// `chain`: the documents that lead here, this one last.
base::Result<yaml::Node> load(Chain& chain) {
  const Asked asked = chain.back();
  base::Result<yaml::Node> read = yaml::load(asked.path);
  if (!read) {
    if (asked.by.file != nullptr) read.error().front().notes.push_back({asked.by, "named here"});
    return read;
  }
  const yaml::Node* extends = read->find("extends");
  if (extends == nullptr) return read;
  base::Diagnostics sink;
  const auto base_path = yaml::read_path(*extends, "'extends'", sink);
  if (!base_path) return base::failure(std::move(sink));
  const Asked next{beside(asked.path, *base_path), extends->span};
  if (const auto first = find(chain, next.path); first != chain.end())
    return base::failure(circle(chain, first, next.by));
  if (chain.size() > kMaxExtends)
    return base::failure(base::error("E701", next.by, "more than 8 documents extend each other",
                                     "the chain must end in a document that extends nothing"));
  chain.push_back(next);
  EINFALL_TRY(const yaml::Node under, load(chain));
  return merged(under, *read);
}

}  // namespace

base::Result<yaml::Node> load_extended(const std::string& path) {
  Chain chain = {{path, {}}};
  return load(chain);
}

std::string beside(const std::string& path, const std::string& relative) {
  return (std::filesystem::path(path).parent_path() / relative).lexically_normal().string();
}

}  // namespace einfall::arch
