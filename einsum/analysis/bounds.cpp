#include "einsum/analysis/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "einsum/analysis/alike.hpp"
#include "einsum/analysis/boundaries.hpp"
#include "einsum/analysis/element_bytes.hpp"
#include "einsum/analysis/meeting.hpp"
#include "einsum/analysis/needed.hpp"
#include "einsum/analysis/touched.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

constexpr double kMostBytes = 9007199254740992.0;  // 2^53: sums of bytes stay exact in a double
constexpr double kScale = 1024;                    // min-cut weights are whole 1/1024 bytes

// How often a boundary is counted: for a single value of the barrier's ranks, a fibre, or for all
// of them, where an input that several fibres share costs its share of one more read, or, where it
// meets another input, the price of a visit. Each counts other reads as the first ones, so that
// they do not mix.
enum class Counted { kOneFibre, kShares, kMeetings };

// What crosses one barrier, in numbers.
struct Passage {
  const Boundary* boundary = nullptr;
  double length = 0;                 // |R|
  double room = 0;                   // capacity left beside the barrier's value
  double allowance = 0;              // bytes that visits about the barrier's completion may save
  double fibres = 1;                 // values of the barrier's ranks that are counted
  std::vector<double> size;          // bytes of a tensor per element of R and fibre
  std::vector<double> cost;          // of such an element if it is not kept
  std::vector<bool> is_visit;        // it costs that whether it is kept or not
  std::set<const Meeting*> visited;  // that the allowance is of; never gone through
};

class Bounder {
 public:
  Bounder(const Flow& flow, const Sizes& sizes, const Needed& needed,
          const std::vector<Meeting>& meetings, double capacity)
      : flow_(flow),
        cascade_(flow.cascade),
        sizes_(sizes),
        needed_(needed),
        meetings_(meetings),
        capacity_(capacity),
        alike_(flow.cascade),
        readers_(count_readers(flow.cascade)) {}

  TrafficBound run() {
    TrafficBound bound;
    const double once = compulsory();
    double first_visits = 0, capacity = 0;
    for (const Meeting& meeting : meetings_) {
      first_visits += forced_by_visits(meeting);
      capacity += std::max(0.0, meeting.traffic.least - meeting.once);
    }
    double extra = capacity;
    bound.capacity = whole(capacity);
    for (std::size_t r = 0; r < cascade_.ranks.size(); ++r) {
      const ViewPasses passes = view_passes(flow_, {RankId(r)});
      if (!fully_present(passes)) continue;
      for (const Counted counted : {Counted::kOneFibre, Counted::kShares, Counted::kMeetings}) {
        std::vector<BoundaryTraffic> found = boundaries(RankId(r), passes, counted);
        double sum = counted == Counted::kMeetings ? first_visits : 0;
        for (const BoundaryTraffic& one : found) sum += static_cast<double>(one.extra.value());
        if (sum <= extra) continue;
        extra = sum;
        bound.boundaries = std::move(found);
        bound.capacity = whole(counted == Counted::kMeetings ? std::max(0.0, first_visits) : 0);
      }
    }
    bound.compulsory = whole(once);
    bound.total = whole(once + extra);
    too_large_ = once + extra > kMostBytes;
    return bound;
  }
  [[nodiscard]] bool too_large() const { return too_large_; }

 private:
  static base::Bytes whole(double bytes) {
    return base::Bytes(static_cast<std::int64_t>(std::min(bytes, kMostBytes)));
  }

  // Reads that the first visits force beyond one of each element; further visits add their price.
  double forced_by_visits(const Meeting& meeting) const {
    const ProductTraffic& traffic = meeting.traffic;
    const double visits = traffic.of_visit(meeting.product) * meeting.product.visits;
    const double start = traffic.least > 0 ? capacity_ : 0;
    return start + visits - traffic.segment - meeting.once;
  }

