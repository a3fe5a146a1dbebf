#include "io/capture_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "vscp_p1/capture.hpp"

namespace vscp_p1::io {
namespace {

std::string why_not(int error) {
  switch (error) {
    case EEXIST: return "exists already — name a new file, or remove it first";
    case ENOENT: return "no such folder — make it first";
    case EACCES:
    case EROFS: return std::string(std::strerror(error)) + " — name a file in a folder that you may write";
    default: return std::strerror(error);
  }
}

}  // namespace

Result<std::unique_ptr<CaptureFile>, std::string> CaptureFile::create(const std::string& path, std::string_view head,
                                                                      Handlers handlers) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return why_not(errno);
  std::unique_ptr<CaptureFile> file(new CaptureFile(descriptor, std::move(handlers)));
  const auto written = ::write(descriptor, head.data(), head.size());
  if (written == static_cast<ssize_t>(head.size())) return file;
  const auto reason = why_not(written < 0 ? errno : ENOSPC);
  ::unlink(path.c_str());
  return reason;
}

CaptureFile::CaptureFile(int descriptor, Handlers handlers)
    : descriptor_(descriptor), handlers_(std::move(handlers)) {}

CaptureFile::~CaptureFile() { ::close(descriptor_); }

std::chrono::milliseconds CaptureFile::time() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
}

void CaptureFile::bytes(std::string_view bytes) {
  append_capture_bytes(time(), bytes, lines_);
  write();
}

void CaptureFile::remark(std::string_view text) {
  append_capture_remark(time(), text, lines_);
  write();
}

// What the disk did not take is not tried again. A line that it took in part is ended before the next one.
void CaptureFile::write() {
  ssize_t written = 0;
  do {
    written = ::write(descriptor_, lines_.data(), lines_.size());
  } while (written < 0 && errno == EINTR);
  const int error = written < 0 ? errno : ENOSPC;
  const bool is_whole = written == static_cast<ssize_t>(lines_.size());
  if (!is_whole && !std::exchange(has_failed_, true)) handlers_.failed(std::strerror(error));
  if (is_whole && std::exchange(has_failed_, false)) handlers_.recovered();
  lines_.assign(is_whole ? 0 : 1, '\n');
}

}  // namespace vscp_p1::io
