#pragma once

#include <ucontext.h>
#include <csetjmp>
#include <cstddef>

namespace einfall::gpu_ref::executor {

/// A thread of control with a stack of its own, switched to by hand. The object of the caller's own
/// stack is made by the constructor without arguments.
///
/// ucontext starts a fiber; later switches save and restore registers only (swapcontext asks the
/// operating system for the signal mask each time, 600 ns against 20 ns).
class Fiber {
 public:
  static constexpr std::size_t kStackBytes = 256 * 1024;

  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// The next switch to this fiber calls entry(argument), which must never return. What the fiber
  /// did before is dropped without unwinding: its frames may own nothing.
  void prepare(void (*entry)(void*), void* argument);

  /// Goes on where `to` left off; returns when somebody switches to `from`.
  static void switch_to(Fiber& from, Fiber& to);

 private:
  void allocate();
  void begin();
  static void trampoline(unsigned high, unsigned low);

  void* stack_ = nullptr;  // with a guard page below
  ucontext_t start_{};
  std::jmp_buf registers_{};
  bool started_ = true;  // the caller's own stack always is
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  // What the address sanitizer knows of this stack.
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
  void* fake_stack_ = nullptr;
};

}  // namespace einfall::gpu_ref::executor