  double compulsory() const {
    std::vector<double> most(cascade_.tensors.size(), 0);
    const auto offer = [&](EinsumId id, AccessId access) {
      const Region* region = needed_.region(id, access);
      if (region == nullptr) return;
      const auto count = touched(cascade_, cascade_[id], *region, access, sizes_);
      const TensorId tensor = cascade_[access].tensor;
      const double bytes =
          static_cast<double>(count.value_or(0)) * stored_bits(cascade_, tensor) / 8;
      most[tensor.index()] = std::max(most[tensor.index()], bytes);
    };
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) {
      const EinsumId id(i);
      for (const AccessId read : reads(cascade_, cascade_[id]))
        if (flow_.is_input(cascade_[read].tensor)) offer(id, read);
      if (cascade_[flow_.written_by(id)].role == TensorRole::kOutput) offer(id, cascade_[id].lhs);
    }
    double sum = 0;
    for (const double bytes : most) sum += bytes;
    return sum;
  }

  // Boundaries are counted for full fibres; a mask could leave a barrier nothing to wait for, and
  // so could a branch that is not taken.
  bool fully_present(const ViewPasses& passes) const {
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      if (!needed_.whole(cascade_, EinsumId(i)) ||
          (!variables_on(cascade_, cascade_.einsums[i], passes.view).empty() &&
           !needed_.einsums[i].is_everything()))
        return false;
    return true;
  }

  std::vector<BoundaryTraffic> boundaries(RankId rank, const ViewPasses& passes, Counted counted) {
    const std::vector<Boundary> between = boundaries_of(flow_, passes);
    std::vector<bool> written(cascade_.tensors.size(), false);
    std::vector<BoundaryTraffic> found;
    for (const Boundary& boundary : between) {
      BoundaryTraffic traffic{rank, boundary.waits, boundary.barrier, base::Bytes(0), {}};
      if (!boundary.arcs.empty()) price(measure(rank, boundary, written, counted), traffic);
      for (const TensorId tensor : boundary.tensors) written[tensor.index()] = true;
      found.push_back(std::move(traffic));
    }
    return found;
  }

  Passage measure(RankId rank, const Boundary& boundary, const std::vector<bool>& written,
                  Counted counted) const {
    Passage passage;
    passage.boundary = &boundary;
    passage.length = static_cast<double>(sizes_[rank]);
    const std::set<RankId>& fibre = boundary.fibre;
    if (counted != Counted::kOneFibre)
      for (const RankId group : fibre) passage.fibres *= static_cast<double>(sizes_[group]);
    // At the moment the barrier is complete, its value lies in the buffer.
    passage.room = std::max(0.0, capacity_ - stored_bits(cascade_, boundary.barrier) / 8.0);
    std::set<RankId> fixed = fibre;
    fixed.insert(rank);
    for (const TensorId tensor : boundary.tensors) {
      const double bytes =
          alike_.elements(tensor, sizes_, fixed) * stored_bits(cascade_, tensor) / 8;
      // What several elements of R, or several fibres, have in common costs each its share.
      const double size = bytes / alike_.sharing(tensor, sizes_, {rank});
      const double share =
          counted == Counted::kOneFibre ? size : bytes / alike_.sharing(tensor, sizes_, fixed);
      // A write is counted once: not for outputs, not again at a later boundary, and not for sums
      // that a meeting may have written unfinished.
      const bool stored = flow_.is_input(tensor) || written[tensor.index()] ||
                          cascade_[tensor].role == TensorRole::kOutput ||
                          (counted == Counted::kMeetings && is_summed(tensor));
      passage.size.push_back(size);
      passage.cost.push_back((stored ? 1 : 2) * share);
      passage.is_visit.push_back(false);
      if (counted == Counted::kMeetings) meet(tensor, rank, fibre, passage);
    }
    return passage;
  }

  bool is_summed(TensorId tensor) const {
    return std::any_of(meetings_.begin(), meetings_.end(),
                       [&](const Meeting& meeting) { return meeting.result == tensor; });
  }

  // The last tensor of a passage, if it is an operand that meets another, in whatever form: all its
  // bytes are counted by visits, and it has a further one where it is of no use without its
  // partner.
  void meet(TensorId tensor, RankId rank, const std::set<RankId>& fibre, Passage& passage) const {
    for (const Meeting& meeting : meetings_) {
      if (!meeting.first.has(tensor) && !meeting.second.has(tensor)) continue;
      const bool is_first = meeting.first.has(tensor);
      const OperandForms& own = is_first ? meeting.first : meeting.second;
      const OperandForms& other = is_first ? meeting.second : meeting.first;
      const bool every_visit =
          meeting.outer.count(rank) > 0 &&
          std::includes(meeting.outer.begin(), meeting.outer.end(), fibre.begin(), fibre.end()) &&
          std::all_of(own.tensors.begin(), own.tensors.end(),
                      [&](TensorId t) { return readers_[t.index()] == 1; }) &&
          std::all_of(other.tensors.begin(), other.tensors.end(), [&](TensorId t) {
            return alike_.of(t) && index_ranks(cascade_, t).count(rank) == 0;
          });
      passage.is_visit.back() = true;
      passage.cost.back() = every_visit ? meeting.traffic.of_visit(meeting.product) : 0;
      // In the segment in which the barrier is complete, visits before and after it may share what
      // is at hand.
      if (every_visit && passage.visited.insert(&meeting).second)
        passage.allowance +=
            meeting.traffic.of_product() * (capacity_ + meeting.traffic.segment) * 8 / own.bits;
    }
  }

  // By tensor: Einsums that read it.
  static std::vector<std::int64_t> count_readers(const Cascade& cascade) {
    std::vector<std::int64_t> readers(cascade.tensors.size(), 0);
    for (const Einsum& einsum : cascade.einsums) {
      std::set<TensorId> read;
      for (const AccessId access : reads(cascade, einsum)) read.insert(cascade[access].tensor);
      for (const TensorId tensor : read) ++readers[tensor.index()];
    }
    return readers;
  }

  // For any price of room r: what is neither kept nor free costs its price, what is kept costs r a
  // byte, and all that is kept at the barrier is at most the room there. So the extra traffic is at
  // least length * (lightest cut at min(price, r)) - r * room; the best r is taken.
  void price(const Passage& passage, BoundaryTraffic& traffic) const {
    std::vector<double> rooms{1, 2};
    for (std::size_t i = 0; i < passage.size.size(); ++i)
      if (passage.size[i] > 0 && !passage.is_visit[i])
        rooms.push_back(passage.cost[i] / passage.size[i]);
    for (const double room : rooms) {
      std::size_t next = 0;
      const Crossover lightest = cross(*passage.boundary, [&](TensorId) {
        const std::size_t i = next++;
        const double kept = passage.is_visit[i] ? passage.cost[i] : room * passage.size[i];
        return static_cast<std::int64_t>(std::min(std::min(passage.cost[i], kept) * kScale, 1e15));
      });
      const double forced = passage.length * static_cast<double>(lightest.weight) / kScale;
      const base::Bytes extra =
          whole(std::max(0.0, passage.fibres * (forced - room * passage.room - passage.allowance)));
      if (extra <= traffic.extra) continue;
      traffic.extra = extra;
      traffic.cut = lightest.cut;
    }
  }

  const Flow& flow_;
  const Cascade& cascade_;
  const Sizes& sizes_;
  const Needed& needed_;
  const std::vector<Meeting>& meetings_;
  double capacity_;
  AlikeAccesses alike_;
  std::vector<std::int64_t> readers_;
  bool too_large_ = false;
};

}  // namespace

base::Result<TrafficBound> traffic_bound(const Cascade& cascade, const Sizes& sizes,
                                         base::Bytes capacity) {
  EINFALL_TRY(const Flow flow, flow_of(cascade));
  EINFALL_TRY(Presence present, presence(cascade, sizes));
  const Needed need = needed(flow, sizes, std::move(present));
  const std::vector<Meeting> pairs = meetings(flow, sizes, need, capacity);
  Bounder bounder(flow, sizes, need, pairs, static_cast<double>(capacity.value()));
  TrafficBound bound = bounder.run();
  if (bounder.too_large())
    return base::failure(base::error("E503", {cascade.file, 0, 0, 1},
                                     "the traffic is beyond 2^53 bytes for these sizes"));
  return bound;
}

}  // namespace einfall::einsum
