#pragma once

#include <functional>
#include <stdexcept>
#include <string>

namespace vscp_p1::app {

/// The user has closed the terminal instead of an answer.
struct NoAnswer : std::runtime_error {
  NoAnswer() : std::runtime_error("no answer") {}
};

/// Asks on the terminal; without one, each answer is the default. Throws NoAnswer.
class Questions {
 public:
  /// Gives what is wrong with an answer, or nothing.
  using Fault = std::function<std::string(const std::string&)>;

  explicit Questions(bool ask) : ask_(ask) {}

  bool are_asked() const noexcept { return ask_; }
  /// Again, until there is nothing wrong.
  std::string ask(const std::string& question, const std::string& standard, const Fault& fault = {}) const;
  /// What is typed does not appear.
  std::string ask_secret(const std::string& question) const;

 private:
  bool ask_;
};

}  // namespace vscp_p1::app
