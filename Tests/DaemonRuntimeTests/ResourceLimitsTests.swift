import LinuxIO
import Testing

@testable import DaemonRuntime

@Suite struct ResourceLimitsTests {
  @Test func `narrow limits are said at the start, wide ones are not`() throws {
    let data = try #require(ResourceLimits.warning(of: .data, 8 << 20))
    #expect(data.contains("RLIMIT_DATA") && data.contains("8 MB"))
    #expect(ResourceLimits.warning(of: .addressSpace, 16 << 20)?.contains("RLIMIT_AS") == true)
    #expect(ResourceLimits.warning(of: .openFiles, 30)?.contains("RLIMIT_NOFILE) is 30") == true)
    for resource in [ProcessControl.Resource.data, .addressSpace, .openFiles] {
      #expect(ResourceLimits.warning(of: resource, .max) == nil)
    }
    for resource in [ProcessControl.Resource.coreFile, .lockedMemory, .realTimePriority, .realTimeCPU] {
      #expect(ResourceLimits.warning(of: resource, 0) == nil)
    }
  }
}
