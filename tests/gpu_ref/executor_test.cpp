#include <catch2/catch.hpp>

#include <gpu/intrinsics.cuh>
#include <gpu/launch.cuh>

#include <algorithm>

// The executor on kernels of a few lines: what it runs, and everything that it must find.
namespace einfall::gpu_ref {
namespace {

using executor::FindingKind;

template <class Body>
void call(Body body) {
  body();
}

/// Runs body() in the threads of the blocks of a grid.
template <class Body>
std::optional<executor::Finding> run(Body body, unsigned threads = 64, std::size_t shared = 1024,
                                     Grid grid = {1, 1, 1}, std::uint64_t seed = 1) {
  Stream stream(seed);
  stream.launch(call<Body>, grid, threads, shared, body);
  return stream.finding();
}

void check(const std::optional<executor::Finding>& finding, FindingKind kind,
           const std::string& fragment) {
  REQUIRE(finding);
  INFO(executor::name(finding->kind) << ": " << finding->message);
  CHECK(finding->kind == kind);
  CHECK(finding->message.find(fragment) != std::string::npos);
}

int thread() { return static_cast<int>(threadIdx.x); }

TEST_CASE("every thread of every block runs once, in an order that the seed decides",
          "[executor]") {
  const auto order_of = [](std::uint64_t seed) {
    std::vector<unsigned> order;
    const auto finding =
        run([&] { order.push_back((blockIdx.y * 3 + blockIdx.x) * 64 + threadIdx.x); }, 64, 0,
            Grid{3, 2, 1}, seed);
    CHECK(!finding);
    return order;
  };
  const auto order = order_of(1);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  REQUIRE(sorted.size() == 384);
  for (unsigned i = 0; i < 384; ++i) CHECK(sorted[i] == i);
  CHECK(order == order_of(1));
  CHECK(order != order_of(2));
  CHECK(order != sorted);
}

TEST_CASE("a barrier lets nobody pass before all have come", "[executor]") {
  int arrived = 0;
  bool early = false;
  CHECK(!run([&] {
    ++arrived;
    __syncthreads();
    early = early || arrived < 64;
    __syncthreads();
  }));
  CHECK(arrived == 64);
  CHECK(!early);
}

TEST_CASE("what one thread writes another may read after a barrier only", "[executor]") {
  const auto exchange = [](bool barrier) {
    return [barrier] {
      const auto slots = shared_at<int>(0);
      slots.set(thread(), thread());
      if (barrier) __syncthreads();
      const auto seen = slots.get(63 - thread());
      CHECK(seen == 63 - thread());
    };
  };
  CHECK(!run(exchange(true)));
  // Without the barrier half of the threads read what is not written yet, unless by chance.
  const auto finding = run(exchange(false));
  REQUIRE(finding);
  CHECK((finding->kind == FindingKind::kUninitialised || finding->kind == FindingKind::kRace));
}

TEST_CASE("a race is found even if every order gives the same values", "[executor]") {
  const auto finding = run([] {
    const auto slot = shared_at<int>(0);
    slot.set(0, 7);
  });
  check(finding, FindingKind::kRace, "executor_test.cpp:");
}

TEST_CASE("a read and a later write of another thread race without a barrier", "[executor]") {
  const auto body = [](bool barrier) {
    return [barrier] {
      const auto slots = shared_at<int>(0);
      if (thread() == 0) slots.set(0, 1);
      __syncthreads();
      const auto seen = slots.get(0);
      CHECK(seen == 1);
      if (barrier) __syncthreads();
      if (thread() == 40) slots.set(0, 2);
    };
  };
  CHECK(!run(body(true)));
  const auto finding = run(body(false));
  REQUIRE(finding);
  CHECK(finding->kind == FindingKind::kRace);
}

TEST_CASE("a warp's barrier orders its lanes, and not other warps", "[executor]") {
  const auto body = [](int apart) {
    return [apart] {
      const auto slots = shared_at<int>(0);
      slots.set(thread(), 1);
      __syncwarp();
      const auto seen = slots.get(thread() ^ apart);
      CHECK(seen == 1);
    };
  };
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    CHECK(!run(body(17), 64, 1024, {1, 1, 1}, seed));
    const auto finding = run(body(32), 64, 1024, {1, 1, 1}, seed);
    REQUIRE(finding);
    CHECK((finding->kind == FindingKind::kUninitialised || finding->kind == FindingKind::kRace));
  }
}

TEST_CASE("shuffles and products order nothing", "[executor]") {
  const auto finding = run([] {
    const auto slots = shared_at<float>(0);
    slots.set(thread(), 1.0F);
    const float other = shuffle_xor(1.0F, 1);
    const auto seen = slots.get(thread() ^ 1);
    CHECK(seen == other);
  });
  check(finding, FindingKind::kRace, "executor_test.cpp:");
}

TEST_CASE("different barriers, and barriers that some skip, are found", "[executor]") {
  check(run([] {
          if (thread() < 32)
            __syncthreads();
          else
            __syncthreads();
        }),
        FindingKind::kBarrierDivergence, "arrives at the barrier at");
  check(run([] {
          if (thread() < 40) __syncthreads();
        }),
        FindingKind::kDeadlock, "threads 40-63 ended; threads 0-39 wait at barrier");
}

TEST_CASE("lanes of a warp that go different ways are found", "[executor]") {
  check(run([] {
          if (thread() % 2 == 0)
            __syncwarp();
          else
            shuffle(1, 0);
        }),
        FindingKind::kWarpDivergence, "of its warp waits at");
  check(run([] {
          if (thread() != 5) shuffle_xor(1.0F, 1);
        }),
        FindingKind::kDeadlock, "threads 0-4, 6-31 wait at shuffle");
}

TEST_CASE("an asynchronous copy is there after the wait and not before", "[executor]") {
  const auto body = [](bool wait, const float* from) {
    return [wait, from] {
      const auto slots = shared_at<float>(0);
      copy_async(slots.from(4 * thread()), from + 4 * thread(), thread() != 3);
      commit_copies();
      if (wait) wait_copies<0>();
      const float seen = slots.get(4 * thread());
      CHECK(seen == (thread() == 3 ? 0.0F : 1.0F));
      wait_copies<0>();
    };
  };
  Stream stream(1);
  Buffer<float> ones(stream, "ones", 256);
  ones.upload(std::vector<float>(256, 1.0F));
  const auto good = body(true, ones.data()), bad = body(false, ones.data());
  stream.launch(call<decltype(good)>, Grid{}, 64, 1024, good);
  CHECK(!stream.finding());
  stream.launch(call<decltype(bad)>, Grid{}, 64, 1024, bad);
  check(stream.finding(), FindingKind::kInFlight, "nobody has waited for it");
}

TEST_CASE("waiting for all groups but one leaves the last in flight", "[executor]") {
  Stream stream(1);
  Buffer<float> ones(stream, "ones", 512);
  ones.upload(std::vector<float>(512, 1.0F));
  const auto body = [from = ones.data()](int read) {
    return [from, read] {
      const auto slots = shared_at<float>(0);
      for (int group = 0; group < 2; ++group) {
        copy_async(slots.from(256 * group + 4 * thread()), from + 4 * thread(), true);
        commit_copies();
      }
      wait_copies<1>();
      const auto seen = slots.get(256 * read + 4 * thread());
      CHECK(seen == 1.0F);
      wait_copies<0>();
    };
  };
  const auto first = body(0), second = body(1);
  stream.launch(call<decltype(first)>, Grid{}, 64, 2048, first);
  CHECK(!stream.finding());
  stream.launch(call<decltype(second)>, Grid{}, 64, 2048, second);
  check(stream.finding(), FindingKind::kInFlight, "offset");
}

TEST_CASE("a copy that nobody waits for is found at the end", "[executor]") {
  Stream stream(1);
  Buffer<float> ones(stream, "ones", 4);
  const auto body = [from = ones.data()] {
    copy_async(shared_at<float>(0).from(4 * thread()), from, true);
  };
  stream.launch(call<decltype(body)>, Grid{}, 32, 512, body);
  check(stream.finding(), FindingKind::kUnfinishedCopies, "has not waited for its copy at");
}

TEST_CASE("accesses outside of shared and global memory are located", "[executor]") {
  check(run([] { shared_at<int>(0).set(thread() + 250, 1); }, 32, 1024), FindingKind::kOutOfBounds,
        "of 1024 bytes of shared memory");
  check(run([] { shared_at<int>(2).set(thread(), 1); }, 32, 1024), FindingKind::kMisaligned,
        "at offset");
  Stream stream(1);
  Buffer<float> few(stream, "few", 10);
  const auto body = [to = few.data()](int offset) {
    return [to, offset] {
      if (thread() < 5) store_global(to + 2 * thread() + offset, 1.0F);
    };
  };
  const auto inside = body(0);
  stream.launch(call<decltype(inside)>, Grid{}, 32, 0, inside);
  CHECK(!stream.finding());
  few.freeze();
  stream.launch(call<decltype(inside)>, Grid{}, 32, 0, inside);
  check(stream.finding(), FindingKind::kReadOnly, "of buffer few (40 bytes)");
  Stream other(1);
  Buffer<float> again(other, "again", 10);
  const auto far = [to = again.data()] { store_global(to + 10 + thread(), 1.0F); };
  other.launch(call<decltype(far)>, Grid{}, 32, 0, far);
  check(other.finding(), FindingKind::kOutOfBounds, "of buffer again (40 bytes)");
}

TEST_CASE("launches that no block can have are refused", "[executor]") {
  check(run([] {}, 33), FindingKind::kLaunch, "whole warps");
  check(run([] {}, 2048), FindingKind::kLaunch, "1024 threads");
  check(run([] {}, 32, 1 << 20), FindingKind::kLaunch, "bytes of shared memory");
}

TEST_CASE("after a finding nothing more is run", "[executor]") {
  Stream stream(1);
  int blocks = 0;
  const auto body = [&] {
    if (threadIdx.x == 0) ++blocks;
    shared_at<int>(0).get(0);
  };
  stream.launch(call<decltype(body)>, Grid{9, 1, 1}, 32, 64, body);
  stream.launch(call<decltype(body)>, Grid{9, 1, 1}, 32, 64, body);
  CHECK(blocks <= 1);
  CHECK(stream.problem());
}

}  // namespace
}  // namespace einfall::gpu_ref
