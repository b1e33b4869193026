#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "sim/dram/bandwidth_dram.hpp"
#include "sim/dram/timebase.hpp"

namespace einfall::sim::tests {
namespace {

constexpr base::Hertz kClock(940'000'000);
constexpr base::BytesPerSecond kRate(std::int64_t{400} << 30);

DramRequest read(std::int64_t bytes, Tick earliest) {
  return {0, base::Bytes(bytes), false, earliest};
}

/// The same by walking through time tick by tick.
class SlowDram {
 public:
  explicit SlowDram(const BandwidthDramSpec& spec) : spec_(spec) {}
  DramCompletion access(const DramRequest& request) {
    now_ = std::max(now_, request.earliest);
    while (rests(now_)) ++now_;
    const Tick begin = now_;
    for (Tick left = request.bytes.value() * spec_.per_byte; left > 0; ++now_)
      if (!rests(now_)) --left;
    return {begin, begin + spec_.latency, now_ + spec_.latency};
  }

 private:
  [[nodiscard]] bool rests(Tick t) const {
    return spec_.refresh_interval != 0 && t >= spec_.refresh_interval &&
           t % spec_.refresh_interval < spec_.refresh_rest;
  }
  BandwidthDramSpec spec_;
  Tick now_ = 0;
};

BandwidthDramSpec any_spec() {
  BandwidthDramSpec spec;
  spec.per_byte = *rc::gen::inRange<Tick>(1, 5);
  spec.latency = *rc::gen::inRange<Tick>(0, 20);
  spec.refresh_interval = *rc::gen::element<Tick>(0, 10, 37, 100);
  if (spec.refresh_interval != 0)
    spec.refresh_rest = *rc::gen::inRange<Tick>(0, spec.refresh_interval);
  return spec;
}
DramRequest any_request() {
  return {0, base::Bytes(*rc::gen::inRange<std::int64_t>(1, 40)), *rc::gen::arbitrary<bool>(),
          *rc::gen::inRange<Tick>(0, 2000)};
}

}  // namespace

TEST_CASE("a cycle of 940 MHz and a byte of 400 GiB/s are whole ticks", "[dram]") {
  const auto base = common_timebase({kClock}, {kRate});
  REQUIRE(base);
  CHECK(base->per_cycle(kClock) == 67108864);
  CHECK(base->per_byte(kRate) == 146875);
  // The longest runs have 2.3e9 cycles.
  CHECK(base->horizon() > base::Seconds(100));
  const auto devices = common_timebase({kClock, base::Hertz(1'000'000'000)}, {});
  REQUIRE(devices);
  CHECK(devices->per_cycle(kClock) == 50);
  CHECK(devices->per_cycle(base::Hertz(1'000'000'000)) == 47);
  CHECK(devices->seconds(47'000'000'000) == base::Seconds(1));
}

TEST_CASE("clocks that have no common tick in 63 bits are refused", "[dram]") {
  CHECK_FALSE(common_timebase({base::Hertz(999'999'937), base::Hertz(999'999'929)},
                              {base::BytesPerSecond(999'999'893)}));
  // It would fit, but only for a moment.
  CHECK(common_timebase({base::Hertz(999'999'937), base::Hertz(999'999'929)}, {}));
  CHECK_FALSE(
      common_timebase({base::Hertz(999'999'937), base::Hertz(999'999'929)}, {}, base::Seconds(10)));
}

TEST_CASE("bytes pass one after the other at the exact rate, behind the latency", "[dram]") {
  const auto base = common_timebase({kClock}, {kRate}).value();
  const Tick cycle = base.per_cycle(kClock), byte = base.per_byte(kRate);
  BandwidthDram dram({byte, 100 * cycle});
  CHECK(dram.access(read(1000, 5)) ==
        DramCompletion{5, 5 + 100 * cycle, 5 + 100 * cycle + 1000 * byte});
  // The bus is busy, the latency does not add to it.
  CHECK(dram.access(read(1, 6)) == DramCompletion{5 + 1000 * byte, 5 + 1000 * byte + 100 * cycle,
                                                  5 + 1001 * byte + 100 * cycle});
  // 67108864 bytes take 146875 cycles, not a tick more or less, in whatever pieces.
  BandwidthDram pieces({byte, 0});
  Tick last = 0;
  for (int i = 0; i < 1 << 13; ++i) last = pieces.access(read(1 << 13, 0)).last;
  CHECK(last == 146875 * cycle);
}

TEST_CASE("refresh interrupts a transfer and moves one that would begin in it", "[dram]") {
  BandwidthDram dram({1, 0, 100, 10});
  CHECK(dram.access(read(100, 0)).last == 100);  // up to the refresh
  CHECK(dram.access(read(1, 0)) == DramCompletion{110, 110, 111});
  CHECK(dram.access(read(100, 195)) == DramCompletion{195, 195, 305 - 10 + 10 + 10});
}

TEST_CASE("bandwidth and latency agree with a walk through time", "[dram][property]") {
  rc::prop("for random requests and refreshes", [] {
    const BandwidthDramSpec spec = any_spec();
    BandwidthDram dram(spec);
    SlowDram slow(spec);
    for (int i = 0; i < 12; ++i) {
      const DramRequest request = any_request();
      RC_ASSERT(dram.access(request) == slow.access(request));
    }
  });
}

TEST_CASE("more bandwidth, less latency and less refresh never add ticks", "[dram][property]") {
  rc::prop("for random requests", [] {
    const BandwidthDramSpec spec = any_spec();
    BandwidthDramSpec better = spec;
    better.per_byte = *rc::gen::inRange<Tick>(1, spec.per_byte + 1);
    better.latency = *rc::gen::inRange<Tick>(0, spec.latency + 1);
    better.refresh_rest = *rc::gen::inRange<Tick>(0, spec.refresh_rest + 1);
    BandwidthDram a(spec), b(better);
    for (int i = 0; i < 12; ++i) {
      const DramRequest request = any_request();
      const DramCompletion slow = a.access(request), fast = b.access(request);
      RC_ASSERT(fast.accepted <= slow.accepted);
      RC_ASSERT(fast.first <= slow.first);
      RC_ASSERT(fast.last <= slow.last);
    }
  });
}

TEST_CASE("what was read and written is counted", "[dram]") {
  BandwidthDram dram({1, 0});
  dram.access(read(10, 0));
  dram.access({0, base::Bytes(7), true, 0});
  const DramCounters& counters = dram.counters();
  CHECK(counters.requests == 2);
  CHECK(counters.read == base::Bytes(10));
  CHECK(counters.written == base::Bytes(7));
  CHECK(counters.moved == base::Bytes(17));
}

}  // namespace einfall::sim::tests
