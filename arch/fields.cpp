#include "arch/fields.hpp"

namespace einfall::arch {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::vector<const base::yaml::Node*> items_of(const base::yaml::Node& node) {
  if (!node.is_sequence()) return {&node};
  std::vector<const base::yaml::Node*> items;
  for (const base::yaml::Node& item : node.items) items.push_back(&item);
  return items;
}

std::vector<Located<std::string>> read_names(const base::yaml::Node& node, const std::string& what,
                                             base::Diagnostics& sink) {
  std::vector<Located<std::string>> names;
  for (const base::yaml::Node* item : items_of(node))
    if (auto name = base::yaml::read_name(*item, what, sink))
      names.push_back({std::move(*name), item->span});
  return names;
}

}  // namespace einfall::arch
