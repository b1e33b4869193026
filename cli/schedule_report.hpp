#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "einsum/analysis/state_class.hpp"
#include "einsum/analysis/tiled_traffic.hpp"

/// What schedules of a cascade remember and move, as the program shows it.
namespace einfall::cli {

/// "M/P" or "M/P/64": sweep M in chunks of 64 (128 unless given) for tiles of P.
struct TileRequest {
  std::string swept, tiled;
  std::int64_t chunk = 128;
};

/// One schedule family with each way to hand values over a pass boundary.
struct TileReport {
  struct Row {
    std::string handover;
    base::Result<einsum::TiledTraffic> traffic;  // or why it does not fit
  };
  TileRequest request;
  std::vector<Row> rows;
};

/// Errors: E502 a rank that the cascade does not have.
[[nodiscard]] base::Result<TileReport> tile_report(const einsum::Cascade& cascade,
                                                   const einsum::Sizes& sizes, base::Bytes buffer,
                                                   const TileRequest& request);
[[nodiscard]] std::string text(const TileReport& report);
/// The field `bounds.schedules`.
void add_fields(const TileReport& report, nlohmann::ordered_json& json);

/// What is carried along each rank; ranks that carry and keep nothing are left out.
[[nodiscard]] std::string text(const einsum::Cascade& cascade,
                               const std::vector<einsum::StateClass>& states);
/// The fields `ranks.<R>.state` and `ranks.<R>.fibres`.
void add_fields(const einsum::Cascade& cascade, const std::vector<einsum::StateClass>& states,
                nlohmann::ordered_json& json);

}  // namespace einfall::cli
