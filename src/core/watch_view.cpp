#include "vscp_p1/watch_view.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "vscp_p1/obis.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::size_t gap = 2;         // between name, value and age
constexpr std::size_t column_gap = 3;  // between columns of the table
constexpr std::size_t shortest_name = 10;
constexpr std::size_t longest_text_aligned = 20;  // ids of meters; a longer text moves its age
constexpr std::size_t age_width = 6;              // "59 min"

std::string padding(std::size_t columns) {
  std::string blanks(columns, ' ');
  return blanks;
}

std::string age_text(std::uint64_t age) {
  constexpr std::uint64_t minute = 60, hour = 60 * minute, day = 24 * hour;
  if (age < minute) return std::to_string(age) + " s";
  if (age < hour) return std::to_string(age / minute) + " min";
  return age < 2 * day ? std::to_string(age / hour) + " h" : std::to_string(age / day) + " d";
}

// What a terminal without UTF-8 can show.
std::string ascii(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) out += c;
    if (byte >= 0xC0) out += '?';  // the first byte of a character
  }
  return out;
}

// One cell of the table, ready for the screen.
struct Cell {
  std::string name, value, unit, age;
  bool is_number, has_changed, is_stale;
};

struct Widths {
  std::size_t name = 8, number = 5, unit = 4;  // of "quantity", "value", "unit"
  std::size_t text = 0;                        // in the place of number and unit

  std::size_t value() const { return std::max(number + 1 + unit, text); }
  std::size_t all() const { return name + gap + value() + gap + age_width; }
};

class Page {
 public:
  Page(const WatchTable& table, const WatchFacts& facts, const Screen& screen) : facts_(facts), screen_(screen) {
    for (const auto& [quantity, row] : table.rows()) add_cell(row);
  }

  WatchPage make() &&;

 private:
  bool is_terminal() const { return screen_.height != Screen::unlimited; }
  std::string shown(std::string_view text) const { return screen_.is_utf8 ? std::string(text) : ascii(text); }
  std::string fitted(std::string text, std::size_t columns) const;
  void add(ViewLine line);
  void add_cell(const WatchRow& row);

  void add_title();
  void add_meter();
  void add_heading(std::size_t columns);
  void add_rows(std::size_t columns, std::size_t lines);
  void append_cell(ViewLine& line, const Cell& cell) const;
  void add_counters();
  void add_log(std::size_t messages);
  void add_footer();

  const WatchFacts& facts_;
  const Screen& screen_;
  std::vector<Cell> cells_;
  Widths widths_;
  std::size_t column_width_ = 0;
  WatchPage page_{};
};

std::string Page::fitted(std::string text, std::size_t columns) const {
  if (display_width(text) <= columns) return text;
  if (columns == 0) return {};
  return std::string(first_columns(text, columns - 1)) + (screen_.is_utf8 ? "…" : "~");
}

// Cut to the width of the screen.
void Page::add(ViewLine line) {
  if (page_.lines.size() == screen_.height) return;
  auto room = screen_.width;
  for (auto& [text, style] : line) {
    text = fitted(std::move(text), room);
    room -= std::min(room, display_width(text));
  }
  page_.lines.push_back(std::move(line));
}

void Page::add_cell(const WatchRow& row) {
  const auto since = facts_.statistics.uptime - std::min(facts_.statistics.uptime, row.seen);
  const bool is_stale = row.is_recurrent && since > facts_.stale_after;
  cells_.push_back({shown(row.name), shown(row.value), shown(row.unit), age_text(row.age + since), row.is_number,
                    row.has_changed, is_stale});
  const auto& cell = cells_.back();
  widths_.name = std::max(widths_.name, display_width(cell.name));
  widths_.unit = std::max(widths_.unit, display_width(cell.unit));
  auto& width = cell.is_number ? widths_.number : widths_.text;
  width =
      std::max(width, std::min(display_width(cell.value), cell.is_number ? Screen::unlimited : longest_text_aligned));
}

void Page::add_title() {
  constexpr std::array<std::pair<std::string_view, Style>, 4> states = {
      {{"waiting", Style::plain}, {"online", Style::good}, {"silent", Style::bad}, {"port not open", Style::bad}}};
  const auto& [state, style] = states[static_cast<std::size_t>(facts_.statistics.meter)];
  add({{"vscp-p1d " + std::string(facts_.statistics.version), Style::title},
       {padding(gap) + shown(escaped(facts_.source, longest_shown)) + padding(gap)},
       {std::string(state), style}});
}

void Page::add_meter() {
  const auto& now = facts_.statistics;
  std::string line = "meter";
  if (!now.meter_id.empty()) line.append(" ").append(escaped(now.meter_id, longest_shown));
  if (facts_.header != now.meter_id && !facts_.header.empty()) {
    line.append(padding(gap)).append("/").append(escaped(facts_.header, longest_shown));
  }
  line += padding(gap);
  if (now.last_telegram) {
    line.append("telegram ").append(std::to_string(now.telegrams)).append(", ");
    line.append(age_text(*now.last_telegram)).append(" ago");
  } else {
    line += "no telegram yet";
  }
  add({{shown(line)}});
}

void Page::add_heading(std::size_t columns) {
  ViewLine line;
  for (std::size_t column = 0; column < columns; ++column) {
    std::string text = fitted("quantity", widths_.name);
    text += padding(widths_.name - text.size() + gap + widths_.number - 5) + "value unit";
    text += padding(widths_.value() - widths_.number - 5 + gap + age_width - 3) + "age";
    const bool is_last = column + 1 == columns;
    if (!is_last) text += padding(column_width_ - std::min(column_width_, text.size()) + column_gap);
    line.push_back({std::move(text), Style::heading});
  }
  add(std::move(line));
}

