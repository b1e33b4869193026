#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "einsum/analysis/bounds.hpp"
#include "einsum/analysis/points.hpp"
#include "einsum/ir/cascade.hpp"
#include "einsum/ir/operations.hpp"

/// Operations and traffic bounds as the program shows them.
namespace einfall::cli {

/// What a cascade does for given sizes, on any machine.
struct Work {
  std::vector<einsum::PointCount> points;                  // by EinsumId
  std::vector<std::vector<einsum::Operation>> operations;  // by EinsumId, per point
  std::optional<base::Bytes> buffer;                       // unset: unlimited
  einsum::TrafficBound bound;
};

/// Errors: those of `points` and `traffic_bound`.
[[nodiscard]] base::Result<Work> work_of(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                                         std::optional<base::Bytes> buffer);

/// Tables of the operations of every Einsum and of the traffic bound.
[[nodiscard]] std::string text(const einsum::Cascade& cascade, const Work& work);

/// The fields `operations` and `bounds`.
void add_fields(const einsum::Cascade& cascade, const Work& work, nlohmann::ordered_json& json);

}  // namespace einfall::cli
