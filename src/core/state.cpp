#include "vscp_p1/state.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "vscp_p1/telegram.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

// Sanxing (Hungary) sends an empty message as 1024 bytes FF.
std::string_view without_filler(std::string_view text) noexcept {
  while (!text.empty() && text.back() == '\xFF') text.remove_suffix(1);
  return trimmed(text);
}

std::optional<unsigned> number_at_end(std::string_view text) noexcept {
  auto begin = text.size();
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

bool is_unset(std::string_view sent) noexcept {
  const char first = sent.empty() ? '-' : sent.front();
  const bool begins_otherwise = first > ' ' && first < '\x7F' && first != '-' && first != '2';  // 2: of 2D and 20
  if (begins_otherwise) return false;
  const auto text = without_filler(sent);
  if (text.find_first_not_of("- ") == std::string_view::npos) return true;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto pair = text.substr(i, 2);
    if (pair != "2D" && pair != "2d" && pair != "20") return false;
  }
  return true;
}

std::string state_text(Shape shape, std::string_view sent) {
  std::string text(without_filler(sent));
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });  // broken over lines in DSMR 3.0
  if (shape == Shape::code) return std::string(first_bytes(text, longest_text));
  return is_unset(text) ? std::string{} : std::string(first_bytes(trimmed(decoded_text(text)), longest_text));
}

std::optional<unsigned> state_number(Shape shape, std::string_view text) noexcept {
  if (shape == Shape::tariff) return number_at_end(text);
  if (equal_ignoring_case(text, "on")) return 1;
  if (equal_ignoring_case(text, "off")) return 0;
  const bool is_position = text.size() == 1 && text[0] >= '0' && text[0] <= '2';
  return is_position ? std::optional(static_cast<unsigned>(text[0] - '0')) : std::nullopt;
}

std::optional<std::string> StateWatch::change(std::size_t quantity, std::string_view sent) {
  auto& seen = seen_[quantity];
  if (seen == sent) return std::nullopt;
  return std::exchange(seen, std::string(sent));
}

}  // namespace vscp_p1
