#include "app/questions.hpp"

#include <termios.h>
#include <unistd.h>

#include <csignal>
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

// Switches the echo off as long as it lives; a program that is ended meanwhile leaves the terminal as it was.
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &visible) != 0) return;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(signal, restore);
    auto hidden = visible;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_hidden_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden) == 0;
  }
  ~NoEcho() {
    if (is_hidden_) ::tcsetattr(STDIN_FILENO, TCSANOW, &visible);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(signal, SIG_DFL);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  static void restore(int signal) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &visible);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }

  bool is_hidden_ = false;
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
