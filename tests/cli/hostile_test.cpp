#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/program.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

constexpr double kSeconds = kSanitized ? 25 : 1;

// Every command that reads a cascade refuses `path` at once, with a located message.
void check_refused(const std::string& path) {
  for (const char* command : {"check ", "analyze ", "eval ", "convert "}) {
    const Ran ran = einfall(command + path);
    INFO(command << path << "\n" << ran.out << ran.err.substr(0, 400));
    CHECK(ran.exit == 1);
    CHECK(ran.cpu_seconds < kSeconds);
    CHECK(ran.err.rfind(path, 0) == 0);
    CHECK(ran.err.find("error[E") != std::string::npos);
    CHECK(ran.err.size() < 20000);
  }
}

void check_refused_text(const std::string& text) {
  const Scratch scratch;
  check_refused(scratch.write("hostile.yaml", text));
}

std::string repeated(std::size_t count, const std::string& piece) {
  std::string text;
  text.reserve(count * piece.size());
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

std::string cascade_of(const std::string& expression) {
  return "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\nexpressions:\n  - " + expression + "\n";
}

}  // namespace

TEST_CASE("files that are no documents are refused at once", "[cli][hostile]") {
  check_refused("/nowhere/missing.yaml");
  check_refused("/");
  check_refused("/dev/null");
  check_refused("/dev/zero");
  check_refused_text("");
  check_refused_text("\n\n# nothing but a comment\n");
  check_refused_text(std::string("\0\1\2\xff\xfe", 5));
  check_refused_text("\xff\xfe not UTF-8 \x80\n");
  check_refused_text("just text");
  check_refused_text("[a, list]");
}

TEST_CASE("a file larger than memory is refused at once", "[cli][hostile]") {
  const Scratch scratch;
  const std::string path = scratch.write("huge.yaml", "einfall: 1\n");
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40);  // a hole: takes no space
  check_refused(path);
}

TEST_CASE("a file that may not be read or never ends is refused at once", "[cli][hostile]") {
  const Scratch scratch;
  const std::string fifo = scratch.path("fifo");
  REQUIRE(std::system(("mkfifo " + fifo).c_str()) == 0);
  // A pipe nobody writes to would make a plain open wait for ever.
  check_refused(fifo);
}

TEST_CASE("deep and repetitive documents are refused at once", "[cli][hostile]") {
  check_refused_text(std::string(1 << 20, '['));
  check_refused_text(std::string(1 << 20, '{'));
  check_refused_text(repeated(1 << 18, "- "));
  check_refused_text(repeated(50000, "a: 1\n"));
  check_refused_text("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n");
  check_refused_text("--- a\n--- b\n");
}

TEST_CASE("deep and huge expressions are refused at once", "[cli][hostile]") {
  check_refused_text(
      cascade_of("Y = " + std::string(100000, '(') + "A[k]" + std::string(100000, ')')));
  check_refused_text(cascade_of("Y = " + std::string(100000, '-') + "A[k]"));
  check_refused_text(cascade_of("Y[k] = A[k]" + repeated(50000, " + A[k]")));
  check_refused_text(cascade_of("Y = A[" + std::string(100000, 'k') + "]"));
  check_refused_text(cascade_of("Y = A[k + 99999999999999999999999999999999]"));
  check_refused_text(cascade_of("Y = A[9223372036854775807 * k * 9223372036854775807]"));
}

TEST_CASE("sizes without bounds are refused at once", "[cli][hostile]") {
  const Scratch scratch;
  const std::string path =
      scratch.write("big.yaml",
                    "einfall: 1\nranks: {K: 4, J: K}\ndeclaration: {A: [K], B: [J]}\n"
                    "expressions: |\n  Y[k, j] = A[k] * B[j]\n");
  for (const char* sizes : {"--set K=1024G", "--set K=1024G --set J=1024G", "--set K=1M --set J=1M",
                            "--set K=8388608G", "--set Q=4"}) {
    const Ran ran = einfall("eval " + path + " " + sizes);
    INFO(sizes << "\n" << ran.err);
    CHECK(ran.exit == 1);
    CHECK(ran.cpu_seconds < kSeconds);
    CHECK(ran.err.find("error[E") != std::string::npos);
  }
}

