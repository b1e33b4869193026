#include "mappings/model/nest_ports.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace einfall::mappings {
namespace {

// Operations on engines of their own, each with its rows, that share ports.
class Sharing {
 public:
  Sharing(const std::vector<double>& rows, std::int64_t ports) : rows_(rows), ports_(plan_) {
    plan_.port_rates = {ports};
    plan_.ops.resize(rows.size());
    plan_.units = rows.size();
    for (std::size_t op = 0; op < rows.size(); ++op) plan_.ops[op].engine = op;
  }
  void on(std::size_t op, std::size_t engine) { plan_.ops[op].engine = engine; }

  std::int64_t begin(std::size_t op, double free, double arrived, double cycles,
                     std::vector<NestValue> values = {}) {
    ports_.begin({op, ++visits_, free, std::move(values), arrived, cycles, {rows_[op]}});
    return visits_;
  }
  std::vector<NestPorts::Delay> close(std::int64_t phase, double end) {
    return ports_.close(phase, end, visits_);
  }
  std::vector<NestPorts::Delay> pass(std::size_t op, double start, double end) {
    return ports_.pass({op, ++visits_, start, {}, 0, end - start, {rows_[op]}});
  }

 private:
  std::vector<double> rows_;
  NestPlan plan_;
  NestPorts ports_;
  std::int64_t visits_ = 0;
};

double together(const std::vector<NestPorts::Delay>& delays) {
  double sum = 0;
  for (const NestPorts::Delay& delay : delays) sum += delay.cycles;
  return sum;
}

TEST_CASE("a piece that comes beside an operation takes half of the ports", "[model]") {
  // Four rows a cycle of four, for 64 cycles; a piece asks for four in each of 16. Each gets two:
  // the piece takes 32 cycles, in which the operation does 16 of its own.
  const auto phase = [](Sharing& ports) {
    ports.begin(0, 100, 0, 64);
    ports.begin(1, 100, 0, 70);
    return ports.close(7, 170);
  };
  Sharing before({256, 0, 64}, 4);
  CHECK(before.pass(2, 100, 116).empty());
  const auto known = phase(before);
  REQUIRE(known.size() == 2);
  CHECK(known[0].since == 170);
  CHECK(known[0].cycles == 10);
  CHECK(known[0].phase == 7);
  CHECK(known[0].last == 3);
  REQUIRE(known[0].held.size() == 1);
  CHECK(known[0].held[0].op == 0);
  CHECK(known[0].held[0].visit == 2);
  CHECK(known[0].held[0].cycles == 16);
  CHECK(known[1].cycles == 0);  // and the piece itself
  REQUIRE(known[1].held.size() == 1);
  CHECK(known[1].held[0].op == 2);
  CHECK(known[1].held[0].visit == 1);
  CHECK(known[1].held[0].cycles == 16);

  Sharing behind({256, 0, 64}, 4);
  CHECK(phase(behind).empty());
  CHECK(together(behind.pass(2, 100, 116)) == 10);

  Sharing beside({256, 0, 64}, 4);
  CHECK(phase(beside).empty());
  CHECK(beside.pass(2, 164, 180).empty());  // T
  CHECK(together(beside.pass(2, 163, 179)) == 0);
}

TEST_CASE("what waits for a piece from outside has time to spare", "[model]") {
  Sharing ports({256, 64, 64}, 4);
  ports.begin(0, 0, 0, 64);
  CHECK(ports.close(0, 64).empty());
  ports.begin(1, 64, 70, 64);
  CHECK(ports.close(1, 134).empty());
  const auto delays = ports.pass(2, 0, 16);
  REQUIRE(delays.size() == 3);
  CHECK(delays[0].cycles == 16);
  CHECK(delays[1].since == 150);
  CHECK(delays[1].cycles == -6);  // it would have waited for six cycles
}

TEST_CASE("what waits for a value comes later only if that does", "[model]") {
  // A phase is held up by 16 cycles; the next one waits for what was made in it, or before it.
  for (const bool there : {true, false}) {
    CAPTURE(there);
    Sharing ports({256, 64, 64}, 4);
    const std::int64_t maker = ports.begin(0, 0, 0, 64);
    CHECK(ports.close(0, 64).empty());
    ports.begin(1, 64, 0, 64, {{164, there ? maker : maker - 1}});
    CHECK(ports.close(1, 228).empty());
    const auto delays = ports.pass(2, 0, 16);
    REQUIRE(delays.size() == (there ? 2 : 3));
    CHECK(together(delays) == (there ? 16 : 0));
  }
}

TEST_CASE("operations with ports to spare hold nobody up", "[model]") {
  Sharing ports({64, 64, 64}, 4);
  ports.begin(0, 0, 0, 64);
  ports.begin(1, 0, 0, 64);
  CHECK(ports.pass(2, 10, 42).empty());  // two a cycle, and one for each of the others
  CHECK(ports.close(0, 64).empty());
}

TEST_CASE("an engine begins what comes next when what is held up ends", "[model]") {
  // Two of engine 0 one after the other beside a long one: 4 rows a cycle each of 4.
  Sharing ports({16, 16, 32}, 4);
  ports.on(1, 0);
  ports.begin(0, 0, 0, 4);
  ports.begin(1, 4, 0, 4);
  ports.begin(2, 0, 0, 8);
  CHECK(together(ports.close(0, 8)) == 8);
}

// Phases one after another on two units, each as late as it was known to be, and pieces that pass
// at times given before; what is told in hindsight, and what at once.
double end_of(std::uint64_t seed, std::size_t told_late, std::int64_t number) {
  std::mt19937_64 random(seed);
  const auto draw = [&](int from, int to) {
    return static_cast<double>(std::uniform_int_distribution(from, to)(random));
  };
  Sharing ports({draw(0, 300), draw(0, 300), draw(1, 60), draw(1, 60)}, number);
  struct Piece {
    std::size_t op;
    double start, end;
  };
  std::vector<Piece> pieces;
  double from = 0;
  for (int p = 0; p < 5; ++p) {
    from += draw(0, 120);
    pieces.push_back({2 + static_cast<std::size_t>(p % 2), from, from + draw(10, 40)});
  }
  double now = 0;
  const auto later = [&](const std::vector<NestPorts::Delay>& delays) { now += together(delays); };
  const auto tell = [&](const Piece& piece) {
    later(ports.pass(piece.op, piece.start, piece.end));
  };
  for (std::size_t p = 0; p + told_late < pieces.size(); ++p) tell(pieces[p]);
  for (int phase = 0; phase < 8; ++phase) {
    const double a = draw(20, 80), b = draw(20, 80);
    ports.begin(0, now, 0, a);
    ports.begin(1, now, 0, b);
    const double end = now + std::max(a, b);
    now = end;
    later(ports.close(0, end));
  }
  for (std::size_t p = pieces.size() - told_late; p < pieces.size(); ++p) tell(pieces[p]);
  return now;
}

TEST_CASE("what is known in hindsight holds phases up as if it had been known", "[model]") {
  int held = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    const double known = end_of(seed, 0, 4);
    for (std::size_t late = 1; late <= 5; ++late) CHECK(end_of(seed, late, 4) == known);
    if (known > end_of(seed, 0, 1000)) ++held;
  }
  CHECK(held > 100);
}

}  // namespace
}  // namespace einfall::mappings
