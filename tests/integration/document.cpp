#include "document.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace itest {

std::vector<Block> blocks_of(const std::filesystem::path& document) {
  std::vector<Block> blocks;
  std::ifstream file(document);
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (!inside) continue;
      std::istringstream words(line.substr(3));
      blocks.emplace_back();
      words >> blocks.back().language >> blocks.back().file;
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

std::string block_of(const std::filesystem::path& document, std::string_view file) {
  for (const auto& block : blocks_of(document)) {
    if (block.file == file) return block.text;
  }
  throw std::runtime_error(document.string() + " has no block " + std::string(file));
}

}  // namespace itest
