internal import Glibc

/// The one place where system calls fail: repeats a call that a signal interrupted, and takes `errno` before anything
/// else can change it.
@inline(__always)
@discardableResult
func check<Result: SignedInteger>(
  _ call: StaticString, _ body: () -> Result
) throws(SystemError) -> Result {
  while true {
    let result = body()
    if result >= 0 { return result }
    let code = errno
    if code != EINTR { throw SystemError(call, ErrorCode(rawValue: code)) }
  }
}

/// As `check`, for calls on non-blocking descriptors: `nil` where the call would have had to wait.
@inline(__always)
func attempt<Result: SignedInteger>(
  _ call: StaticString, _ body: () -> Result
) throws(SystemError) -> Result? {
  while true {
    let result = body()
    if result >= 0 { return result }
    let code = errno
    if code == EAGAIN { return nil }
    if code != EINTR { throw SystemError(call, ErrorCode(rawValue: code)) }
  }
}
