#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <random>

#include "einsum/analysis/bounds.hpp"
#include "tests/support/buffer_simulator.hpp"
#include "tests/support/evaluation.hpp"

using namespace einfall;

namespace {

constexpr std::int64_t kBytes = 8;  // of an element in fp64

struct Point {
  std::int64_t n = 0, p = 0, k = 0;
};
struct Form {
  const char* text;
  std::int64_t (*at)(const Point&);
};
// Of two positions of a tensor; the last of either goes through k, too.
const std::vector<Form> kFirst{{"p", [](const Point& v) { return v.p; }},
                               {"p", [](const Point& v) { return v.p; }},
                               {"0", [](const Point&) { return std::int64_t{0}; }},
                               {"p // 2", [](const Point& v) { return v.p / 2; }},
                               {"p % 2", [](const Point& v) { return v.p % 2; }},
                               {"p + 1", [](const Point& v) { return v.p + 1; }},
                               {"k", [](const Point& v) { return v.k; }}};
const std::vector<Form> kSecond{{"n", [](const Point& v) { return v.n; }},
                                {"n", [](const Point& v) { return v.n; }},
                                {"n // 2", [](const Point& v) { return v.n / 2; }},
                                {"n // 2 * 2", [](const Point& v) { return v.n / 2 * 2; }},
                                {"n % 3", [](const Point& v) { return v.n % 3; }},
                                {"n + 1", [](const Point& v) { return v.n + 1; }},
                                {"2*n", [](const Point& v) { return 2 * v.n; }},
                                {"n + p", [](const Point& v) { return v.n + v.p; }},
                                {"n + k", [](const Point& v) { return v.n + v.k; }}};

struct Read {
  std::string tensor;
  Form first, second;
  [[nodiscard]] std::string text() const {
    return tensor + "[" + first.text + ", " + second.text + "]";
  }
};

// A value that is summed over a fibre and then used along it, with reads at all sorts of places:
//   A[p, n] = exp(X[..]);  S[p] = sum(.. * ..);  T[p] = S[..];  Y[p, n] = sum[k](.. * ..) / T[p]
class Program {
 public:
  explicit Program(std::mt19937& rng) : rng_(rng) {
    size_ = {in(2, 9), in(1, 4), in(1, 3)};
    const bool alike = in(0, 1) == 0;
    made_ = read("X", false);
    for (int i = 0; i < 2; ++i) before_.push_back(read(in(0, 2) == 0 ? "A" : "X", true));
    for (int i = 0; i < 2; ++i)
      after_.push_back(alike ? before_[static_cast<std::size_t>(i)]
                             : read(in(0, 2) == 0 ? "A" : "X", true));
    barrier_ = kFirst[in(0, 3) == 0 ? 3 : 0];
  }

  [[nodiscard]] std::string document() const {
    return "ranks: {N: " + std::to_string(size_.n) + ", P: " + std::to_string(size_.p) +
           ", K: " + std::to_string(size_.k) +
           ", U: 8, W: 32}\nvars: {n: N, p: P, k: K}\n"
           "declaration: {X: [U, W], D: [K, N], A: [P, N], S: [P], T: [P], Y: [P, N]}\n"
           "outputs: [Y]\nexpressions: |\n  A[p, n] = exp(" +
           made_.text() + ")\n  S[p] = sum[n, k](" + before_[0].text() + " * " + before_[1].text() +
           " * D[k, n])\n  T[p] = exp(S[" + barrier_.text + "])\n  Y[p, n] = sum[k](" +
           after_[0].text() + " * " + after_[1].text() + " * D[k, n]) / T[p]\n";
  }

  // One schedule: fibres in groups, each pass in an order of its own, A kept or made again.
  struct Order {
    std::int64_t group = 1;
    bool fibres_inside = false, again = false;
    std::vector<std::int64_t> first, second;  // of n
  };
  [[nodiscard]] Order order() {
    Order order{in(0, 1) == 0 ? 1 : size_.p, in(0, 1) == 0, in(0, 1) == 0, {}, {}};
    order.first.resize(static_cast<std::size_t>(size_.n));
    std::iota(order.first.begin(), order.first.end(), 0);
    order.second = order.first;
    if (in(0, 3) == 0) std::shuffle(order.first.begin(), order.first.end(), rng_);
    if (in(0, 1) == 0) order.second = {order.first.rbegin(), order.first.rend()};
    return order;
  }
  std::optional<std::int64_t> traffic(const Order& order, std::int64_t capacity) {
    objects_.clear();
    work_.clear();
    numbers_.clear();
    for (std::int64_t from = 0; from < size_.p; from += order.group) {
      std::vector<std::int64_t> fibres, sums;
      for (std::int64_t p = from; p < std::min(from + order.group, size_.p); ++p) {
        fibres.push_back(p);
        const std::int64_t sum = barrier_.at({0, p, 0});
        const bool done = numbers_.count({"S", sum, 0}) > 0;
        if (!done && std::count(sums.begin(), sums.end(), sum) == 0) sums.push_back(sum);
      }
      sweep(sums, order.first, order,
            [&](const Point& v) { use(before_, v, "A", object("S", v.p, 0)); });
      for (const std::int64_t p : fibres)
        work({object("S", barrier_.at({0, p, 0}), 0), object("T", p, 0)}, 1);
      sweep(fibres, order.second, order, [&](const Point& v) {
        use(after_, v, order.again ? "A again" : "A", object("Y", v.p, v.n), object("T", v.p, 0));
      });
    }
    return tests::traffic(objects_, work_, capacity);
  }

