// A file with a key, and the key by itself.
#include "io/key_file.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fuzz/check.hpp"

FUZZ_TARGET {
  static const std::string path =
      std::filesystem::temp_directory_path() / ("vscp-p1d-fuzz-key-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary | std::ios::trunc) << input;
  const auto from_file = vscp_p1::io::read_key_file(path);
  fuzz::check(from_file || from_file.error().starts_with("no key in the first line"), "a fault shows nothing");
  const auto key = vscp_p1::parse_aes_key(input);
  fuzz::check(!key || (from_file && *from_file == *key), "a file with a key has it");
}
