#include "gpu_ref/measure/point.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "gpu_ref/check/parallel.hpp"
#include "gpu_ref/check/reference.hpp"
#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"
#include "gpu_ref/measure/tensors.hpp"
#include "gpu_ref/records/statistics.hpp"

namespace einfall::gpu_ref::measure {
namespace {

constexpr std::pair<const char*, Format> kFormats[] = {{"bf16", Format::kBf16},
                                                       {"fp16", Format::kFp16},
                                                       {"int8", Format::kInt8},
                                                       {"e4m3", Format::kE4m3}};
constexpr int kMostCopies = 256;

int blocks_of_queries(const Problem& p) {
  return static_cast<int>(blocks_for(p.queries, kQueryRows));
}

/// One point while it is measured.
class Measuring {
 public:
  Measuring(Device& device, const Kernel& kernel, const records::Point& point,
            const PointOptions& options)
      : device_(device),
        kernel_(kernel),
        point_(point),
        options_(options),
        facts_(device.facts()),
        p_(problem_of(kernel, point, facts_.sm_count)),
        stream_(options.seed) {}

  PointResult run() {
    PointResult result;
    result.refusal = why_not();
    if (!result.refusal.empty()) return result;
    prepare();
    records::Measurement m = times();
    if (!stream_.problem()) verify(m);
    if (stream_.problem()) {
      result.refusal = *stream_.problem();
      result.device_lost = device_.lost();
      return result;
    }
    result.measured = std::move(m);
    return result;
  }

 private:
  std::string why_not() {
    if (std::string why = refusal_of(kernel_, point_); !why.empty()) return why;
    const double bytes = bytes_of(kernel_, p_);
    const double room =
        0.9 * device_.free_bytes() - static_cast<double>(kernel_.workspace_bytes(p_));
    copies_ = 1;
    if (!point_.warm)
      copies_ = static_cast<int>(
          std::clamp(std::ceil(2 * facts_.l2_bytes / bytes) + 1, 2.0, double(kMostCopies)));
    if (bytes * copies_ <= room) return "";
    return std::to_string(copies_) + " copies of its tensors, " +
           std::to_string(bytes * copies_ / 1e9) + " GB, do not fit into memory";
  }

  void prepare() {
    for (int copy = 0; copy < copies_; ++copy)
      sets_.push_back(make_tensors(stream_, kernel_, p_, options_.seed, copy));
    extras_ = extras_of(kernel_, p_, point_.kept, options_.seed);
    decay_ = uploaded("decay", extras_.decay);
    first_ = uploaded("first", extras_.block_first);
    blocks_ = uploaded("blocks", extras_.blocks);
    workspace_ =
        std::make_unique<Buffer<std::byte>>(stream_, "workspace", kernel_.workspace_bytes(p_));
    workspace_->clear(kernel_.zeroed_bytes(p_));
  }
  template <class T>
  std::unique_ptr<Buffer<T>> uploaded(const char* name, const std::vector<T>& values) {
    auto buffer = std::make_unique<Buffer<T>>(stream_, name, values.size());
    buffer->upload(values);
    buffer->freeze();
    return buffer;
  }

  void launch(int copy) {
    Operands operands;
    sets_[static_cast<std::size_t>(copy)]->point(operands);
    operands.workspace = workspace_->data();
    operands.score_scale = static_cast<float>(extras_.score_scale);
    operands.value_scale = static_cast<float>(extras_.value_scale);
    operands.decay = decay_->data();
    operands.block_first = first_->data();
    operands.blocks = blocks_->data();
    kernel_.run(stream_, p_, operands);
  }

  records::Measurement times() {
    records::Measurement m;
    m.point = point_;
    m.seed = options_.seed;
    stream_.note_launches(&m.launches);
    launch(0);
    stream_.note_launches(nullptr);
    stream_.wait();
    const auto rotate = [this](int i) { launch((i + 1) % copies_); };
    const Times trial = device_.time(stream_, 3, rotate);
    const double each = std::max(1.0, records::quantile(trial.us, 0.5));
    m.repeats = static_cast<int>(std::clamp(options_.budget_us / each,
                                            static_cast<double>(options_.least_repeats),
                                            static_cast<double>(options_.most_repeats)));
    const Times measured = device_.time(stream_, m.repeats, rotate);
    m.median_us = records::quantile(measured.us, 0.5);
    m.p10_us = records::quantile(measured.us, 0.1);
    m.p90_us = records::quantile(measured.us, 0.9);
    m.sm_mhz = measured.sm_mhz;
    m.sm_cycles = m.median_us * m.sm_mhz;
    m.watts = measured.watts;
    const Costs costs = kernel_.costs(p_);
    m.dram_bytes = costs.dram_bytes;
    m.sm_bytes = costs.sm_bytes;
    m.multiply_adds = costs.multiply_adds;
    m.exps = costs.exps;
    return m;
  }

