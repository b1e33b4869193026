#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/diagnostic.hpp"
#include "einsum/eval/layout.hpp"
#include "einsum/ir/cascade.hpp"

/// Index arithmetic lowered for given sizes and a given strip variable: everything that is affine
/// in the strip variable is a base plus a stride; only quotients, remainders and gathers that
/// depend on it need a value a lane.
namespace einfall::einsum::eval {

/// Inclusive bounds.
struct Bounds {
  std::int64_t low = 0, high = 0;
};

struct Term {
  std::uint32_t which = 0;  // slot of a variable, or number of an atom
  std::int64_t coefficient = 0;
};

/// constant + stride * strip + sum of terms. For addresses the arithmetic wraps: an address is only
/// used where every coordinate is in range, and there the wrapped sum is right.
struct IndexPlan {
  std::int64_t constant = 0;
  std::int64_t stride = 0;
  std::vector<Term> variables;  // other slots than the strip
  std::vector<Term> atoms;
  bool varying = false;        // an atom has a value a lane
  bool may_be_absent = false;  // a gather in it may be
  Bounds bounds;               // over all slots; unused for addresses
};

struct AtomPlan {
  enum class Kind { kQuotient, kRemainder, kGather };
  Kind kind = Kind::kQuotient;
  std::uint32_t source = 0;  // an index plan, or the access that is gathered
  std::int64_t divisor = 1;
  bool varying = false;
};

struct Coordinate {
  std::uint32_t index = 0;
  std::int64_t extent = 1;
  bool checked = false;  // the bounds do not prove it in range
};

struct AccessPlan {
  AccessId access;
  TensorId tensor;
  std::vector<Coordinate> coordinates;
  IndexPlan address;
  bool has_presence = false;
  bool in_range = true;  // no coordinate is checked
  [[nodiscard]] bool varying() const { return address.varying; }
  [[nodiscard]] bool may_be_absent() const {
    return has_presence || address.may_be_absent || !in_range;
  }
};

struct AddressPlans {
  std::vector<IndexPlan> indices;
  std::vector<AtomPlan> atoms;  // sources before users
  std::vector<AccessPlan> accesses;
};

/// What the slots of a loop nest mean.
struct SlotTable {
  std::map<VarId, std::uint32_t> slot_of;
  std::vector<std::int64_t> extents;
  std::uint32_t strip = 0;
};

/// Fills AddressPlans. Every index and access is planned once.
class AddressPlanner {
 public:
  AddressPlanner(const Cascade& cascade, const Sizes& sizes, const std::vector<Layout>& layouts,
                 const std::vector<bool>& has_presence, const SlotTable& slots);

  [[nodiscard]] std::uint32_t plan(IndexId index);
  [[nodiscard]] std::uint32_t plan(AccessId access);
  /// lhs - rhs.
  [[nodiscard]] std::uint32_t difference(IndexId lhs, IndexId rhs);

  AddressPlans plans;
  /// The first thing that cannot be computed: E601 index beyond 64 bits.
  std::optional<base::Diagnostic> trouble;

 private:
  std::int64_t value(const SizePoly& poly, const base::SourceSpan& span);
  void add_atom(const IndexTerm& term, std::int64_t coefficient, const base::SourceSpan& span,
                IndexPlan& plan);
  std::uint32_t atom(const IndexTerm& term, const base::SourceSpan& span);
  void finish(IndexPlan& plan, const base::SourceSpan& span);
  Bounds atom_bounds(std::uint32_t atom) const;

  const Cascade& cascade_;
  const Sizes& sizes_;
  const std::vector<Layout>& layouts_;
  const std::vector<bool>& has_presence_;
  const SlotTable& slots_;
  std::map<IndexId, std::uint32_t> planned_indices_;
  std::map<AccessId, std::uint32_t> planned_accesses_;
};

/// Gathered values are clamped to this magnitude, beyond every extent.
inline constexpr std::int64_t kLargestGathered = std::int64_t{1} << 41;

}  // namespace einfall::einsum::eval
