#include "mappings/ir/type_warnings.hpp"

#include <fmt/format.h>

#include <set>

#include "mappings/ir/nest.hpp"

namespace einfall::mappings {
namespace {

using einsum::DataType;

class TypeCheck {
 public:
  TypeCheck(const BoundMapping& bound, const einsum::Cascade& cascade, const arch::Machine& machine)
      : bound_(bound), cascade_(cascade), machine_(machine) {}

  base::Diagnostics run() {
    for (const BoundEinsum& step : bound_.einsums) {
      for (const BoundAccess& read : step.reads)
        if (!read.forwarded) check(read, false);
      if (!step.write.consumed_in_leaf) check(step.write, true);
    }
    return std::move(found_);
  }

 private:
  void check(const BoundAccess& access, bool written) {
    const auto type = cascade_[access.tensor].type.dtype;
    if (!type || type == DataType::kIndex || type == DataType::kBool) return;
    if (access.keeps.empty()) {
      const std::int64_t word = machine_.word.value() * 8;
      if (word < bits(*type))
        report(access.tensor, *type,
               fmt::format("machine '{}' has words of {}", machine_.name, word), {});
    }
    for (const KeepId id : access.keeps) {
      const BoundKeep& keep = bound_[id];
      if (keep.bits < bits(*type) && moves(access.tensor, keep, written))
        report(access.tensor, *type,
               fmt::format("the mapping moves it in elements of {}", keep.bits),
               bound_.keep_spans[id.index()]);
    }
  }

  // Values that live and die in registers are as wide as these.
  bool moves(einsum::TensorId tensor, const BoundKeep& keep, bool written) const {
    if (keep.memory) return true;
    return written ? is_needed_outside(bound_, cascade_, tensor, keep.node)
                   : !is_made_under(bound_, tensor, keep.node);
  }

  void report(einsum::TensorId id, DataType type, const std::string& moved,
              const base::SourceSpan& kept) {
    if (!reported_.insert(id).second) return;
    const einsum::Tensor& tensor = cascade_[id];
    base::Diagnostic out = base::warning(
        "W801", tensor.span,
        fmt::format("{} is {}, {} bits an element, and {}: traffic is counted with these",
                    tensor.name, name(type), bits(type), moved),
        "keep it with its `type`, declare a narrower one, or take a machine with wider words");
    if (kept.known()) out.notes.push_back({kept, "kept here"});
    found_.push_back(std::move(out));
  }

  const BoundMapping& bound_;
  const einsum::Cascade& cascade_;
  const arch::Machine& machine_;
  std::set<einsum::TensorId> reported_;
  base::Diagnostics found_;
};

}  // namespace

base::Diagnostics type_warnings(const BoundMapping& bound, const einsum::Cascade& cascade,
                                const arch::Machine& machine) {
  return TypeCheck(bound, cascade, machine).run();
}

}  // namespace einfall::mappings
