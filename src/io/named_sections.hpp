#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/config_keys.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// A kind of section of which config.ini may have many, such as [QUANTITY name].
class NamedSections {
 public:
  virtual ~NamedSections() = default;

  /// What stands before the name, with the blank.
  virtual std::string_view prefix() const = 0;
  virtual const std::vector<std::string>& keys() const = 0;
  /// Why a section of this kind has no such key; empty: it has.
  virtual std::string key_fault(std::string_view section, std::string_view key) const;
  /// The key of another section that has the same values; nullptr: none.
  virtual const ConfigKey* same_key(std::string_view key) const;
  /// A section begins; of one that was there before, it goes on.
  virtual void open(std::string_view name, std::size_t line) = 0;
  /// Sets a key of a section that was opened; returns what would be right, or nothing.
  virtual std::string set(std::string_view name, std::string_view key, std::string_view value, std::size_t line) = 0;

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
    if (!places_.try_emplace(std::string(name), sections_.size()).second) return;
    Section section{};
    section.name = name;
    section.line = line;
    sections_.push_back(std::move(section));
  }

 protected:
  Section& section(std::string_view name) { return sections_[places_.find(name)->second]; }
  const std::vector<Section>& sections() const noexcept { return sections_; }

 private:
  std::vector<Section> sections_;
  std::map<std::string, std::size_t, std::less<>> places_;  // by name
};

/// Whether a value is another one when config.ini has it as it is: its outer blanks or quotes would be taken away.
bool needs_quotes(std::string_view value) noexcept;
std::string quoted_if_needed(std::string_view value);

/// "key = value" on a line of its own. Of what is masked no quotes are taken away.
std::string shown_setting(std::string_view key, std::string_view value, bool is_masked = false);

}  // namespace vscp_p1::io
