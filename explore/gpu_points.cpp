#include "explore/gpu_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "base/csv.hpp"
#include "explore/scenario.hpp"

namespace einfall::explore {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 24;
constexpr std::size_t kMostErrors = 20;
constexpr std::int64_t kPrompt = 128;  // queries, a full tile

struct Cell {
  std::string text;
  base::SourceSpan span;
};

class PointReader {
 public:
  explicit PointReader(std::shared_ptr<const base::SourceFile> file) : file_(std::move(file)) {}

  base::Result<std::vector<GpuPoint>> run() {
    base::each_csv_row(file_->text,
                       [&](std::uint32_t line, const std::vector<base::CsvField>& row) {
                         line_ = line;
                         if (columns_.empty())
                           header(cells(row));
                         else
                           this->row(cells(row));
                         return !columns_.empty() && sink_.size() < kMostErrors;
                       });
    if (columns_.empty() && sink_.empty())
      report({file_, 0, 0, 1}, "the file has no row of column names", kForm);
    else if (points_.empty() && sink_.empty())
      report({file_, 0, 0, 1}, "the file has no rows of points", kForm);
    if (base::has_errors(sink_)) return base::failure(std::move(sink_));
    return std::move(points_);
  }

 private:
  static constexpr const char* kForm =
      "the first row names the columns: "
      "phase,batch,q_len,kv_len,head_dim,q_heads,kv_heads,mask,median_ms";

  void report(const base::SourceSpan& span, std::string message, std::string help) {
    sink_.push_back(base::error("E970", span, std::move(message), std::move(help)));
  }

  std::vector<Cell> cells(const std::vector<base::CsvField>& fields) const {
    std::vector<Cell> out;
    for (const base::CsvField& field : fields)
      out.push_back({field.text, {file_, line_, field.column, field.length}});
    return out;
  }

  void header(const std::vector<Cell>& names) {
    for (const Cell& name : names) {
      std::string column = name.text;
      if (column == "heads") column = "q_heads";
      if (column == "measured_ms") column = "median_ms";
      if (std::find(columns_.begin(), columns_.end(), column) != columns_.end())
        report(name.span, fmt::format("two columns are called '{}'", name.text), kForm);
      if (column == "kernel")
        report(name.span, "points of single kernels do not stand here",
               "rows without a kernel are attention by whatever kernel is best at it; "
               "`einfall gpu predict` predicts points of kernels, `gpu measure` times them, and "
               "`gpu compare` takes the record of that");
      columns_.push_back(std::move(column));
    }
    for (const char* needed : {"q_len", "kv_len", "head_dim", "q_heads"})
      if (std::find(columns_.begin(), columns_.end(), needed) == columns_.end())
        report(names.front().span, fmt::format("there is no column '{}'", needed), kForm);
    if (!sink_.empty()) columns_.clear();
  }

  const Cell* find(const std::vector<Cell>& row, const char* column) const {
    const auto at = std::find(columns_.begin(), columns_.end(), column);
    if (at == columns_.end()) return nullptr;
    const Cell& cell = row[static_cast<std::size_t>(at - columns_.begin())];
    return cell.text.empty() ? nullptr : &cell;
  }
  template <class T>
  void whole(const std::vector<Cell>& row, const char* column, T& out) {
    const Cell* cell = find(row, column);
    if (cell == nullptr) return;
    if (const auto value = parse_size(cell->text))
      out = *value;
    else
      report(cell->span, fmt::format("'{}' is no {}", cell->text, column),
             "a whole number from 1 to 2^40");
  }

