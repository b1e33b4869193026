#pragma once

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arch/machine.hpp"
#include "mappings/program/program.hpp"
#include "sim/engine/watcher.hpp"
#include "sim/values/places.hpp"

/// Values for an execution: tensors move between the places of the machine with the operations that
/// move them, tile operations compute on what is in their places at that time. What was not
/// delivered, or not made, or has been overwritten, is poison.
namespace einfall::sim {

struct ValuesInput {
  const einsum::Cascade& cascade;
  const arch::Machine& machine;
  const mappings::BoundMapping& bound;
  const mappings::Program& program;
  /// All tensors as the bit-true evaluator finds them. The run takes the inputs and what init lines
  /// give from here; the rest is what it is compared with.
  const einsum::TensorMap<double>& whole;
  const base::numerics::Policy& numerics;
  std::int64_t max_bytes = std::int64_t{8} << 30;
};

/// How what visits made compares with the evaluator's.
struct TensorAgreement {
  std::int64_t compared = 0;
  std::int64_t different = 0;  // in any bit, or present in one only
};

class Values final : public Watcher {
 public:
  /// Errors: E962 a mapping whose tiles cannot be computed one by one (a loop inside a part of its
  /// rank that is not a loop; a reduction in several visits whose order has more state than a
  /// value), E601 too large.
  [[nodiscard]] static base::Result<std::unique_ptr<Values>> make(const ValuesInput& input);
  ~Values() override;

  void began(std::size_t operation, const mappings::Walker& at, std::int64_t now) override;
  void ended(std::size_t operation, const mappings::Walker& at, std::int64_t now,
             std::int64_t usable) override;
  [[nodiscard]] bool stopped() const override { return trouble_.has_value(); }

  /// The first value that was used but not there: which, where, when (E963).
  [[nodiscard]] const std::optional<base::Diagnostic>& trouble() const { return trouble_; }
  [[nodiscard]] const std::vector<TensorAgreement>& agreements() const { return agreements_; }
  /// A tensor as it has come to the outermost memory.
  [[nodiscard]] einsum::DenseTensor<double> stored(einsum::TensorId tensor) const;

 private:
  // An absorbed Einsum: what its reader finds in place of the tensor it was absorbed into.
  struct Absorbed {
    std::size_t placed = 0;
    einsum::EinsumId einsum;
    einsum::AccessId access;  // of the reader
    Place* result = nullptr;
    std::vector<std::pair<einsum::AccessId, Place*>> reads;
  };
  struct Read {
    einsum::AccessId access;
    Place* place = nullptr;
    std::size_t index = 0;  // into BoundEinsum::reads
  };
  struct Step {
    mappings::StepId id;
    std::size_t operation = 0;
    std::size_t placed = 0;
    std::vector<Absorbed> absorbed;  // in the order of their dependences
    std::vector<Read> reads;
    einsum::AccessId lhs;
    Place* result = nullptr;
    Place* kept = nullptr;
    /// What it fetches for others of its leaf too, who find it beside the PEs.
    std::vector<std::pair<Read, Place*>> hands_on;
    /// What another of its leaf fetches for it too; in a software pipeline that one may come later.
    std::vector<std::pair<Read, Place*>> shares;
    mappings::Levels reduced = 0;
    bool split = false;       // its reduction takes several visits
    bool comes_back = false;  // what it goes on with, to the place that keeps it
  };
  // A movement of an operation.
  struct Copy {
    std::size_t movement = 0;
    Place* from = nullptr;
    Place* to = nullptr;
    /// Of the tensor: by its readers, each behind the absorbed Einsums (outermost first) that they
    /// read it through.
    struct Needed {
      einsum::AccessId access;
      std::vector<std::pair<einsum::AccessId, einsum::EinsumId>> through;
    };
    std::vector<Needed> needed;
    std::size_t room = 0;     // pieces; 0: what was there before stays
    bool comes_back = false;  // what has left unfinished
    struct Piece {
      std::vector<TensorBox> boxes;  // by `needed`
      std::int64_t usable = kOnItsWay;
    };
    static constexpr std::int64_t kOnItsWay = std::numeric_limits<std::int64_t>::max();
    std::deque<Piece> held;  // in the order in which they make room for others
  };
  struct Operation {
    std::vector<Step> steps;
    std::vector<Copy> at_start, at_end;
  };
  friend class ValuesBuilder;

  explicit Values(const ValuesInput& input) : in_(input) {}
  void go_on(const Step& step, const mappings::RankRanges& ranges, const mappings::Walker& at,
             std::int64_t now);
  void compute(const Step& step, const mappings::RankRanges& ranges, const mappings::Walker& at,
               std::int64_t now);
  void check_arrivals(const Step& step, const Read& read, const mappings::RankRanges& ranges,
                      std::int64_t now);
  void compare(const Step& step, const TensorBox& box, const mappings::RankRanges& ranges,
               std::int64_t now);
  bool find_poison(const Step& step, const mappings::RankRanges& ranges, std::int64_t now);
  void run_copy(Copy& copy, const mappings::RankRanges& ranges, std::int64_t now,
                std::int64_t usable);
  static std::vector<TensorBox> left_by(std::vector<TensorBox> boxes, const Copy::Piece& piece);
  void make_room(Copy& copy, const mappings::RankRanges& ranges, bool unused, std::int64_t now);
  [[nodiscard]] mappings::DependenceDelay delay(std::size_t maker, const Step& reader,
                                                const Read& read);
  [[nodiscard]] TensorBox box_of(einsum::AccessId access, const mappings::RankRanges& ranges) const;
  [[nodiscard]] TensorBox box_of(const Copy::Needed& needed, mappings::RankRanges ranges) const;

  ValuesInput in_;
  std::optional<einsum::TileEvaluator> evaluator_;
  std::map<std::string, std::unique_ptr<Place>> places_;
  std::vector<Operation> operations_;        // by operation of the program
  std::vector<TensorAgreement> agreements_;  // by TensorId
  std::map<std::pair<std::size_t, std::pair<std::size_t, std::size_t>>, mappings::DependenceDelay>
      delays_;
  std::optional<base::Diagnostic> trouble_;
};

/// The coordinates of the ranks in the iteration where a walker stands, whole where no loop cuts
/// them.
[[nodiscard]] mappings::RankRanges ranges_at(const mappings::BoundMapping& bound,
                                             const mappings::Walk& walk,
                                             const mappings::Walker& at);

/// The coordinates at which an absorbed Einsum has to be evaluated for a box of its tensor.
[[nodiscard]] mappings::RankRanges ranges_for(const einsum::Cascade& cascade,
                                              const einsum::Sizes& sizes, einsum::EinsumId absorbed,
                                              const TensorBox& box);

}  // namespace einfall::sim
