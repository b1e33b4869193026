#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

/// Attention problems as published tables of GPU measurements list them, one a row of CSV.
namespace einfall::explore {

struct GpuPoint {
  std::string phase;  // what the table calls it; empty: it does not say
  std::int64_t batch = 1;
  std::int64_t q_len = 1;
  std::int64_t kv_len = 1;
  std::int64_t head_dim = 1;
  std::int64_t q_heads = 1;
  std::int64_t kv_heads = 1;
  std::string mask = "none";
  std::optional<std::int64_t> window;  // keys that a query sees
  std::optional<double> measured_ms;
  base::SourceSpan span;  // its row
};

/// A row of column names, in any order, then a row for each point: q_len, kv_len, head_dim and
/// q_heads (or heads) must be there; phase, batch, kv_heads (q_heads), mask (none), window and
/// median_ms (or measured_ms) need not; a dtype has to be of 16 bits, a window belongs to a mask
/// with one, a phase is prefill or decode (of fewer than 128 queries); other columns count for
/// nothing. Empty lines and lines that begin with # are skipped. Error E970: a file or row that is
/// not of this form.
[[nodiscard]] base::Result<std::vector<GpuPoint>> read_gpu_points(const std::string& path);
[[nodiscard]] base::Result<std::vector<GpuPoint>> parse_gpu_points(
    std::shared_ptr<const base::SourceFile> file);

}  // namespace einfall::explore