  void row(const std::vector<Cell>& row) {
    if (row.size() != columns_.size())
      return report(
          row.front().span,
          fmt::format("this row has {} fields, there are {} columns", row.size(), columns_.size()),
          kForm);
    GpuPoint point;
    point.span = {file_, line_, 1,
                  std::max(1U, row.back().span.column + row.back().span.length - 1)};
    if (const Cell* cell = find(row, "phase")) point.phase = cell->text;
    if (const Cell* cell = find(row, "mask")) point.mask = cell->text;
    for (const char* needed : {"q_len", "kv_len", "head_dim", "q_heads"})
      if (find(row, needed) == nullptr)
        report(point.span, fmt::format("this row has no {}", needed), kForm);
    whole(row, "batch", point.batch);
    whole(row, "q_len", point.q_len);
    whole(row, "kv_len", point.kv_len);
    whole(row, "head_dim", point.head_dim);
    whole(row, "q_heads", point.q_heads);
    point.kv_heads = point.q_heads;
    whole(row, "kv_heads", point.kv_heads);
    whole(row, "window", point.window);
    contradictions(row, point);
    if (const Cell* cell = find(row, "median_ms")) point.measured_ms = time(*cell);
    points_.push_back(std::move(point));
  }

  // Columns that say something else than what would be predicted.
  void contradictions(const std::vector<Cell>& row, const GpuPoint& point) {
    const Cell* phase = find(row, "phase");
    if (phase != nullptr && phase->text != "prefill" && phase->text != "decode")
      report(phase->span, fmt::format("the phase '{}' is not known", phase->text),
             "prefill or decode, both forward passes");
    else if (phase != nullptr && phase->text == "decode" && point.q_len >= kPrompt)
      report(phase->span, fmt::format("{} queries of a sequence are no decoding", point.q_len),
             "fewer than 128 queries, or prefill");
    for (const char* name : {"dtype", "format", "precision", "data_type"}) {
      const Cell* dtype = find(row, name);
      if (dtype != nullptr && dtype->text != "bf16" && dtype->text != "fp16")
        report(dtype->span, fmt::format("elements of type '{}' are not predicted", dtype->text),
               "bf16 or fp16; points of kernels (a column 'kernel') have more");
    }
    const Cell* window = find(row, "window");
    if (window != nullptr && point.mask.find("window") == std::string::npos)
      report(window->span, fmt::format("a window beside the mask '{}'", point.mask),
             "the mask sliding_window, or no window");
  }

  std::optional<double> time(const Cell& cell) {
    const char* end = cell.text.data() + cell.text.size();
    double value = 0;
    const auto [stop, wrong] = std::from_chars(cell.text.data(), end, value);
    // A picosecond is less than anything that is measured.
    if (wrong == std::errc() && stop == end && value >= 1e-9 && value < 1e12) return value;
    report(cell.span, fmt::format("'{}' is no time in milliseconds", cell.text),
           "a positive number; leave the field empty where nothing was measured");
    return std::nullopt;
  }

  std::shared_ptr<const base::SourceFile> file_;
  std::uint32_t line_ = 0;
  std::vector<std::string> columns_;
  std::vector<GpuPoint> points_;
  base::Diagnostics sink_;
};

}  // namespace

base::Result<std::vector<GpuPoint>> parse_gpu_points(std::shared_ptr<const base::SourceFile> file) {
  return PointReader(std::move(file)).run();
}

base::Result<std::vector<GpuPoint>> read_gpu_points(const std::string& path) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = path;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  const bool open = in && !std::filesystem::is_directory(path);
  if (open && in.peek() == std::ifstream::traits_type::eof())
    return base::failure(
        base::error("E970", {file, 0, 0, 1}, "the file is empty", "a file of points in CSV"));
  if (!open || !(text << in.rdbuf()))
    return base::failure(
        base::error("E970", {file, 0, 0, 1}, "cannot be read", "a file of points in CSV"));
  file->text = text.str();
  if (file->text.size() > kLargestFile)
    return base::failure(
        base::error("E970", {file, 0, 0, 1}, "is larger than 16 MiB", "a file of points in CSV"));
  return parse_gpu_points(std::move(file));
}

}  // namespace einfall::explore
