#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace itest {

/// What stands between "```language file" and "```" in a document.
struct Block {
  std::string language, file, text;
};
std::vector<Block> blocks_of(const std::filesystem::path& document);
/// The text of the one block with this file name; throws std::runtime_error when there is none.
std::string block_of(const std::filesystem::path& document, std::string_view file);

}  // namespace itest
