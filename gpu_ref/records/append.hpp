#pragma once

#include <string>

namespace einfall::gpu_ref::records {

/// A file that lines are added to and never taken from. Each line is on the disk when add()
/// returns, so a process that is killed loses at most the line that it was writing.
class Appender {
 public:
  /// Opens or makes the file. A last line without its end, as a killed process leaves it, gets one:
  /// what is added begins on a line of its own.
  explicit Appender(const std::string& file);
  Appender(const Appender&) = delete;
  ~Appender();

  /// `line` ends with a newline.
  void add(const std::string& line);
  /// Why the file cannot be written; empty as long as it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// Whether the file ended within a line when it was opened.
  [[nodiscard]] bool was_cut() const { return was_cut_; }

 private:
  void fail(const char* what);
  std::string file_, problem_;
  int descriptor_ = -1;
  bool was_cut_ = false;
};

}  // namespace einfall::gpu_ref::records
