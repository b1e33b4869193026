#include "gpu_ref/executor/block.hpp"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <utility>

#include "base/ensure.hpp"

namespace einfall::gpu_ref::executor {
namespace {

thread_local Block* current_block = nullptr;

// "0-31, 64": ascending numbers as ranges.
std::string ranges(const std::vector<unsigned>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += end - i == 1 ? fmt::format("{}", numbers[i])
                         : fmt::format("{}-{}", numbers[i], numbers[end - 1]);
    i = end;
  }
  return text;
}

}  // namespace

Block& Block::current() {
  EINFALL_ENSURE(current_block != nullptr, "an intrinsic is called outside a launch");
  return *current_block;
}

std::optional<Finding> Block::run(Dim grid, Dim index, unsigned threads, std::size_t shared_bytes,
                                  const std::function<void()>& body) {
  if (threads == 0 || threads > kMostThreads || threads % kWarp != 0 || shared_bytes > kMostShared)
    return Finding{FindingKind::kLaunch,
                   fmt::format("{} threads and {} bytes of shared memory; a block has whole warps, "
                               "at most {} threads and {} bytes",
                               threads, shared_bytes, kMostThreads, kMostShared)};
  grid_ = grid;
  index_ = index;
  threads_ = threads;
  body_ = &body;
  shared_.reset(shared_bytes);
  block_epoch_ = 0;
  at_barrier_ = 0;
  warp_epochs_.assign(threads / kWarp, 0);
  at_warp_.assign(threads / kWarp, 0);
  finding_.reset();
  ready_.clear();
  if (all_.size() < threads) all_.resize(threads);
  for (unsigned t = 0; t < threads; ++t) {
    Thread& thread = all_[t];
    thread.waiting = Waiting::kReady;
    thread.open.clear();
    thread.groups.clear();
    thread.fiber->prepare(&Block::enter, this);
    ready_.push_back(t);
  }
  ++counts_.blocks;

  Block* const outer = std::exchange(current_block, this);
  const auto first = static_cast<std::size_t>(random_() % ready_.size());
  running_ = std::exchange(ready_[first], ready_.back());
  ready_.pop_back();
  Fiber::switch_to(scheduler_, *all_[running_].fiber);
  current_block = outer;
  if (finding_) return finding_;
  for (unsigned t = 0; t < threads; ++t)
    if (all_[t].waiting != Waiting::kDone) return deadlock();
  return std::nullopt;
}

namespace {
struct Stop {};  // unwinds the frames of the thread that failed
}  // namespace

void Block::enter(void* block) {
  Block& self = *static_cast<Block*>(block);
  try {
    (*self.body_)();
    self.finish_thread();
  } catch (Stop) {
  }
  if (self.finding_) Fiber::switch_to(*self.all_[self.running_].fiber, self.scheduler_);
  self.all_[self.running_].waiting = Waiting::kDone;
  self.switch_away();
}

void Block::finish_thread() {
  Thread& thread = all_[running_];
  thread.groups.push_back(thread.open);
  for (const std::vector<Copy>& group : thread.groups)
    if (!group.empty())
      fail({FindingKind::kUnfinishedCopies,
            fmt::format("{} ends and has not waited for its copy at {}", who(),
                        text_of(group.front().site))});
}

void Block::fail(Finding finding) {
  finding_ = std::move(finding);
  throw Stop{};
}

std::string Block::who() const {
  return fmt::format("thread {} of block ({}, {}, {})", running_, index_.x, index_.y, index_.z);
}

// Some ready thread goes on; without one, run() does.
void Block::switch_away() {
  Fiber& from = *all_[running_].fiber;
  if (ready_.empty()) {
    Fiber::switch_to(from, scheduler_);
    return;
  }
  const auto next = static_cast<std::size_t>(random_() % ready_.size());
  running_ = std::exchange(ready_[next], ready_.back());
  ready_.pop_back();
  Fiber::switch_to(from, *all_[running_].fiber);
}

void Block::wait(Waiting why, const char* operation, Site site) {
  Thread& thread = all_[running_];
  thread.waiting = why;
  thread.operation = operation;
  thread.site = site;
  switch_away();
}

void Block::make_ready(unsigned thread) {
  all_[thread].waiting = Waiting::kReady;
  ready_.push_back(thread);
}

Moment Block::moment_of(unsigned thread) const {
  return {block_epoch_, warp_epochs_[thread / kWarp], static_cast<std::uint16_t>(thread)};
}

