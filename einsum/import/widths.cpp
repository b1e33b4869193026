#include "einsum/import/widths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "einsum/import/remarks.hpp"

namespace einfall::einsum {
namespace {

using base::yaml::MapEntry;
using base::yaml::Node;

constexpr std::array<DataType, 6> kFloating{DataType::kFp64,    DataType::kFp32,
                                            DataType::kBf16,    DataType::kFp16,
                                            DataType::kFp8E4M3, DataType::kFp8E5M2};
constexpr std::array<DataType, 3> kWhole{DataType::kInt32, DataType::kInt8, DataType::kInt4};

// Formats of numbers that have this width, those that an import decides between first.
struct Formats {
  std::vector<DataType> likely, others;
};
Formats formats_of(const std::string& written) {
  Formats out;
  const auto has = [&](DataType type) { return std::to_string(bits(type)) == written; };
  std::copy_if(kFloating.begin(), kFloating.end(), std::back_inserter(out.likely), has);
  std::copy_if(kWhole.begin(), kWhole.end(), std::back_inserter(out.others), has);
  if (out.likely.empty()) out.likely.swap(out.others);
  return out;
}

std::string written(const Node& bits) {
  return std::string(bits.is_scalar() ? std::string_view(bits.text) : base::yaml::describe(bits));
}

std::string list_of(const Formats& formats) {
  std::vector<std::string_view> names;
  for (const DataType type : formats.likely) names.push_back(name(type));
  for (const DataType type : formats.others) names.push_back(name(type));
  return fmt::to_string(fmt::join(names, " or "));
}

}  // namespace

void Widths::read(const MapEntry& entry, const TensorNames& names) {
  if (!entry.value.is_map()) return leave(entry.key, "it is no map from tensors to numbers");
  const MapEntry* all = nullptr;
  bool by_tensor = true;
  for (const MapEntry& each : entry.value.entries) {
    const std::string* tensor = names.find(each.key.text);
    if (each.key.text == "All") {
      all = &each;
    } else if (tensor != nullptr) {
      take(*tensor, each.key, each.value);
    } else {
      by_tensor = false;
      leave(each.key,
            fmt::format("'{}' is no tensor, and types are declared by tensor", each.key.text));
    }
  }
  if (all == nullptr) return;
  if (!by_tensor || types_.size() < taken_.size())
    leave(all->key, "it would stand for tensors whose own widths are not taken over");
  else
    take("default", all->key, all->value);
}

void Widths::read(const MapEntry& entry, const std::string& tensor) {
  const auto known = taken_.find(tensor);
  if (known == taken_.end())
    take(tensor, entry.key, entry.value);
  else if (known->second != written(entry.value))
    leave(entry.key, fmt::format("{} has {} bits at another access", tensor, known->second));
}

void Widths::take(const std::string& entry, const Node& key, const Node& bits) {
  const std::string text = written(bits);
  if (!taken_.emplace(entry, text).second) return;
  const Formats formats = formats_of(text);
  if (formats.likely.size() == 1)
    return types_.push_back({entry, formats.likely.front(), key.span});
  if (formats.likely.empty())
    return leave(key, fmt::format("no type of numbers has {} bits", text));
  leave(key, fmt::format("{} bits may be {}", text, list_of(formats)),
        fmt::format("write the one that is meant into the cascade: `types: {{{}: {}}}`", entry,
                    name(formats.likely.front())));
}

void Widths::leave(const Node& at, const std::string& why, std::string help) {
  base::Diagnostic note = remark("N31", at.span, fmt::format("a width is not taken over: {}", why));
  note.help = std::move(help);
  remarks_.push_back(std::move(note));
}

std::vector<Widths::Type> Widths::types() {
  std::set<std::string> read;
  for (const Type& type : types_)
    read.insert(fmt::format("{} bits are {}", bits(type.type), name(type.type)));
  if (!read.empty())
    remarks_.push_back(
        remark("N35", types_.front().span,
               fmt::format("widths are taken as formats: {}", fmt::join(read, ", "))));
  return std::move(types_);
}

}  // namespace einfall::einsum
