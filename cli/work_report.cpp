#include "cli/work_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/text_table.hpp"

namespace einfall::cli {
namespace {

using base::TextTable;
using einsum::Cascade;
using einsum::Operation;
using einsum::PointCount;
using Json = nlohmann::ordered_json;

// Operations of all points; saturates, which 2^63 - 1 points times a cost could need.
std::int64_t total(const PointCount& points, const Operation& operation) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(points.count, operation.count, &product)
             ? std::numeric_limits<std::int64_t>::max()
             : product;
}

// By operator: those of the points and those of the reduction together; saturates as well.
std::vector<std::pair<std::string, std::int64_t>> totals(const PointCount& points,
                                                         const std::vector<Operation>& operations) {
  std::vector<std::pair<std::string, std::int64_t>> sums;
  for (const Operation& operation : operations) {
    const auto found = std::find_if(sums.begin(), sums.end(),
                                    [&](const auto& sum) { return sum.first == operation.op; });
    const std::int64_t more = total(points, operation);
    if (found == sums.end())
      sums.emplace_back(operation.op, more);
    else if (__builtin_add_overflow(found->second, more, &found->second))
      found->second = std::numeric_limits<std::int64_t>::max();
  }
  return sums;
}

std::string names(const Cascade& cascade, const std::vector<einsum::TensorId>& tensors) {
  std::string text;
  for (const einsum::TensorId tensor : tensors)
    text += (text.empty() ? "" : ", ") + cascade[tensor].name;
  return text;
}

std::string operation_table(const Cascade& cascade, const Work& work) {
  TextTable table({{"Einsum", {}}, {"points", TextTable::Align::kRight}, {"operations", {}}});
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i) {
    if (cascade.einsums[i].is_init) continue;
    const char* const mark = work.points[i].exact ? "" : "<= ";
    std::string operations;
    for (const auto& [op, count] : totals(work.points[i], work.operations[i]))
      operations += fmt::format("{}{}{} {}", operations.empty() ? "" : ", ", mark, count, op);
    table.add(
        {cascade.einsums[i].name, fmt::format("{}{}", mark, work.points[i].count), operations});
  }
  return table.text();
}

std::string bound_text(const Cascade& cascade, const Work& work) {
  const einsum::TrafficBound& bound = work.bound;
  std::string text =
      fmt::format("\nbytes that every order of computation moves, {}: {}\n",
                  work.buffer ? fmt::format("with a buffer of {} bytes", work.buffer->value())
                              : "with a buffer for everything (--buffer BYTES for another)",
                  bound.total.value());
  TextTable table({{"", {}}, {"", TextTable::Align::kRight}, {"", {}}});
  table.add({"inputs and outputs once", fmt::format("{}", bound.compulsory.value()), ""});
  if (bound.capacity.value() > 0)
    table.add({"moved more than once", fmt::format("{}", bound.capacity.value()), ""});
  for (const einsum::BoundaryTraffic& boundary : bound.boundaries)
    table.add({fmt::format("{}: {} waits for {}", cascade[boundary.rank].name,
                           cascade[boundary.waits].name, cascade[boundary.barrier].name),
               fmt::format("{}", boundary.extra.value()), names(cascade, boundary.cut)});
  text += table.text(2);
  const bool untyped =
      std::any_of(cascade.tensors.begin(), cascade.tensors.end(),
                  [](const einsum::Tensor& tensor) { return !tensor.type.dtype.has_value(); });
  if (untyped) text += "  elements of 8 bytes (fp64) where no type is declared\n";
  return text;
}

}  // namespace

base::Result<Work> work_of(const Cascade& cascade, const einsum::Sizes& sizes,
                           std::optional<base::Bytes> buffer) {
  constexpr base::Bytes kUnlimited{std::int64_t{1} << 50};
  Work work;
  work.buffer = buffer;
  EINFALL_TRY(work.points, einsum::points(cascade, sizes));
  for (const einsum::Einsum& einsum : cascade.einsums)
    work.operations.push_back(einsum::operations(cascade, einsum));
  EINFALL_TRY(work.bound, einsum::traffic_bound(cascade, sizes, buffer.value_or(kUnlimited)));
  return work;
}

std::string text(const Cascade& cascade, const Work& work) {
  return operation_table(cascade, work) + bound_text(cascade, work);
}

void add_fields(const Cascade& cascade, const Work& work, Json& json) {
  json["operations"] = Json::object();
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i) {
    if (cascade.einsums[i].is_init) continue;
    Json& entry = json["operations"][cascade.einsums[i].name];
    entry["points"] = work.points[i].count;
    entry["exact"] = work.points[i].exact;
    entry["counts"] = Json::object();
    for (const auto& [op, count] : totals(work.points[i], work.operations[i]))
      entry["counts"][op] = count;
  }
  const einsum::TrafficBound& bound = work.bound;
  Json& bounds = json["bounds"];
  bounds["buffer_bytes"] = work.buffer ? Json(work.buffer->value()) : Json();
  bounds["total_bytes"] = bound.total.value();
  bounds["compulsory_bytes"] = bound.compulsory.value();
  bounds["capacity_bytes"] = bound.capacity.value();
  bounds["boundaries"] = Json::array();
  for (const einsum::BoundaryTraffic& boundary : bound.boundaries)
    bounds["boundaries"].push_back({{"rank", cascade[boundary.rank].name},
                                    {"waits", cascade[boundary.waits].name},
                                    {"barrier", cascade[boundary.barrier].name},
                                    {"extra_bytes", boundary.extra.value()},
                                    {"cut", names(cascade, boundary.cut)}});
}

}  // namespace einfall::cli