TEST_CASE("conditions of many cases are counted at once, from above where need be",
          "[cli][hostile]") {
  const Scratch scratch;
  for (const int count : {4, 29}) {
    std::string condition;
    for (int i = 1; i <= count; ++i) {
      const std::string n = std::to_string(i);
      condition += (i > 1 ? ", (k < " : "(k < ") + n + " or j > " + n + " or l == " + n + ")";
    }
    const std::string path = scratch.write(
        "cases.yaml",
        "einfall: 1\nranks: {K: 1000, J: 1000, L: 1000}\ndeclaration: {A: [K, J, L]}\n"
        "expressions: |\n  Y = A[k, j, l] where " +
            condition + "\n");
    const Ran ran = einfall("analyze " + path);
    INFO(count << "\n" << ran.err);
    CHECK(ran.exit == 0);
    CHECK(ran.cpu_seconds < kSeconds);
  }
}

TEST_CASE("a leaf of many Einsums is costed at once", "[cli][hostile]") {
  const Scratch scratch;
  std::string expressions = "  Y0[k] = A[k]\n", names = "Y0", bindings;
  const auto bind = [](int i) {
    return "  Y" + std::to_string(i) + ": {unit: array1d, lanes: K0}\n";
  };
  bindings = bind(0);
  for (int i = 1; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    expressions += "  Y" + n + "[k] = Y" + std::to_string(i - 1) + "[k] + A[k]\n";
    names += ", Y" + n;
    bindings += bind(i);
  }
  scratch.write("many.cascade",
                "einfall: 1\nname: many\nranks: {K: 4096}\ndeclaration: {A: [K]}\n"
                "expressions: |\n" +
                    expressions);
  const std::string path =
      scratch.write("many.yaml",
                    "einfall: 1\nscenario: many\ncascade: many.cascade\nmapping: many.mapping\n"
                    "machine: " EINFALL_SOURCE_DIR "/arch/specs/fusemax-cloud.yaml\n");
  for (const char* schedule : {"{kind: sequential}", "{kind: pipelined, over: [K1]}"}) {
    scratch.write("many.mapping",
                  "einfall: 1\nmapping: many\npartition: {K: [K1, K0: array1d.lanes]}\nnest:\n"
                  "  - loops: [K1]\n    einsums: [" +
                      names + "]\nbind:\n" + bindings + "schedule: " + schedule + "\n");
    const Ran ran = einfall("cost " + path);
    INFO(schedule << "\n" << ran.err);
    CHECK(ran.exit == 0);
    CHECK(ran.cpu_seconds < 5 * kSeconds);
  }
}

TEST_CASE("the tiles of huge masks are counted at once, or refused", "[cli][hostile]") {
  const struct {
    const char* settings;
    const char* refused;  // nullptr: it is not
  } kCases[] = {{"seq_len=16M", nullptr},
                {"form=window --set seq_len=1G", nullptr},
                {"form=sink --set seq_len=16M", nullptr},
                {"seq_len=1024G", "error[E901]"},
                {"form=window --set seq_len=1G --set schedule=pipelined", "error[E885]"}};
  for (const auto& c : kCases) {
    const Ran ran = einfall("cost " EINFALL_SOURCE_DIR "/workloads/scenarios/one_pass.yaml --set " +
                            std::string(c.settings));
    INFO(c.settings << "\n" << ran.err);
    CHECK(ran.exit == (c.refused == nullptr ? 0 : 1));
    if (c.refused != nullptr) CHECK(ran.err.find(c.refused) != std::string::npos);
    // Two million stretches take a sanitized program 70 times as long as it takes otherwise.
    if (!kSanitized || ran.err.find("error[E885]") == std::string::npos)
      CHECK(ran.cpu_seconds < kSeconds);
  }
}

TEST_CASE("when memory runs out the message says so", "[cli][hostile]") {
  if (kSanitized) return;  // it cannot start with so few addresses
  const Scratch scratch;
  const std::string path =
      scratch.write("big.yaml",
                    "einfall: 1\nranks: {K: 16384}\nvars: {j: K}\ndeclaration: {A: [K]}\n"
                    "expressions: |\n  Y[k, j] = A[k] * A[j]\n");
  const Ran ran = shell("ulimit -v 1000000; exec einfall eval " + path);
  CHECK(ran.exit == 1);
  CHECK(ran.err.find("memory") != std::string::npos);
}

}  // namespace einfall::tests
