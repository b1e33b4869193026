#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "sim/dram/bandwidth_dram.hpp"
#include "sim/dram/bank_dram.hpp"
#include "sim/dram/checker.hpp"
#include "tests/sim/dram/devices.hpp"

/// The contract of Dram, for every model: final stamps, conservation, determinism, state.
namespace einfall::sim::tests {
namespace {

struct Model {
  const char* name;
  std::function<std::unique_ptr<Dram>()> make;
};

std::vector<Model> models() {
  return {{"bandwidth",
           [] {
             return std::make_unique<BandwidthDram>(BandwidthDramSpec{3, 40});
           }},
          {"bandwidth with refresh",
           [] {
             return std::make_unique<BandwidthDram>(BandwidthDramSpec{3, 40, 2000, 170});
           }},
          {"banks", [] { return std::make_unique<BankDram>(small_device(), 5); }},
          {"banks without refresh",
           [] { return std::make_unique<BankDram>(small_device(), 5, BankDramOptions{false}); }},
          {"HBM2", [] { return std::make_unique<BankDram>(hbm2(), 47); }},
          {"LPDDR4", [] { return std::make_unique<BankDram>(lpddr4(), 5); }}};
}

/// Requests near `base`, made at `begin` or later.
std::vector<DramRequest> any_requests(int count, Tick begin, std::int64_t base) {
  std::vector<DramRequest> all;
  Tick at = begin;
  for (int i = 0; i < count; ++i) {
    at += *rc::gen::inRange<Tick>(0, 300);
    all.push_back({base + *rc::gen::inRange<std::int64_t>(0, 16384),
                   base::Bytes(*rc::gen::inRange<std::int64_t>(1, 600)),
                   *rc::gen::arbitrary<bool>(), at});
  }
  return all;
}

std::vector<DramCompletion> run(Dram& dram, const std::vector<DramRequest>& requests) {
  std::vector<DramCompletion> all;
  for (const DramRequest& request : requests) all.push_back(dram.access(request));
  return all;
}

std::vector<std::int64_t> state(const Dram& dram, Tick now, std::int64_t base) {
  std::vector<std::int64_t> out, open;
  dram.append_relative_state(now, out, open);
  for (const std::int64_t address : open) out.push_back(address < 0 ? -1 : address - base);
  return out;
}

// All open rows move together.
void shift(Dram& dram, Tick by, std::int64_t bytes) {
  std::vector<std::int64_t> out, open;
  dram.append_relative_state(0, out, open);
  dram.shift(by, std::vector<std::int64_t>(open.size(), bytes));
}

std::vector<DramRequest> moved(std::vector<DramRequest> requests, Tick by, std::int64_t bytes) {
  for (DramRequest& request : requests) {
    request.earliest += by;
    request.address += bytes;
  }
  return requests;
}
std::vector<DramCompletion> moved(std::vector<DramCompletion> completions, Tick by) {
  for (DramCompletion& c : completions) c = {c.accepted + by, c.first + by, c.last + by};
  return completions;
}

}  // namespace

TEST_CASE("every model keeps the order of stamps, conserves bytes and is deterministic",
          "[dram][property]") {
  for (const Model& model : models())
    rc::prop(std::string(model.name) + ": order, bytes, the same twice", [&] {
      const auto requests = any_requests(30, 0, 0);
      const auto dram = model.make();
      std::int64_t read = 0, written = 0;
      Tick accepted = 0;
      for (const DramRequest& request : requests) {
        const DramCompletion done = dram->access(request);
        RC_ASSERT(done.accepted >= request.earliest);
        RC_ASSERT(done.accepted >= accepted);
        RC_ASSERT(done.first >= request.earliest);
        RC_ASSERT(done.last > done.first);
        accepted = done.accepted;
        (request.write ? written : read) += request.bytes.value();
      }
      const DramCounters& counters = dram->counters();
      RC_ASSERT(counters.read.value() == read);
      RC_ASSERT(counters.written.value() == written);
      RC_ASSERT(counters.moved.value() >= read + written);
      RC_ASSERT(counters.moved.value() <= read + written + 2 * 64 * 30);
      const auto again = model.make(), first = model.make();
      RC_ASSERT(run(*again, requests) == run(*first, requests));
    });
}

TEST_CASE("all commands of random requests keep all distances", "[dram][property]") {
  for (const auto& timing : {small_device(), hbm2(), lpddr4()})
    rc::prop(timing.name + ": the checker finds nothing", [&] {
      BankDram dram(timing, 1);
      DramTrace trace;
      dram.record(&trace);
      DramClock last = 0;
      for (const DramCompletion& done : run(dram, any_requests(60, 0, 0)))
        last = std::max(last, done.last);
      dram.append_refresh(last, trace);
      const auto violations = check_trace(timing, trace);
      if (!violations.empty()) RC_FAIL(violations.front().text());
    });
}

TEST_CASE("all commands of dense streams keep all distances", "[dram]") {
  for (const arch::DramTiming& timing : {small_device(), hbm2(), lpddr4()}) {
    BankDram dram(timing, 1);
    DramTrace trace;
    dram.record(&trace);
    DramClock last = 0;
    // Tiles read and written in turn, and reads all over the device.
    std::uint64_t random = 1;
    for (std::int64_t i = 0; i < 2000; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      const auto address = static_cast<std::int64_t>(random >> 33);
      last = std::max(last, dram.access({i * 512, base::Bytes(512), i % 3 == 0, 0}).last);
      last = std::max(last, dram.access({address, base::Bytes(64), i % 5 == 0, 0}).last);
    }
    CHECK(last > timing.clocks.refresh_interval);
    dram.append_refresh(last, trace);
    const auto violations = check_trace(timing, trace);
    INFO(timing.name << ", " << violations.size() << " violations");
    if (!violations.empty()) FAIL(violations.front().text());
  }
}

TEST_CASE("a state that is moved as its symmetry allows has the same future, moved",
          "[dram][property]") {
  for (const Model& model : models())
    rc::prop(std::string(model.name) + ": shift", [&] {
      const auto dram = model.make();
      const auto past = any_requests(25, 3 * dram->symmetry().ticks, 0);
      run(*dram, past);
      const Tick now = past.back().earliest + *rc::gen::inRange<Tick>(0, 500);
      const Tick by = *rc::gen::inRange<Tick>(0, 5) * dram->symmetry().ticks;
      const std::int64_t up = *rc::gen::inRange<std::int64_t>(0, 5) * dram->symmetry().bytes;
      const auto later = dram->clone();
      shift(*later, by, up);
      RC_ASSERT(state(*later, now + by, 4096 + up) == state(*dram, now, 4096));
      const auto future = any_requests(25, now, 4096);
      RC_ASSERT(run(*later, moved(future, by, up)) == moved(run(*dram, future), by));
    });
}

TEST_CASE("different pasts that leave equal states have equal futures", "[dram][property]") {
  for (const Model& model : models())
    rc::prop(std::string(model.name) + ": equal states", [&] {
      const auto a = model.make(), b = model.make();
      run(*a, any_requests(*rc::gen::inRange(0, 20), 0, 0));
      run(*b, any_requests(*rc::gen::inRange(1, 20), 0, 0));
      // The same for both: one row of all banks, a while, a few more. All else is forgotten.
      const Tick begin = 20'000'000 / a->symmetry().ticks * a->symmetry().ticks;
      const DramRequest sweep{0, base::Bytes(a->symmetry().bytes), false, begin};
      const auto last = any_requests(*rc::gen::inRange(0, 6), a->access(sweep).last + 5000, 0);
      b->access(sweep);
      run(*a, last);
      run(*b, last);
      const Tick now = last.empty() ? 2 * begin : last.back().earliest;
      RC_ASSERT(state(*a, now, 0) == state(*b, now, 0));
      const auto future = any_requests(25, now, 0);
      RC_ASSERT(run(*a, future) == run(*b, future));
    });
}

TEST_CASE("pasts that differ in one request have equal futures wherever their states are equal",
          "[dram]") {
  // Short pasts on few rows, so that a part of the state that is left out would be missed.
  std::mt19937_64 random(7);
  const auto any = [&](std::int64_t below) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(below));
  };
  const auto any_address = [&] { return any(2) * 16384 + any(16) * 256; };  // two rows, all banks
  const auto request = [&](Tick earliest) {
    return DramRequest{any_address(), base::Bytes(64), any(2) == 1, earliest};
  };
  arch::DramTiming timing = small_device();
  timing.organization.window = 5;
  const Tick spacing[] = {0, 3, 8, 20};
  int equal = 0, different = 0;
  for (int trial = 0; trial < 40'000; ++trial) {
    BankDram a(timing, 1), b(timing, 1);
    Tick at = 2'000 + any(700);
    std::vector<DramRequest> past, future;
    const Tick step = spacing[any(4)];
    for (int i = 0; i < 8; ++i, at += step) past.push_back(request(at));
    auto changed = past;
    DramRequest& one = changed[any(2) == 0 ? changed.size() - 1 : static_cast<std::size_t>(any(8))];
    switch (any(3)) {
      case 0:
        one.write = !one.write;
        break;
      case 1:
        one.address = any_address();
        break;
      default:
        one.earliest += any(4) - 2;
    }
    run(a, past);
    run(b, changed);
    const Tick now = at + any(120);
    if (state(a, now, 0) != state(b, now, 0)) {
      ++different;
      continue;
    }
    ++equal;
    for (int i = 0; i < 6; ++i) future.push_back(request(now));
    if (run(a, future) != run(b, future)) FAIL("trial " << trial);
  }
  CHECK(equal > 100);
  CHECK(different > 1000);
}

