#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// A kind of section of which config.ini may have many, such as [QUANTITY name].
class NamedSections {
 public:
  virtual ~NamedSections() = default;

  /// What stands before the name, with the blank.
  virtual std::string_view prefix() const = 0;
  virtual const std::vector<std::string>& keys() const = 0;
  /// A section begins; of one that was there before, it goes on.
  virtual void open(std::string_view name, std::size_t line) = 0;
  /// Sets a key of a section that was opened; returns what would be right, or nothing.
  virtual std::string set(std::string_view name, std::string_view key, std::string_view value, std::size_t line) = 0;

  struct Fault {
    std::size_t line;
    std::string text;
  };
  /// Puts what was read into the settings, when all else is there.
  virtual std::vector<Fault> complete(Settings& settings) const = 0;
  /// The sections that give these settings again.
  virtual std::string show(const Settings& settings) const = 0;

 protected:
  NamedSections() = default;
  NamedSections(const NamedSections&) = default;
  NamedSections& operator=(const NamedSections&) = default;
};

/// The sections of a kind, each with at least its `name` and its `line`.
template <class Section>
class SectionsOf : public NamedSections {
 public:
  void open(std::string_view name, std::size_t line) final {
    if (find(name) != sections_.end()) return;
    Section section{};
    section.name = name;
    section.line = line;
    sections_.push_back(std::move(section));
  }

 protected:
  Section& section(std::string_view name) { return *find(name); }
  const std::vector<Section>& sections() const noexcept { return sections_; }

 private:
  auto find(std::string_view name) {
    return std::find_if(sections_.begin(), sections_.end(), [&](const Section& s) { return s.name == name; });
  }

  std::vector<Section> sections_;
};

/// Whether a value is another one when config.ini has it as it is: its outer blanks or quotes would be taken away.
bool needs_quotes(std::string_view value) noexcept;
std::string quoted_if_needed(std::string_view value);

/// "key = value" on a line of its own.
std::string shown_setting(std::string_view key, std::string_view value);

}  // namespace vscp_p1::io
