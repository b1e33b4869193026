#include "gpu_ref/records/source_hash.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "gpu_ref/records/record.hpp"

namespace einfall::gpu_ref::records {
namespace {

namespace fs = std::filesystem;

/// A tree of two files: a kernel and what it includes.
class Tree {
 public:
  explicit Tree(const std::string& name) : root_(fs::path(EINFALL_BINARY_DIR) / "hashes" / name) {
    fs::remove_all(root_);
    write("gpu_ref/kernels/k.cpp", "#include <vector>\n#include \"gpu_ref/tile/t.cuh\"\nint k;\n");
    write("gpu_ref/tile/t.cuh", "#include <gpu/intrinsics.cuh>\nint t = 1;  // one\n");
    write("gpu_ref/device/gpu/intrinsics.cuh", "int i;\n");
  }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] std::string root() const { return root_.string(); }
  [[nodiscard]] std::string hash() const {
    return source_hash(root(), "kernels/k.cpp").value_or("none");
  }

 private:
  fs::path root_;
};

TEST_CASE("the hash of a kernel is that of its code and all of its includes", "[hash]") {
  const Tree tree("closure");
  CHECK(source_files(tree.root(), "kernels/k.cpp") ==
        std::vector<std::string>{"gpu_ref/device/gpu/intrinsics.cuh", "gpu_ref/kernels/k.cpp",
                                 "gpu_ref/tile/t.cuh"});
  const std::string before = tree.hash();
  CHECK(before.size() == 64);
  tree.write("gpu_ref/tile/t.cuh",
             "// More is said.\n\n#include <gpu/intrinsics.cuh>\n  int t = 1;\n");
  CHECK(tree.hash() == before);
  tree.write("gpu_ref/tile/t.cuh", "#include <gpu/intrinsics.cuh>\nint t = 2;\n");
  CHECK(tree.hash() != before);
  tree.write("gpu_ref/tile/t.cuh", "#include <gpu/intrinsics.cuh>\nint t = 1;\n");
  CHECK(tree.hash() == before);
  tree.write("gpu_ref/device/gpu/intrinsics.cuh", "int j;\n");
  CHECK(tree.hash() != before);
}

TEST_CASE("slashes in a text are no comment", "[hash]") {
  const Tree tree("slashes");
  tree.write("gpu_ref/tile/t.cuh", "const char* t = \"\\\"//a\";\n");
  const std::string before = tree.hash();
  tree.write("gpu_ref/tile/t.cuh", "const char* t = \"\\\"//b\";\n");
  CHECK(tree.hash() != before);
}

TEST_CASE("a record is stale when the code has changed, and unknown without it", "[hash]") {
  const Tree tree("stale");
  Measurement m;
  m.source = "kernels/k.cpp";
  m.source_sha256 = tree.hash();
  CHECK(freshness(m, tree.root()) == Freshness::kFresh);
  tree.write("gpu_ref/kernels/k.cpp", "int k = 3;\n");
  CHECK(freshness(m, tree.root()) == Freshness::kStale);
  CHECK(freshness(m, tree.root() + "/elsewhere") == Freshness::kUnknown);
}

TEST_CASE("every kernel of the tree has a hash", "[hash]") {
  const std::string root = EINFALL_SOURCE_DIR;
  const auto files = source_files(root, "kernels/k3_one_pass.cpp");
  REQUIRE(files);
  for (const char* file : {"gpu_ref/kernels/k3_one_pass.cuh", "gpu_ref/tile/sweep.cuh",
                           "gpu_ref/device/gpu/intrinsics.cuh", "gpu_ref/formats.cuh"})
    CHECK(std::count(files->begin(), files->end(), file) == 1);
  CHECK(source_hash(root, "device/k4_warp_specialised.cu"));
}

}  // namespace
}  // namespace einfall::gpu_ref::records
