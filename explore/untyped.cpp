#include "explore/untyped.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace einfall::explore {
namespace {

// By tensor that is kept anywhere: whether all that keep it say in which type.
void find_kept(const std::vector<mappings::LoopNode>& nodes, std::map<std::string, bool>& typed) {
  for (const mappings::LoopNode& node : nodes) {
    for (const mappings::Keep& keep : node.keeps) {
      bool& all = typed.emplace(keep.tensor, true).first->second;
      all = all && keep.type.has_value();
    }
    find_kept(node.children, typed);
  }
}

std::string line(const UntypedElements& untyped) {
  if (untyped.tensors.empty()) return {};
  return fmt::format(
      "elements of {} bytes, the machine's word, where no type is declared: {}\n", untyped.bytes,
      untyped.all ? "all tensors" : fmt::to_string(fmt::join(untyped.tensors, ", ")));
}

struct SharedLine {
  std::string line;
  std::vector<std::string> parts;
};

// Parts may be compositions themselves: "layer.attention".
void collect(const Costed& costed, const std::string& name, std::vector<SharedLine>& lines) {
  for (const CostedPart& part : costed.parts)
    collect(part.costed, name.empty() ? part.name : name + "." + part.name, lines);
  if (!costed.bound) return;
  const std::string own = line(untyped_elements(costed));
  auto found = std::find_if(lines.begin(), lines.end(),
                            [&](const SharedLine& shared) { return shared.line == own; });
  if (found == lines.end()) found = lines.insert(lines.end(), {own, {}});
  found->parts.push_back(name);
}

}  // namespace

UntypedElements untyped_elements(const Costed& costed) {
  UntypedElements out;
  out.bytes = costed.machine->word.value();
  out.all = true;
  std::map<std::string, bool> kept_typed;
  find_kept(costed.mapping->nest, kept_typed);
  std::vector<bool> seen(costed.cascade->tensors.size(), false);
  for (const mappings::Flow& flow : costed.cost.counts.flows) {
    if (seen[flow.tensor.index()]) continue;
    seen[flow.tensor.index()] = true;
    const einsum::Tensor& tensor = (*costed.cascade)[flow.tensor];
    const auto kept = kept_typed.find(tensor.name);
    if (tensor.type.dtype || (kept != kept_typed.end() && kept->second))
      out.all = false;
    else
      out.tensors.push_back(tensor.name);
  }
  return out;
}

std::string untyped_text(const Costed& costed) {
  std::vector<SharedLine> lines;
  collect(costed, "", lines);
  std::string out;
  for (const SharedLine& shared : lines) {
    if (shared.line.empty()) continue;
    if (lines.size() > 1) out += fmt::format("{}: ", fmt::join(shared.parts, ", "));
    out += shared.line;
  }
  return out;
}

}  // namespace einfall::explore
