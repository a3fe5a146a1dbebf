#include "app/questions.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <iostream>

#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

std::string line() {
  std::fflush(stdout);
  std::string text;
  if (!std::getline(std::cin, text)) throw NoAnswer();
  return text;
}

termios visible{};
constexpr auto ends = std::to_array<int>({SIGINT, SIGTERM, SIGHUP, SIGQUIT});
std::array<void (*)(int), ends.size()> before{};  // what they did

// Switches the echo off as long as it lives; a program that is ended meanwhile leaves the terminal as it was. Ctrl-Z
// does nothing: the shell would switch the echo on again, for the rest of the secret. What is typed stays (NOFLSH).
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &visible) != 0) return;
    for (std::size_t i = 0; i < ends.size(); ++i) before[i] = std::signal(ends[i], restore);
    suspend_ = std::signal(SIGTSTP, SIG_IGN);
    auto hidden = visible;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= NOFLSH;
    is_hidden_ = true;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
  }
  ~NoEcho() {
    if (!is_hidden_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &visible);
    std::signal(SIGTSTP, suspend_);
    for (std::size_t i = 0; i < ends.size(); ++i) std::signal(ends[i], before[i]);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  // Half a secret must not be left to the shell.
  static void restore(int signal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &visible);
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i] == signal) std::signal(signal, before[i]);
    }
    std::raise(signal);
  }

  bool is_hidden_ = false;
  void (*suspend_)(int) = SIG_DFL;
};

}  // namespace

std::string Questions::ask(const std::string& question, const std::string& standard, const Fault& fault) const {
  while (ask_) {
    std::printf("%s%s: ", question.c_str(), standard.empty() ? "" : (" [" + standard + "]").c_str());
    auto answer = std::string(trimmed(line()));
    if (answer.empty()) answer = standard;
    const auto wrong = fault ? fault(answer) : std::string{};
    if (wrong.empty()) return answer;
    std::printf("  %s\n", wrong.c_str());
  }
  return standard;
}

std::string Questions::ask_secret(const std::string& question) const {
  if (!ask_) return {};
  const NoEcho hidden;
  std::printf("%s: ", question.c_str());
  auto answer = line();
  std::printf("\n");
  return answer;
}

}  // namespace vscp_p1::app