  /// Rows of the first copy's outputs: of the first and the last head, the first and the last query
  /// and two between them.
  void verify(records::Measurement& m) {
    const auto row = static_cast<std::int64_t>(check::row_length(kernel_, p_));
    std::set<int> heads{0, p_.all_heads() - 1}, queries{0, p_.queries - 1};
    for (const std::uint64_t i : {0U, 1U})
      queries.insert(
          static_cast<int>(random_bits(options_.seed, i) % static_cast<std::uint64_t>(p_.queries)));
    std::vector<double> got, want;
    for (const int head : heads) {
      load_keys(head);
      for (const int query : queries) {
        const std::int64_t at = (static_cast<std::int64_t>(head) * p_.queries + query) * row;
        const std::vector<double> out = sets_[0]->outputs(at, row);
        got.insert(got.end(), out.begin(), out.end());
        std::vector<double> q(static_cast<std::size_t>(row));
        for (std::int64_t i = 0; i < row; ++i) q[i] = number(0, at + i);
        const std::vector<double> exact = check::expected_row(
            kernel_, p_, extras_, head, query, q.data(), keys_.data(), values_.data());
        want.insert(want.end(), exact.begin(), exact.end());
      }
    }
    m.rows_checked = static_cast<int>(heads.size() * queries.size());
    m.errors = check::errors_of(got, want, static_cast<int>(row));
    m.gate = check::gate(p_.format);
    m.correct = check::within(m.errors, m.gate) && sets_[0]->surroundings_intact();
  }
  double number(int which, std::int64_t index) {
    return number_of(kernel_, p_, options_.seed, 0, which, index);
  }
  void load_keys(int head) {
    if (sizes_of(kernel_, p_).k == 0) return;
    const std::int64_t dim = p_.dim, keys = p_.keys;
    const auto first =
        static_cast<std::int64_t>(check::kv_head_of(p_, static_cast<std::size_t>(head))) * keys *
        dim;
    const bool transposed = check::family_of(kernel_) == check::Family::kE4m3;
    keys_.resize(static_cast<std::size_t>(keys * dim));
    values_.resize(keys_.size());
    check::for_each(static_cast<std::size_t>(keys), 20.0 * static_cast<double>(keys * dim),
                    [&](std::size_t key) {
                      for (std::int64_t f = 0; f < dim; ++f) {
                        const auto k = static_cast<std::int64_t>(key);
                        keys_[k * dim + f] = number(1, first + k * dim + f);
                        values_[k * dim + f] =
                            number(2, first + (transposed ? f * keys + k : k * dim + f));
                      }
                    });
  }

  Device& device_;
  const Kernel& kernel_;
  const records::Point& point_;
  const PointOptions& options_;
  records::Run facts_;
  Problem p_;
  Stream stream_;
  int copies_ = 1;
  std::vector<std::unique_ptr<TensorSet>> sets_;
  check::Extras extras_;
  std::unique_ptr<Buffer<float>> decay_;
  std::unique_ptr<Buffer<int>> first_, blocks_;
  std::unique_ptr<Buffer<std::byte>> workspace_;
  std::vector<double> keys_, values_;
};

}  // namespace

Problem problem_of(const Kernel& kernel, const records::Point& point, int sm_count) {
  Problem p;
  for (const auto& [name, format] : kFormats)
    if (point.format == name) p.format = format;
  p.batch = point.batch;
  p.heads = point.q_heads;
  p.kv_heads = point.kv_heads;
  p.queries = point.q_len;
  p.keys = point.kv_len;
  p.dim = point.head_dim;
  p.causal = point.causal;
  p.window = point.window;
  p.splits = point.splits;
  p.slots = point.slots == 0 ? sm_count : point.slots;
  if (check::family_of(kernel) != check::Family::kSparse) return p;
  const std::int64_t all = blocks_for(p.keys, kKeyColumns);
  const std::int64_t kept = point.kept == 0 ? all : std::min<std::int64_t>(all, point.kept);
  p.kept_blocks = static_cast<int>(std::min<std::int64_t>(blocks_of_queries(p) * kept, INT32_MAX));
  return p;
}

std::string refusal_of(const Kernel& kernel, const records::Point& point) {
  if (point.page != 0) return "its cache is one piece: it knows no pages";
  // How many blocks run at once decides nothing here.
  const Problem p = problem_of(kernel, point, 1);
  if (std::string why = kernel.refusal(p); !why.empty()) return why;
  const int all = static_cast<int>(blocks_for(p.keys, kKeyColumns));
  if (point.kept > all)
    return std::to_string(point.kept) + " kept of " + std::to_string(all) + " blocks of keys";
  return {};
}

records::Point point_of(const Kernel& kernel, const Problem& p) {
  records::Point point;
  point.kernel = kernel.id;
  for (const auto& [name, format] : kFormats)
    if (p.format == format) point.format = name;
  point.batch = p.batch;
  point.q_heads = p.heads;
  point.kv_heads = p.kv_heads;
  point.q_len = p.queries;
  point.kv_len = p.keys;
  point.head_dim = p.dim;
  point.causal = p.causal;
  point.window = p.window;
  point.splits = p.splits;
  if (check::family_of(kernel) == check::Family::kDecode) point.slots = p.slots;
  if (p.kept_blocks > 0) point.kept = p.kept_blocks / blocks_of_queries(p);
  return point;
}

PointResult measure_point(Device& device, const Kernel& kernel, const records::Point& point,
                          const PointOptions& options) {
  return Measuring(device, kernel, point, options).run();
}

}  // namespace einfall::gpu_ref::measure
