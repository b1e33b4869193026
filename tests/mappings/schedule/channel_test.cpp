#include "mappings/schedule/channel.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <vector>

namespace einfall::mappings {
namespace {

/// The same pins tick by tick: a slice takes the first ticks that nobody has, a result the first
/// after all before it.
class Pins {
 public:
  std::int64_t load(std::int64_t length, std::int64_t from) {
    std::int64_t at = from;
    for (; length > 0; ++at)
      if (!taken(at)) {
        take(at);
        --length;
      }
    return at;
  }
  std::int64_t store(std::int64_t length, std::int64_t from) {
    std::int64_t at = std::max(from, static_cast<std::int64_t>(ticks_.size()));
    for (; length > 0; --length) take(at++);
    return at;
  }

 private:
  [[nodiscard]] bool taken(std::int64_t at) const {
    return at < static_cast<std::int64_t>(ticks_.size()) && ticks_[static_cast<std::size_t>(at)];
  }
  void take(std::int64_t at) {
    if (at >= static_cast<std::int64_t>(ticks_.size()))
      ticks_.resize(static_cast<std::size_t>(at) + 1);
    ticks_[static_cast<std::size_t>(at)] = true;
  }
  std::vector<bool> ticks_;
};

TEST_CASE("slices and results pass when they do on pins tick by tick", "[channel]") {
  rc::prop("random slices and results", [] {
    Channel channel;
    Pins pins;
    // No more than idle times and results are remembered for.
    const int asked = *rc::gen::inRange(1, 17);
    for (int i = 0; i < asked; ++i) {
      const auto length = *rc::gen::inRange<std::int64_t>(1, 12);
      const auto from = *rc::gen::inRange<std::int64_t>(0, 80);
      if (*rc::gen::inRange(0, 3) == 0)
        RC_ASSERT(channel.store(length, from) == pins.store(length, from));
      else
        RC_ASSERT(channel.load(length, from) == pins.load(length, from));
    }
  });
}

TEST_CASE("a slice passes while an earlier one waits for its room", "[channel]") {
  Channel channel;
  CHECK(channel.load(10, 100) == 110);
  CHECK(channel.load(30, 20) == 50);
  CHECK(channel.first_free() == 0);
  CHECK(channel.load(60, 30) == 120);  // 50 before the first, 10 behind it
  CHECK(channel.free() == 120);
  CHECK(channel.load(20, 0) == 20);
  CHECK(channel.first_free() == 120);
}

TEST_CASE("times that all move keep what is idle between them", "[channel]") {
  Channel channel;
  channel.load(10, 100);
  const std::vector<Wide> idle = channel.idle(0);
  channel.shift(1000);
  CHECK(channel.idle(1000) == idle);
  channel.shift(-1050);
  CHECK(channel.load(50, 0) == 50);
  CHECK(channel.load(1, 0) == 61);
}

}  // namespace
}  // namespace einfall::mappings
