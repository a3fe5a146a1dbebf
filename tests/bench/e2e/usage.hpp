#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace e2e {

/// What a process has used so far, all threads that live together.
std::chrono::nanoseconds cpu_time(pid_t pid);
/// How often each thread has slept and was woken, by "name id".
std::map<std::string, std::uint64_t> wake_ups(pid_t pid);
/// Resident memory in kilobytes: now, and at most so far.
std::size_t memory(pid_t pid);
std::size_t most_memory(pid_t pid);

}  // namespace e2e
