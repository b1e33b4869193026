#pragma once

#include <optional>
#include <set>
#include <vector>

#include "einsum/analysis/relate.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Tensors of which every access has the same indices but for the names of variables, so that two
/// sweeps with the same coordinates on some ranks touch the same elements: `X[n + k]` here and
/// there, but not beside `X[n]`. A position is a variable, a split, a sum of variables, or the
/// quotient or remainder of one. No variable occurs twice in an access, no rank twice in a sum.
class AlikeAccesses {
 public:
  explicit AlikeAccesses(const Cascade& cascade);

  [[nodiscard]] bool of(TensorId tensor) const { return places_[tensor.index()].has_value(); }

  /// The ranks of the variables that a tensor is written with, if the reader reads it in the same
  /// way, and every position is a variable or split; else nullopt. Positions that are written with
  /// variables of the view alone (the steps of a state) may be read anywhere, and are left out.
  [[nodiscard]] std::optional<std::set<RankId>> coordinates(TensorId tensor, EinsumId reader,
                                                            const RankView& view) const;

  /// At least so many elements are touched with the coordinates on `fixed` given and all others
  /// gone through; 0 if the accesses are not alike, or beyond 2^50.
  [[nodiscard]] double elements(TensorId tensor, const Sizes& sizes,
                                const std::set<RankId>& fixed) const;

  /// At most so many values of the coordinates on `varied` touch the same of these elements.
  [[nodiscard]] double sharing(TensorId tensor, const Sizes& sizes,
                               const std::set<RankId>& varied) const;

 private:
  enum class Kind { kWhole, kSum, kQuotient, kRemainder };
  struct Place {
    Kind kind = Kind::kWhole;
    std::vector<RankId> ranks;
    std::vector<SizePoly> coefficients;  // as many
    SizePoly divisor, constant;
    bool operator==(const Place&) const = default;
  };
  using Places = std::vector<Place>;

  [[nodiscard]] std::optional<Place> place(IndexId index) const;
  [[nodiscard]] std::optional<Places> places(AccessId access) const;
  [[nodiscard]] std::optional<Places> written(TensorId tensor) const;
  [[nodiscard]] bool like(AccessId access, const Places& places,
                          const std::vector<bool>& anywhere) const;
  [[nodiscard]] double elements(const Place& place, const Sizes& sizes,
                                const std::set<RankId>& fixed) const;
  [[nodiscard]] double sharing(const Place& place, const Sizes& sizes,
                               const std::set<RankId>& varied) const;

  const Cascade& cascade_;
  std::vector<std::optional<Places>> places_;  // by tensor
};

}  // namespace einfall::einsum
