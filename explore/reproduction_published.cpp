#include <fmt/format.h>

#include <algorithm>

#include "explore/reproduction.hpp"

namespace einfall::explore {
namespace {

const std::string kOfLast = "_of_last";

// Significant digits of a number as it is written: 3 of "0.0410", 4 of "1.057e4".
int digits(const std::string& text) {
  int count = 0;
  for (const char c : text.substr(0, text.find_first_of("eE")))
    if (c >= '0' && c <= '9' && (count > 0 || c != '0')) ++count;
  return std::max(count, 1);
}

PublishedValue quotient(const PublishedValue& above, const PublishedValue& below) {
  const double value = above.value / below.value;
  return {value, fmt::format("{:#.{}g}", value, std::min(digits(above.text), digits(below.text)))};
}

}  // namespace

std::optional<PublishedValue> published(const std::vector<PublishedRow>& rows,
                                        const PointResult& point, const std::string& quantity) {
  for (const PublishedRow& row : rows) {
    const bool same = std::all_of(row.keys.begin(), row.keys.end(), [&](const auto& key) {
      return point.key(key.first) == key.second;
    });
    const auto found = row.values.find(quantity);
    if (!same || found == row.values.end()) continue;
    for (const auto& [value, number] : found->second)
      if (value.empty() || value == point.keys.back().second) return number;
  }
  return std::nullopt;
}

std::map<std::string, PublishedValue> published_at(const std::vector<PublishedRow>& rows,
                                                   const PointResult& point) {
  std::map<std::string, PublishedValue> out;
  for (const PublishedRow& row : rows)
    for (const auto& [quantity, values] : row.values)
      if (const auto value = published(rows, point, quantity)) out[quantity] = *value;
  return out;
}

std::vector<PublishedRow> relative_to_first(const std::vector<PublishedRow>& rows,
                                            const std::vector<PointResult>& points) {
  if (points.empty()) return rows;
  // The last axis is the fastest.
  const std::string& first = points.front().keys.back().second;
  const std::string& last = points.back().keys.back().second;
  std::vector<PublishedRow> out;
  for (const PublishedRow& row : rows) {
    PublishedRow turned{row.keys, {}};
    for (const auto& [quantity, values] : row.values) {
      const std::size_t at = quantity.rfind(kOfLast);
      const bool of_last = at != std::string::npos && at + kOfLast.size() == quantity.size();
      const auto whole = values.find(first);
      if (!of_last) turned.values[quantity] = values;
      if (!of_last || whole == values.end()) continue;
      auto& ratios = turned.values[quantity.substr(0, at)];
      ratios[last] = whole->second;
      for (const auto& [value, number] : values)
        if (value != first && number.value != 0) ratios[value] = quotient(whole->second, number);
    }
    out.push_back(std::move(turned));
  }
  return out;
}

}  // namespace einfall::explore
