#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace einfall::gpu_ref::records {

/// A place in a text that is wrong. Lines and columns are 1-based; 0 means the whole file.
struct Complaint {
  std::string file;
  int line = 0, column = 0;
  std::string message;  // what was found, what was expected
};
/// "file:line:column: message".
[[nodiscard]] std::string text_of(const Complaint& complaint);

/// Keys of a block that K7 can leave out.
inline constexpr int kListedKeys = 64;

/// One thing to measure: a kernel and the sizes it is asked to do. The names of the sizes are those
/// of published tables (gpu_ref/points.csv, and what `einfall gpu predict` reads).
struct Point {
  std::string kernel;           // "k3-one-pass"
  std::string format = "bf16";  // bf16, fp16, int8, e4m3
  int batch = 1, q_len = 1, kv_len = 1, head_dim = 64, q_heads = 1, kv_heads = 1;
  bool causal = false;  // aligned to the last key
  int window = 0;       // keys a query looks back over, its own included; 0 = all
  int splits = 1;       // K5 split
  int slots = 0;        // K5 stream: blocks at once; 0 = one for each SM
  int kept = 0;         // K7: blocks of kListedKeys listed for each block of 128 queries; 0 = all
  int page = 0;         // K5: keys in a page of the cache; 0 = the cache is one piece
  bool warm = false;    // the same buffers each time; else others, so that nothing is left in L2
  std::string set;      // what the point is for: "waves", "passes"; not part of its identity
  int line = 0;         // in the file it came from; not part of its identity
};

/// What a point is, in one canonical line: equal for two points that are the same measurement.
[[nodiscard]] std::string key(const Point& point);

struct Points {
  std::vector<Point> points;  // in the order of the file
  std::vector<Complaint> complaints;
};
/// Reads points in CSV: a row of column names, in any order, then a row for each point; lines that
/// begin with # and empty lines count for nothing. Columns kernel, q_len, kv_len and head_dim must
/// be there, others have the defaults of Point (kv_heads: q_heads). Unknown columns, missing or
/// additional fields, numbers out of range and points that stand there twice are complaints, each
/// with its place; then `points` is what was right.
[[nodiscard]] Points parse_points(std::string_view text, const std::string& file);

}  // namespace einfall::gpu_ref::records