void Block::barrier(Site site) {
  for (unsigned t = 0; at_barrier_ > 0 && t < threads_; ++t) {
    if (all_[t].waiting != Waiting::kBarrier) continue;
    if (all_[t].site == site) break;
    fail({FindingKind::kBarrierDivergence,
          fmt::format("{} arrives at the barrier at {}, thread {} waits at that at {}", who(),
                      text_of(site), t, text_of(all_[t].site))});
  }
  if (++at_barrier_ < threads_) {
    wait(Waiting::kBarrier, "barrier", site);
    return;
  }
  at_barrier_ = 0;
  ++block_epoch_;
  ++counts_.barriers;
  for (unsigned t = 0; t < threads_; ++t)
    if (t != running_) make_ready(t);
}

void Block::collective(const char* operation, void* operands, Compute compute, Site site) {
  const unsigned warp = running_ / kWarp;
  all_[running_].operands = operands;
  const unsigned first = warp * kWarp;
  for (unsigned t = first; at_warp_[warp] > 0 && t < first + kWarp; ++t) {
    const Thread& other = all_[t];
    if (other.waiting != Waiting::kCollective) continue;
    if (other.site == site && std::strcmp(other.operation, operation) == 0) break;
    fail({FindingKind::kWarpDivergence,
          fmt::format("{} arrives at {} at {}, thread {} of its warp waits at {} at {}", who(),
                      operation, text_of(site), t, other.operation, text_of(other.site))});
  }
  if (++at_warp_[warp] < kWarp) {
    wait(Waiting::kCollective, operation, site);
    return;
  }
  at_warp_[warp] = 0;
  std::array<void*, kWarp> lanes{};
  for (unsigned lane = 0; lane < kWarp; ++lane) lanes[lane] = all_[first + lane].operands;
  compute(*this, lanes, site);
  for (unsigned t = first; t < first + kWarp; ++t)
    if (t != running_) make_ready(t);
}

void Block::sync_warp(Site site) {
  collective(
      "warp barrier", nullptr,
      [](Block& block, const std::array<void*, kWarp>&, Site) {
        ++block.warp_epochs_[block.running_ / kWarp];
      },
      site);
}

void Block::read_shared(std::size_t offset, std::size_t size, void* out, Site site) {
  read_shared_as(running_, offset, size, out, site);
}
void Block::read_shared_as(unsigned thread, std::size_t offset, std::size_t size, void* out,
                           Site site) {
  if (auto finding = shared_.read(offset, size, out, moment_of(thread), site))
    fail(std::move(*finding));
}
void Block::write_shared(std::size_t offset, std::size_t size, const void* value, Site site) {
  if (auto finding = shared_.write(offset, size, value, moment_of(running_), site))
    fail(std::move(*finding));
}
void Block::read_global(const void* address, std::size_t size, Site site) {
  counts_.global_read_bytes += size;
  if (!global_.allows(address, size, false))
    fail(*global_.check(address, size, false, who(), site));
}
void Block::write_global(const void* address, std::size_t size, Site site) {
  counts_.global_written_bytes += size;
  if (!global_.allows(address, size, true)) fail(*global_.check(address, size, true, who(), site));
}

void Block::copy(std::size_t offset, const void* source, Site site) {
  Copy copy{offset, {}, site};
  if (source != nullptr) {
    read_global(source, copy.value.size(), site);
    std::memcpy(copy.value.data(), source, copy.value.size());
  }
  if (auto finding = shared_.begin_copy(offset, copy.value.size(), moment_of(running_), site))
    fail(std::move(*finding));
  all_[running_].open.push_back(copy);
}

void Block::commit_copies() {
  Thread& thread = all_[running_];
  thread.groups.push_back(std::exchange(thread.open, {}));
}

void Block::wait_copies(std::size_t left) {
  Thread& thread = all_[running_];
  while (thread.groups.size() > left) {
    for (const Copy& copy : thread.groups.front())
      shared_.end_copy(copy.offset, copy.value.size(), copy.value.data(), moment_of(running_),
                       copy.site);
    thread.groups.pop_front();
  }
}

std::string Block::place_of(const Thread& thread) {
  if (thread.waiting == Waiting::kDone) return "ended";
  return fmt::format("wait at {} at {}", thread.operation, text_of(thread.site));
}

Finding Block::deadlock() const {
  std::map<std::string, std::vector<unsigned>> groups;  // by where they wait
  for (unsigned t = 0; t < threads_; ++t) groups[place_of(all_[t])].push_back(t);
  std::string text;
  for (const auto& [place, who] : groups)
    text += fmt::format("{}threads {} {}", text.empty() ? "" : "; ", ranges(who), place);
  return {FindingKind::kDeadlock,
          fmt::format("block ({}, {}, {}) cannot go on: {}", index_.x, index_.y, index_.z, text)};
}

}  // namespace einfall::gpu_ref::executor
