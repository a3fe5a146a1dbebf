#include "usage.hpp"

#include <filesystem>

#include "integration/harness.hpp"

namespace e2e {
namespace {

namespace fs = std::filesystem;

std::string folder(pid_t pid) { return "/proc/" + std::to_string(pid); }

// The number behind "name:" in a status file.
std::uint64_t status(const fs::path& folder, const std::string& name) {
  const auto text = itest::read_file(folder / "status");
  const auto at = text.find("\n" + name + ":");
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + name.size() + 2));
}

template <class Look>
void for_each_thread(pid_t pid, Look look) {
  std::error_code ignored;
  for (const auto& thread : fs::directory_iterator(folder(pid) + "/task", ignored)) look(thread.path());
}

}  // namespace

// Nanoseconds on a processor; /proc/PID/stat counts hundredths of a second.
std::chrono::nanoseconds cpu_time(pid_t pid) {
  std::chrono::nanoseconds sum{0};
  for_each_thread(pid, [&](const fs::path& thread) {
    const auto text = itest::read_file(thread / "schedstat");
    if (!text.empty()) sum += std::chrono::nanoseconds{std::stoll(text)};
  });
  return sum;
}

std::map<std::string, std::uint64_t> wake_ups(pid_t pid) {
  std::map<std::string, std::uint64_t> result;
  for_each_thread(pid, [&](const fs::path& thread) {
    auto name = itest::read_file(thread / "comm");
    if (!name.empty()) name.pop_back();
    result[name + " " + thread.filename().string()] = status(thread, "voluntary_ctxt_switches");
  });
  return result;
}

std::size_t memory(pid_t pid) { return status(folder(pid), "VmRSS"); }
std::size_t most_memory(pid_t pid) { return status(folder(pid), "VmHWM"); }

}  // namespace e2e