 private:
  std::int64_t in(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng_);
  }
  Read read(const std::string& tensor, bool sums) {
    if (tensor == "A") {
      // Places that A has.
      const Form second = kSecond[static_cast<std::size_t>(in(0, 4) < 3 ? 0 : in(2, 4))];
      return {tensor, kFirst[static_cast<std::size_t>(in(0, 4) < 3 ? 0 : in(2, 3))], second};
    }
    const auto any = [&](const std::vector<Form>& forms) {
      return forms[static_cast<std::size_t>(
          in(0, static_cast<std::int64_t>(forms.size()) - (sums ? 1 : 2)))];
    };
    const Form first = any(kFirst);
    return {tensor, first, any(kSecond)};
  }

  std::size_t object(const std::string& name, std::int64_t first, std::int64_t second) {
    const auto [place, fresh] = numbers_.emplace(std::tuple(name, first, second), objects_.size());
    if (fresh) objects_.push_back({kBytes, name == "X" || name == "D", name == "Y"});
    return place->second;
  }
  // The one at `changed` is changed.
  void work(std::vector<std::size_t> needs, std::size_t changed) {
    const std::size_t object = needs[changed];
    std::sort(needs.begin(), needs.end());
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
    work_.push_back({std::move(needs), {object}});
  }
  template <class Visit>
  void sweep(const std::vector<std::int64_t>& fibres, const std::vector<std::int64_t>& line,
             const Order& order, Visit visit) {
    const auto all_k = [&](std::int64_t n, std::int64_t p) {
      for (std::int64_t k = 0; k < size_.k; ++k) visit(Point{n, p, k});
    };
    if (order.fibres_inside)
      for (const std::int64_t n : line)
        for (const std::int64_t p : fibres) all_k(n, p);
    else
      for (const std::int64_t p : fibres)
        for (const std::int64_t n : line) all_k(n, p);
  }
  void use(const std::vector<Read>& reads, const Point& v, const std::string& version,
           std::size_t result, std::optional<std::size_t> barrier = std::nullopt) {
    std::vector<std::size_t> needs{result, object("D", v.k, v.n)};
    if (barrier) needs.push_back(*barrier);
    for (const Read& read : reads) {
      const std::int64_t first = read.first.at(v), second = read.second.at(v);
      if (read.tensor == "A" && numbers_.count({version, first, second}) == 0) {
        const Point at{second, first, 0};
        work({object("X", made_.first.at(at), made_.second.at(at)), object(version, first, second)},
             1);
      }
      needs.push_back(object(read.tensor == "A" ? version : "X", first, second));
    }
    work(std::move(needs), 0);
  }

  std::mt19937& rng_;
  Point size_;
  Read made_;
  std::vector<Read> before_, after_;
  Form barrier_{};
  std::vector<tests::Object> objects_;
  std::vector<tests::Work> work_;
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::size_t> numbers_;
};

std::int64_t bound_of(const einsum::Cascade& cascade, std::int64_t capacity) {
  const auto bound =
      einsum::traffic_bound(cascade, tests::sizes_of(cascade), base::Bytes(capacity));
  if (!bound) FAIL(base::render(bound.error()));
  return bound->total.value();
}

}  // namespace

TEST_CASE("no schedule moves less than the bound, wherever inputs are read", "[property]") {
  int raised = 0, attained = 0;
  rc::prop("bound", [&] {
    std::mt19937 rng(*rc::gen::arbitrary<std::uint32_t>());
    for (int program = 0; program < 10; ++program) {
      Program one(rng);
      const einsum::Cascade cascade = tests::cascade_of(one.document());
      const std::int64_t capacity =
          5 * kBytes + std::uniform_int_distribution<std::int64_t>(0, 60)(rng);
      const std::int64_t bound = bound_of(cascade, capacity);
      raised += bound > bound_of(cascade, 1 << 20);
      std::int64_t best = std::int64_t{1} << 40;
      for (int i = 0; i < 12; ++i) {
        const auto moved = one.traffic(one.order(), capacity);
        RC_ASSERT(moved.has_value());
        best = std::min(best, *moved);
      }
      RC_LOG() << one.document() << "capacity " << capacity << ", bound " << bound << ", moved "
               << best << "\n";
      RC_ASSERT(bound <= best);
      attained += bound == best;
    }
  });
  CHECK(raised > 40);
  CHECK(attained > 3);
}
