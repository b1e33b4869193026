#include "gpu_ref/executor/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "base/ensure.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define EINFALL_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EINFALL_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef EINFALL_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace einfall::gpu_ref::executor {
namespace {

// The sanitizer has to be told which stack is running.
void before_switch([[maybe_unused]] void** fake, [[maybe_unused]] const void* bottom,
                   [[maybe_unused]] std::size_t size) {
#ifdef EINFALL_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(fake, bottom, size);
#endif
}
void after_switch([[maybe_unused]] void* fake, [[maybe_unused]] const void** from_bottom,
                  [[maybe_unused]] std::size_t* from_size) {
#ifdef EINFALL_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(fake, from_bottom, from_size);
#endif
}
// Frames dropped without unwinding leave their marks on the stack.
void forget_frames([[maybe_unused]] void* stack, [[maybe_unused]] std::size_t size) {
#ifdef EINFALL_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(stack, size);
#endif
}

std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

thread_local Fiber* switched_from = nullptr;

}  // namespace

Fiber::~Fiber() {
  if (stack_ != nullptr) munmap(stack_, kStackBytes + page());
}

void Fiber::allocate() {
  stack_ = mmap(nullptr, kStackBytes + page(), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  EINFALL_ENSURE(stack_ != MAP_FAILED, "memory for a fiber's stack");
  EINFALL_ENSURE(mprotect(stack_, page(), PROT_NONE) == 0, "guard page of a fiber's stack");
  bottom_ = static_cast<char*>(stack_) + page();
  size_ = kStackBytes;
}

void Fiber::prepare(void (*entry)(void*), void* argument) {
  if (stack_ == nullptr) allocate();
  char* base = static_cast<char*>(stack_) + page();
  forget_frames(base, kStackBytes);
  getcontext(&start_);
  start_.uc_stack.ss_sp = base;
  start_.uc_stack.ss_size = kStackBytes;
  start_.uc_link = nullptr;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&start_, reinterpret_cast<void (*)()>(&Fiber::trampoline), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self & 0xffffffffU));
  entry_ = entry;
  argument_ = argument;
  started_ = false;
  fake_stack_ = nullptr;
}

void Fiber::trampoline(unsigned high, unsigned low) {
  const auto self = (static_cast<std::uintptr_t>(high) << 32) | low;
  reinterpret_cast<Fiber*>(self)->begin();
}

void Fiber::begin() {
  after_switch(nullptr, &switched_from->bottom_, &switched_from->size_);
  entry_(argument_);
  EINFALL_ENSURE(false, "a fiber's entry never returns");
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  switched_from = &from;
  before_switch(&from.fake_stack_, to.bottom_, to.size_);
  if (_setjmp(from.registers_) == 0) {
    if (to.started_) _longjmp(to.registers_, 1);
    to.started_ = true;
    setcontext(&to.start_);
  }
  after_switch(from.fake_stack_, &switched_from->bottom_, &switched_from->size_);
}

}  // namespace einfall::gpu_ref::executor
