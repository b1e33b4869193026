#include "einsum/analysis/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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

// What crosses one barrier, in numbers.
struct Passage {
  const Boundary* boundary = nullptr;
  double length = 0;            // |R|
  double room = 0;              // capacity left beside the barrier's value
  double fibres = 1;            // values of the barrier's ranks
  std::vector<double> size;     // bytes of a tensor per element of R and fibre
  std::vector<double> shared;   // fibres that share such an element
  std::vector<double> factor;   // 1 to read, 2 to write and read
  std::vector<double> meeting;  // price of a visit where the tensor meets a partner, else 0
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
        readers_(count_readers(flow.cascade)) {}

  TrafficBound run() {
    TrafficBound bound;
    const double once = compulsory();
    double first_visits = 0, capacity = 0;
    for (const Meeting& meeting : meetings_) {
      const double forced =
          meeting.price * static_cast<double>(meeting.visits) - static_cast<double>(meeting.once);
      first_visits += forced;
      capacity += std::max(0.0, forced);
    }
    double extra = capacity;
    bound.capacity = whole(capacity);
    for (std::size_t r = 0; r < cascade_.ranks.size(); ++r) {
      const ViewPasses passes = view_passes(flow_, {RankId(r)});
      if (!fully_present(passes)) continue;
      for (const bool all_fibres : {false, true}) {
        std::vector<BoundaryTraffic> found = boundaries(RankId(r), passes, all_fibres);
        double sum = all_fibres ? first_visits : 0;
        for (const BoundaryTraffic& one : found) sum += static_cast<double>(one.extra.value());
        if (sum <= extra) continue;
        extra = sum;
        bound.boundaries = std::move(found);
        bound.capacity = whole(all_fibres ? std::max(0.0, first_visits) : 0);
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

  double compulsory() const {
    std::vector<double> most(cascade_.tensors.size(), 0);
    const auto offer = [&](EinsumId id, AccessId access) {
      const Region* region = needed_.region(id, access);
      if (region == nullptr) return;
      const auto count = touched(cascade_, cascade_[id], *region, access);
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

  std::vector<BoundaryTraffic> boundaries(RankId rank, const ViewPasses& passes, bool all_fibres) {
    const std::vector<Boundary> between = boundaries_of(flow_, passes);
    std::vector<bool> written(cascade_.tensors.size(), false);
    std::vector<BoundaryTraffic> found;
    for (const Boundary& boundary : between) {
      BoundaryTraffic traffic{rank, boundary.waits, boundary.barrier, base::Bytes(0), {}};
      if (!boundary.arcs.empty()) price(measure(rank, boundary, written), all_fibres, traffic);
      for (const TensorId tensor : boundary.tensors) written[tensor.index()] = true;
      found.push_back(std::move(traffic));
    }
    return found;
  }

  Passage measure(RankId rank, const Boundary& boundary, const std::vector<bool>& written) const {
    Passage passage;
    passage.boundary = &boundary;
    passage.length = static_cast<double>(sizes_[rank]);
    std::set<RankId> fibre = index_ranks(cascade_, boundary.barrier);
    fibre.erase(rank);
    for (const RankId group : fibre) passage.fibres *= static_cast<double>(sizes_[group]);
    // At the moment the barrier is complete, its value lies in the buffer.
    const auto own_elements = einsum::elements(cascade_, boundary.barrier, sizes_, fibre);
    passage.room = std::max(0.0, capacity_ - static_cast<double>(own_elements.value_or(0)) *
                                                 stored_bits(cascade_, boundary.barrier) / 8);
    std::set<RankId> fixed = fibre;
    fixed.insert(rank);
    for (const TensorId tensor : boundary.tensors) {
      const std::set<RankId> own = index_ranks(cascade_, tensor);
      double shared = 1;
      for (const RankId group : fibre)
        if (own.count(group) == 0) shared *= static_cast<double>(sizes_[group]);
      const double elements =
          static_cast<double>(einsum::elements(cascade_, tensor, sizes_, fixed).value_or(0));
      passage.size.push_back(elements * stored_bits(cascade_, tensor) / 8);
      passage.shared.push_back(shared);
      // A write is counted once: not for outputs, not again at a later boundary.
      const bool stored = flow_.is_input(tensor) || written[tensor.index()] ||
                          cascade_[tensor].role == TensorRole::kOutput;
      passage.factor.push_back(stored ? 1 : 2);
      passage.meeting.push_back(meeting_price(tensor, rank, fibre));
    }
    return passage;
  }

  // Bytes for one visit of an element of the rank and a fibre, if the tensor is of no use without
  // meeting its partner.
  double meeting_price(TensorId tensor, RankId rank, const std::set<RankId>& fibre) const {
    if (readers_[tensor.index()] != 1) return 0;
    for (const Meeting& meeting : meetings_) {
      if (meeting.first != tensor && meeting.second != tensor) continue;
      const TensorId other = meeting.first == tensor ? meeting.second : meeting.first;
      const bool every_visit =
          meeting.outer.count(rank) > 0 &&
          std::includes(meeting.outer.begin(), meeting.outer.end(), fibre.begin(), fibre.end());
      if (every_visit && index_ranks(cascade_, other).count(rank) == 0) return meeting.price;
    }
    return 0;
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
  void price(const Passage& passage, bool all_fibres, BoundaryTraffic& traffic) const {
    std::vector<double> rooms{1, 2};
    if (all_fibres)
      for (std::size_t i = 0; i < passage.size.size(); ++i)
        if (passage.size[i] > 0) rooms.push_back(cost(passage, i, true) / passage.size[i]);
    const double times = all_fibres ? passage.fibres : 1;
    for (const double room : rooms) {
      std::size_t next = 0;
      const Crossover lightest = cross(*passage.boundary, [&](TensorId) {
        const std::size_t i = next++;
        const double cheapest = std::min(cost(passage, i, all_fibres), room * passage.size[i]);
        return static_cast<std::int64_t>(std::min(cheapest * kScale, 1e15));
      });
      const double weight = static_cast<double>(lightest.weight) / kScale;
      const base::Bytes extra =
          whole(std::max(0.0, times * (passage.length * weight - room * passage.room)));
      if (extra <= traffic.extra) continue;
      traffic.extra = extra;
      traffic.cut = lightest.cut;
    }
  }

  static double cost(const Passage& passage, std::size_t i, bool all_fibres) {
    const double own = passage.factor[i] * passage.size[i];
    return all_fibres ? std::max(own / passage.shared[i], passage.meeting[i]) : own;
  }

  const Flow& flow_;
  const Cascade& cascade_;
  const Sizes& sizes_;
  const Needed& needed_;
  const std::vector<Meeting>& meetings_;
  double capacity_;
  std::vector<std::int64_t> readers_;
  bool too_large_ = false;
};

// Meetings are of Einsums all of whose reads are needed wherever it has a point.
std::vector<Region> regions_of_meetings(const Cascade& cascade, const Needed& needed) {
  std::vector<Region> regions = needed.einsums;
  for (std::size_t i = 0; i < regions.size(); ++i)
    regions[i].exact = regions[i].exact && needed.whole(cascade, EinsumId(i));
  return regions;
}

}  // namespace

base::Result<TrafficBound> traffic_bound(const Cascade& cascade, const Sizes& sizes,
                                         base::Bytes capacity) {
  EINFALL_TRY(const Flow flow, flow_of(cascade));
  EINFALL_TRY(Presence present, presence(cascade, sizes));
  const Needed need = needed(flow, std::move(present));
  const std::vector<Meeting> pairs =
      meetings(flow, sizes, regions_of_meetings(cascade, need), capacity);
  Bounder bounder(flow, sizes, need, pairs, static_cast<double>(capacity.value()));
  TrafficBound bound = bounder.run();
  if (bounder.too_large())
    return base::failure(base::error("E503", {cascade.file, 0, 0, 1},
                                     "the traffic is beyond 2^53 bytes for these sizes"));
  return bound;
}

}  // namespace einfall::einsum
