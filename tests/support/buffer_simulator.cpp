#include "tests/support/buffer_simulator.hpp"

#include <algorithm>
#include <limits>

namespace einfall::tests {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

class Buffer {
 public:
  Buffer(const std::vector<Object>& objects, const std::vector<Work>& order, std::int64_t capacity)
      : objects_(objects), capacity_(capacity), state_(objects.size()), uses_(objects.size()) {
    for (std::size_t t = 0; t < order.size(); ++t)
      for (const std::size_t object : order[t].needs) uses_[object].push_back(t);
  }

  bool step(const Work& work, std::size_t now) {
    for (const std::size_t object : work.needs)
      if (!state_[object].here && !fetch(object, work, now)) return false;
    for (const std::size_t object : work.changes) state_[object].changed = true;
    for (std::size_t object = 0; object < objects_.size(); ++object)
      if (state_[object].here && next_use(object, now + 1) == kNever) leave(object, now + 1);
    return true;
  }
  [[nodiscard]] std::int64_t moved() const { return moved_; }

 private:
  struct State {
    bool here = false, changed = false, exists = false;
  };

  std::size_t next_use(std::size_t object, std::size_t from) const {
    const auto& uses = uses_[object];
    const auto next = std::lower_bound(uses.begin(), uses.end(), from);
    return next == uses.end() ? kNever : *next;
  }

  bool fetch(std::size_t object, const Work& work, std::size_t now) {
    while (held_ + objects_[object].bytes > capacity_)
      if (!evict(work, now)) return false;
    if (objects_[object].input || state_[object].exists) moved_ += objects_[object].bytes;
    state_[object] = {true, false, true};
    held_ += objects_[object].bytes;
    return true;
  }

  bool evict(const Work& work, std::size_t now) {
    std::size_t victim = kNever, latest = 0;
    for (std::size_t object = 0; object < objects_.size(); ++object) {
      const bool needed =
          std::find(work.needs.begin(), work.needs.end(), object) != work.needs.end();
      if (!state_[object].here || needed) continue;
      const std::size_t next = next_use(object, now + 1);
      if (victim != kNever && next <= latest) continue;
      victim = object;
      latest = next;
    }
    if (victim == kNever) return false;
    leave(victim, now + 1);
    return true;
  }

  void leave(std::size_t object, std::size_t from) {
    const bool wanted = objects_[object].output || next_use(object, from) != kNever;
    if (state_[object].changed && wanted) moved_ += objects_[object].bytes;
    state_[object].here = false;
    held_ -= objects_[object].bytes;
  }

  const std::vector<Object>& objects_;
  std::int64_t capacity_;
  std::vector<State> state_;
  std::vector<std::vector<std::size_t>> uses_;
  std::int64_t held_ = 0, moved_ = 0;
};

}  // namespace

std::optional<std::int64_t> traffic(const std::vector<Object>& objects,
                                    const std::vector<Work>& order, std::int64_t capacity) {
  Buffer buffer(objects, order, capacity);
  for (std::size_t t = 0; t < order.size(); ++t)
    if (!buffer.step(order[t], t)) return std::nullopt;
  return buffer.moved();
}

}  // namespace einfall::tests