// A text may take the room that its column has to spare.
void Page::append_cell(ViewLine& line, const Cell& cell) const {
  const auto base = cell.is_stale ? Style::faint : Style::plain;
  const auto value_style = cell.has_changed ? Style::strong : base;
  auto name = fitted(cell.name, widths_.name);
  name += padding(widths_.name - display_width(name) + gap - 1);
  name += cell.has_changed && screen_.marks_changes ? '*' : ' ';
  line.push_back({std::move(name), base});
  std::size_t value_width = widths_.value();
  if (cell.is_number) {
    line.push_back({padding(widths_.number - cell.value.size()) + cell.value, value_style});
    const auto used = widths_.number + 1 + display_width(cell.unit);
    line.push_back({' ' + cell.unit + padding(widths_.value() - used), base});
  } else {
    const auto taken = widths_.name + gap + gap + age_width;
    const auto room = std::max(value_width, column_width_ - std::min(column_width_, taken));
    auto text = fitted(cell.value, room);
    value_width = std::max(value_width, display_width(text));
    text += padding(value_width - display_width(text));
    line.push_back({std::move(text), value_style});
  }
  line.push_back({padding(gap + age_width - std::min(age_width, cell.age.size())) + cell.age, base});
  const auto used = widths_.name + gap + value_width + gap + age_width;
  line.push_back({padding(column_width_ == Screen::unlimited ? 0 : column_width_ - std::min(column_width_, used))});
}

// Downwards first, as in a newspaper.
void Page::add_rows(std::size_t columns, std::size_t lines) {
  page_.rows = std::min(cells_.size() - page_.first_row, columns * lines);
  const auto per_column = (page_.rows + columns - 1) / columns;
  for (std::size_t i = 0; i < lines; ++i) {
    ViewLine line;
    for (std::size_t row = i; i < per_column && row < page_.rows; row += per_column) {
      if (row > i) line.push_back({padding(column_gap)});
      append_cell(line, cells_[page_.first_row + row]);
    }
    add(std::move(line));
  }
}

void Page::add_counters() {
  const auto& now = facts_.statistics;
  add({{"telegrams: " + std::to_string(now.telegrams) + " good, " + std::to_string(now.bytes) + " bytes in " +
        age_text(now.uptime) + "; dropped: " + counted(now.dropped_telegrams)}});
  add({{"lines without a reading: " + counted(now.skipped_lines)}});
  std::string codes;
  for (const auto& [code, lines] : now.unknown) {
    codes.append(codes.empty() ? "" : ", ").append(ObisText(code).view()).append(" ").append(std::to_string(lines));
  }
  add({{"unknown codes: " + (codes.empty() ? "none" : codes)}});
}

void Page::add_log(std::size_t messages) {
  for (const auto& message : facts_.log.last(messages)) add({{shown(message), Style::faint}});
}

void Page::add_footer() {
  std::string text = "q quit";
  if (page_.rows < cells_.size()) {
    text += padding(gap) + "rows " + std::to_string(page_.first_row + 1) + "-" +
            std::to_string(page_.first_row + page_.rows) + " of " + std::to_string(cells_.size()) +
            ": arrows, Page Up, Page Down";
  }
  add({{std::move(text), Style::title}});
}

WatchPage Page::make() && {
  // Title and footer are always there; what else takes a line must leave some for the table.
  auto room = is_terminal() ? screen_.height - std::min<std::size_t>(screen_.height, 2) : cells_.size() + 20;
  const auto fits = [&room](std::size_t lines, std::size_t rows_left) {
    if (room < lines + rows_left) return false;
    room -= lines;
    return true;
  };
  constexpr std::size_t most_messages = 3;
  const bool has_meter = fits(1, 3);
  const bool has_heading = !cells_.empty() && fits(1, 3);
  const bool has_counters = fits(3, 3);
  const bool is_airy = has_counters && fits(2, 10);
  auto messages = is_terminal() ? std::min(most_messages, facts_.log.size()) : 0;
  while (messages > 0 && !fits(messages, messages == 1 ? 5 : 8)) --messages;

  const auto needed = widths_.all();
  std::size_t columns = 1;
  if (cells_.size() > room && screen_.width != Screen::unlimited) {
    const auto possible = (screen_.width + column_gap) / (needed + column_gap);
    const auto useful = (cells_.size() + room - 1) / std::max<std::size_t>(room, 1);
    columns = std::max<std::size_t>(1, std::min(possible, useful));
  }
  column_width_ = screen_.width;
  if (columns > 1) column_width_ = (screen_.width - (columns - 1) * column_gap) / columns;
  if (needed > column_width_) {
    const auto rest = needed - widths_.name;
    widths_.name = std::max(shortest_name, column_width_ - std::min(column_width_, rest));
  }
  const auto lines = is_terminal() ? room : cells_.size();
  page_.first_row = std::min(screen_.first_row, cells_.size() - std::min(cells_.size(), columns * lines));

  add_title();
  if (has_meter) add_meter();
  if (is_airy) add({});
  if (has_heading) add_heading(columns);
  add_rows(columns, lines);
  if (is_airy) add({});
  if (has_counters) add_counters();
  add_log(messages);
  if (is_terminal()) add_footer();
  return std::move(page_);
}

}  // namespace

WatchPage watch_page(const WatchTable& table, const WatchFacts& facts, const Screen& screen) {
  return Page(table, facts, screen).make();
}

std::string plain_lines(std::span<const ViewLine> lines) {
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (const auto& part : line) text += part.text;
    out.append(trimmed_right(text)).append("\n");
  }
  return out;
}

}  // namespace vscp_p1