TEST_CASE("a steady state that repeats can be skipped exactly", "[dram]") {
  // One tile in every refresh interval, at the next addresses: the state repeats with the period.
  for (const Model& model : models()) {
    INFO(model.name);
    const auto whole = model.make();
    const Tick period = std::max<Tick>(whole->symmetry().ticks, 8000) / whole->symmetry().ticks *
                        whole->symmetry().ticks;
    const std::int64_t step = std::max<std::int64_t>(whole->symmetry().bytes, 4096);
    const auto tile = [&](std::int64_t k) {
      return DramRequest{k * step, base::Bytes(2048), false, k * period + 100};
    };
    const auto skipped = model.make();
    std::int64_t k = 0;
    std::vector<std::int64_t> before, after;
    do {
      before = state(*skipped, k * period, k * step);
      skipped->access(tile(k));
      ++k;
      after = state(*skipped, k * period, k * step);
      REQUIRE(k < 10);
    } while (before != after);
    constexpr std::int64_t kSkip = 1000;
    shift(*skipped, kSkip * period, kSkip * step);
    DramCompletion last;
    for (std::int64_t i = 0; i <= k + kSkip; ++i) last = whole->access(tile(i));
    CHECK(skipped->access(tile(k + kSkip)) == last);
  }
}

TEST_CASE("banks can serve a stream later although a distance is shorter: the named exception",
          "[dram]") {
  // Places once given stay given, so an activation that comes earlier can take a better one away.
  const auto last_of = [](const arch::DramTiming& timing, std::uint64_t seed) {
    BankDram dram(timing, 1);
    Tick last = 0;
    for (int i = 0; i < 40; ++i) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      const auto address = static_cast<std::int64_t>(seed >> 33) % 8192;
      last = std::max(last, dram.access({address, base::Bytes(64), (seed >> 32 & 1) == 1, 0}).last);
    }
    return last;
  };
  arch::DramTiming faster = small_device();
  --faster.clocks.rcd_read;
  int later = 0, sooner = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Tick difference = last_of(faster, seed) - last_of(small_device(), seed);
    later += difference > 0 ? 1 : 0;
    sooner += difference < 0 ? 1 : 0;
  }
  INFO(later << " later, " << sooner << " sooner");
  CHECK(later > 0);
  CHECK(sooner > later);
}

}  // namespace einfall::sim::tests
