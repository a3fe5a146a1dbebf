#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/statistics.hpp"
#include "vscp_p1/watch_table.hpp"

namespace vscp_p1 {

enum class Style : std::uint8_t { plain, title, heading, strong, faint, good, bad };

struct StyledText {
  std::string text;
  Style style = Style::plain;
};
using ViewLine = std::vector<StyledText>;

/// What --watch tells beside the table. The views live as long as the caller's.
struct WatchFacts {
  std::string_view source;
  std::string_view header;  // of the meter, as sent
  Statistics statistics;
  std::uint64_t stale_after = 20;    // seconds without a value that telegrams should have
  std::span<const std::string> log;  // the last messages, the latest at the end
};

/// Where it is shown.
struct Screen {
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  std::size_t width = unlimited;   // columns
  std::size_t height = unlimited;  // lines; unlimited is no terminal: nothing to scroll, no log
  std::size_t first_row = 0;       // of the table
  bool is_utf8 = true;             // else '?' stands for what is not ASCII
  bool marks_changes = false;      // with '*', where there are no styles
};

struct WatchPage {
  std::vector<ViewLine> lines;  // at most Screen::height, none wider than Screen::width
  std::size_t first_row;        // the one asked for, or the last that leaves no room empty
  std::size_t rows;             // of the table, on this page
};

/// The view: a title, the table in as many columns as it needs and the screen has room for, the counters, the log.
WatchPage watch_page(const WatchTable& table, const WatchFacts& facts, const Screen& screen);

/// Lines without their styles.
std::string plain_lines(std::span<const ViewLine> lines);

}  // namespace vscp_p1
