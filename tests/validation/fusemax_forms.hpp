#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>

/// The closed forms of FuseMax's published results, worked out from the paper and its artifact and
/// written without any part of the model: the oracle of the tests beside this file.
namespace einfall::tests::fusemax {

struct Shape {
  double heads, e, f;
};
inline Shape shape(const std::string& model) {
  static const std::map<std::string, Shape> kShapes{
      {"BERT", {12, 64, 64}}, {"TrXL", {16, 64, 64}}, {"T5", {8, 64, 64}}, {"XLM", {16, 128, 128}}};
  return kShapes.at(model);
}

struct Form {
  double latency_s = 0;
  double traffic_bytes = 0;
  double util_2d = 0;
  double util_1d = 0;
};

constexpr double kSide = 256;
constexpr double kClock = 940e6;
constexpr double kBandwidth = 400.0 * 1024 * 1024 * 1024;

/// Largest divisor of the query tiles for which a block of queries fits.
inline double block(double tiles, double capacity, double bytes_per_query, double e, double f) {
  const double most = std::floor((capacity - 512 * (e + f)) / (kSide * bytes_per_query));
  for (double p1 = std::min(tiles, most);; --p1)
    if (std::fmod(tiles, p1) == 0) return p1;
}

struct Sizes {
  double n, e, f, m, p, m1, tiles, scores, updates;
};
inline Sizes sizes(const std::string& model, double length) {
  const Shape s = shape(model);
  Sizes out{64 * s.heads, s.e, s.f, length, length, length / kSide, length / kSide, 0, 0};
  out.scores = out.n * length * length;
  out.updates = out.n * length * out.m1;
  return out;
}

inline double one_pass_traffic(const Sizes& z, double bytes_per_query) {
  const double mib16 = 16.0 * 1024 * 1024;
  const double p2 = z.tiles / block(z.tiles, mib16, bytes_per_query, z.e, z.f);
  return 2 * z.n * (z.p * z.e + z.p * z.f + p2 * z.m * (z.e + z.f));
}

inline Form finished(double compute, double busy_2d, double busy_1d, double bytes) {
  Form out;
  out.latency_s = std::max(compute / kClock, bytes / kBandwidth);
  out.traffic_bytes = bytes;
  out.util_2d = busy_2d / kClock / out.latency_s;
  out.util_1d = busy_1d / kClock / out.latency_s;
  return out;
}

/// +Binding and +Architecture: cycles an Einsum, and the sums of maxima over their phases.
inline Form fused(const Sizes& z, bool binding) {
  const double x = z.updates / kSide;
  const double qk = x * z.e, slnv = x * z.f, lm = x, sld = x, sln = 7 * x, rm = x, prm = 7 * x,
               spd = x, rd = x, spnv = x * z.f, rnv = x * z.f, av = z.n * z.p * z.f / kSide;
  const double compute = binding ? std::max(qk + lm, rd + rnv + av) + rm +
                                       std::max(sln + sld, prm + spd) + std::max(slnv, spnv)
                                 : std::max(qk + lm, rd + av) + kSide * lm + rm +
                                       std::max(sln + sld, prm + spd) + std::max(slnv, spnv + rnv);
  return finished(compute, qk + lm + sln + sld + slnv, rm + prm + spd + rd + spnv + rnv + av,
                  one_pass_traffic(z, 2 * (z.e + z.f + 2)));
}

inline Form cascade(const Sizes& z) {
  const double x = z.updates;
  const double two_d = x * (z.e + z.f) / kSide;
  const double one_d =
      x + 2 * x + x + (1 + 2 + 1 + 1) * x / kSide + 2 * x * z.f / kSide + z.n * z.p * z.f / kSide;
  return finished(std::max(two_d, one_d), two_d, one_d,
                  one_pass_traffic(z, 2 * (z.e + z.f + 2 + 2 * kSide)));
}

/// What the search of FLAT's authors left on chip, and the fraction that spills.
struct FlatChoice {
  bool q, v, av;
  double spill;
};
inline FlatChoice flat_choice(bool xlm, double length) {
  if (length == 1024) return {false, xlm, false, 0};
  if (length == 4096) return {false, xlm, false, xlm ? 19.0 / 275 : 1.0 / 129};
  if (length == 16384) return {xlm, false, false, xlm ? 7.0 / 263 : 1.0 / 129};
  return {xlm, false, true, xlm ? 1.0 / 65 : 1.0 / 129};
}

inline Form flat(const Sizes& z, bool xlm) {
  const double n = z.n;
  const double one_d = 4 * z.scores / kSide;
  if (z.p > 65536) {  // weight-stationary, blocks of 1024 queries
    const double words = n * z.p * z.e + n * z.p * z.f + n * (z.p / 1024) * z.m * (z.e + z.f) +
                         2 * z.scores + 2 * z.scores;
    const double each = z.scores / kSide;
    const Form out =
        finished(std::max(2 * each, one_d), each * (z.e + z.f) / kSide, one_d, 2 * words);
    return out;
  }
  const auto [q_on, v_on, av_on, s] = flat_choice(xlm, z.p);
  const double q_reads = n * z.p * z.m1 * z.e;
  const double v_reads = n * z.m * z.tiles * z.f;
  const double av = n * z.p * z.f;
  const double words = (q_on ? (1 - s) * n * z.p * z.e + s * q_reads : q_reads) +
                       n * z.m * z.tiles * z.e +
                       (v_on ? (1 - s) * n * z.m * z.f + s * v_reads : v_reads) +
                       (av_on ? (1 - s) * av + s * av : av) + s * 2 * z.scores + 5 * s * z.scores;
  const double qk = n * z.tiles * z.m1 * z.e;
  const double av_cycles = n * z.tiles * z.m;
  return finished(std::max(qk + av_cycles, one_d), qk + av_cycles * z.f / kSide, one_d, 2 * words);
}

inline Form form(const std::string& design, const std::string& model, double length) {
  const Sizes z = sizes(model, length);
  if (design == "binding") return fused(z, true);
  if (design == "architecture") return fused(z, false);
  if (design == "cascade") return cascade(z);
  return flat(z, model == "XLM");
}

/// Energy of +Architecture and +Binding in joules, without extra reads.
inline double fused_energy(const std::string& model, double length) {
  const Sizes z = sizes(model, length);
  const double x = z.updates, mib16 = 16.0 * 1024 * 1024;
  const double p2 = z.tiles / block(z.tiles, mib16, 2 * (z.e + z.f + 2), z.e, z.f);
  const double reads = (2 * x * z.e + 2 * x * z.f + 2 * x + z.n * z.p * z.f + z.n * z.p) / kSide;
  const double writes = (z.n * z.p * z.e + p2 * z.n * z.m * (z.e + z.f) + x * z.f + 2 * x) / kSide;
  const double pj = 17.1645 * (z.scores * (z.e + z.f + 6) + x * (7 + z.f)) +
                    8.3395 * (2 * z.scores + x * (2 + z.f)) + 0.028036 * (z.scores + x) +
                    36.251153 * z.n * z.p * z.f + 31.2 * one_pass_traffic(z, 2 * (z.e + z.f + 2)) +
                    12512.76 * reads + 15751.46 * writes;
  return pj * 1e-12;
}

}  // namespace einfall::tests::fusemax
