#include <catch2/catch.hpp>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// `einfall gpu measure` with programs that stand in for the measuring one: a GPU is not asked for.
namespace einfall::tests {

TEST_CASE("gpu measure skips without its program or a GPU, and says so", "[cli]") {
  const Scratch scratch;
  const Ran none = einfall("gpu measure " + scratch.path("r") + " --program /nonexistent");
  CHECK(none.exit == 77);
  CHECK(none.out.find("skipped, nothing was measured: there is no program /nonexistent") == 0);
  const std::string program = scratch.write("program", "#!/bin/sh\nexit 77\n");
  const Ran no_gpu = shell("chmod +x " + program + " && einfall gpu measure " + scratch.path("r") +
                           " --json --program " + program);
  CHECK(no_gpu.exit == 77);
  CHECK(nlohmann::json::parse(no_gpu.out)["skipped"] == "there is no GPU that the program can use");
}

TEST_CASE("a program that records nothing is not a pass", "[cli]") {
  const Scratch scratch;
  const Ran ran = einfall("gpu measure " + scratch.path("r") + " --program /bin/true");
  CHECK(ran.exit == 2);
  CHECK(ran.out.find("left no record") != std::string::npos);
}

TEST_CASE("a program that ends without a word is named", "[cli]") {
  const Scratch scratch;
  const Ran ran = einfall("gpu measure " + scratch.path("r") + " --program /bin/false");
  CHECK(ran.exit == 1);
  CHECK(ran.out.find("/bin/false") == 0);
}

TEST_CASE("kernels and sets that are nowhere are told without a GPU", "[cli]") {
  const Scratch scratch;
  const std::string measure = "gpu measure " + scratch.path("r") + " --program /nonexistent ";
  const Ran kernel = einfall(measure + "--kernel k3-one-pas");
  CHECK(kernel.exit == 1);
  CHECK(kernel.err.find("did you mean 'k3-one-pass'?") != std::string::npos);
  CHECK(einfall(measure + "--set wave").exit == 1);
  CHECK(einfall(measure + "--points " + scratch.path("nowhere")).exit == 1);
  CHECK(einfall(measure + "--kernel k3-one-pass --set waves").exit == 77);
}

TEST_CASE("gpu measure sums up the record that its program leaves", "[cli]") {
  const Scratch scratch;
  // $3 is the record.
  const std::string program = scratch.write(
      "program",
      "#!/bin/sh\necho progress\n"
      "echo '{\"record\": \"run\", \"run\": \"a\", \"witness\": \"gpu\"}' > $3\n"
      "echo '{\"record\": \"measurement\", \"run\": \"a\", \"point\": {\"kernel\": \"k\"}, "
      "\"source\": \"kernels/k3_one_pass.cpp\", \"source_sha256\": \"old\", \"correct\": true}' >> "
      "$3\n"
      "echo '{\"record\": \"validation\", \"run\": \"a\", \"check\": \"ones\", \"message\": "
      "\"2\"}' >> $3\n"
      "exit 2\n");
  const Ran ran = shell("chmod +x " + program + " && einfall gpu measure " + scratch.path("r") +
                        " --command validate --json --program " + program);
  CHECK(ran.exit == 2);
  CHECK(ran.err.find("progress") != std::string::npos);
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json["measured"] == 0);
  CHECK(json["checks_failed"] == 1);
  CHECK(json["failures"].size() == 1);
}

}  // namespace einfall::tests
