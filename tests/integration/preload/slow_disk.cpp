// Preloaded into the daemon by a test: a disk that takes half a second for each sync, as a worn card does.

#include <sys/syscall.h>
#include <unistd.h>

namespace {

int slowly(long call, int file) {
  ::usleep(500'000);
  return static_cast<int>(::syscall(call, file));
}

}  // namespace

extern "C" int fsync(int file) { return slowly(SYS_fsync, file); }
extern "C" int fdatasync(int file) { return slowly(SYS_fdatasync, file); }
