internal import CLinux
internal import Glibc

/// What a daemon asks of the kernel for itself. Each request may be refused (containers refuse most): the caller says so
/// once and runs on.
public enum ProcessControl {
  /// The real-time scheduling policies.
  public enum RealTimePolicy: Hashable, Sendable {
    /// SCHED_FIFO.
    case fifo
    /// SCHED_RR.
    case roundRobin
  }

  /// What the limits of `setLimit` are about.
  public enum Resource: Hashable, Sendable, CaseIterable {
    /// RLIMIT_RTPRIO.
    case realTimePriority
    /// RLIMIT_RTTIME, in microseconds.
    case realTimeCPU
    /// RLIMIT_NOFILE.
    case openFiles
    /// RLIMIT_MEMLOCK, in bytes.
    case lockedMemory
    /// RLIMIT_CORE, in bytes.
    case coreFile
    /// RLIMIT_DATA, in bytes.
    case data
    /// RLIMIT_AS, in bytes.
    case addressSpace

    fileprivate var number: Int32 {
      switch self {
      case .realTimePriority: baton_RLIMIT_RTPRIO
      case .realTimeCPU: baton_RLIMIT_RTTIME
      case .openFiles: baton_RLIMIT_NOFILE
      case .lockedMemory: baton_RLIMIT_MEMLOCK
      case .coreFile: baton_RLIMIT_CORE
      case .data: baton_RLIMIT_DATA
      case .addressSpace: baton_RLIMIT_AS
      }
    }
  }

  /// Kills what is left of a process group; nothing where nobody is.
  public static func endGroup(_ group: Int32) {
    // 1 and below stand for others than one group.
    if group > 1 { _ = kill(-group, SIGKILL) }
  }

  /// Sets the file mode creation mask (umask) of this process and of those that it starts from now on.
  public static func setFileMask(_ mask: UInt32) { _ = umask(mask & 0o777) }

  /// The capability sets of this process, one bit for each capability number.
  public struct Capabilities: Hashable, Sendable {
    /// What it may do now.
    public let effective: UInt64
    /// What it may make effective.
    public let permitted: UInt64

    /// The sets with these bits.
    public init(effective: UInt64, permitted: UInt64) {
      self.effective = effective
      self.permitted = permitted
    }

    /// CAP_NET_ADMIN.
    public static let networkAdministration = 12
    /// CAP_NET_RAW.
    public static let rawNetwork = 13
    /// CAP_IPC_LOCK.
    public static let memoryLock = 14
    /// CAP_SYS_NICE.
    public static let scheduling = 23

    /// Whether capability number `capability` is effective.
    public func has(_ capability: Int) -> Bool { effective >> UInt64(capability) & 1 == 1 }
  }

  /// The process id.
  public static var pid: Int32 { getpid() }
  /// The effective user id.
  public static var effectiveUser: UInt32 { geteuid() }
  /// The effective group id.
  public static var effectiveGroup: UInt32 { getegid() }

  /// Sends a signal to the process `pid`, 2 or above. `noSuchProcess` where it is gone.
  public static func send(_ signal: Signal, to pid: Int32) throws(SystemError) {
    precondition(pid > 1, "not init, not a process group")
    try check("kill") { kill(pid, signal.rawValue) }
  }

  /// Sets the name that `ps` and `top` show; cut to 15 bytes.
  public static func setName(_ name: String) throws(SystemError) {
    try check("prctl") { unsafe baton_set_name(name) }
  }

  /// Whether this process may leave a core dump, and whether others of its user may read its memory (PR_SET_DUMPABLE). A
  /// program that it starts begins dumpable.
  public static func setDumpable(_ isDumpable: Bool) throws(SystemError) {
    try check("prctl") { baton_set_dumpable(isDumpable ? 1 : 0) }
  }

  /// Real-time scheduling with `priority` (1...99). Children start with the ordinary policy. Needs CAP_SYS_NICE or
  /// RLIMIT_RTPRIO.
  public static func setRealTime(_ policy: RealTimePolicy, priority: Int) throws(SystemError) {
    try check("sched_setscheduler") {
      baton_set_scheduler(policy == .fifo ? baton_SCHED_FIFO : baton_SCHED_RR, Int32(clamping: priority))
    }
  }

  /// Back to ordinary scheduling.
  public static func setOrdinary() throws(SystemError) {
    try check("sched_setscheduler") { baton_set_scheduler(baton_SCHED_OTHER, 0) }
  }

  /// The nice value of ordinary scheduling (-20...19).
  public static func setNice(_ value: Int) throws(SystemError) {
    try check("setpriority") { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Int32(clamping: value)) }
  }

  /// Restricts this process to the given processors.
  public static func setAffinity(_ processors: [Int]) throws(SystemError) {
    let numbers = processors.map { Int32(clamping: $0) }
    try check("sched_setaffinity") { unsafe baton_set_affinity(numbers, UInt32(numbers.count)) }
  }

  /// Keeps all memory of this process in RAM once it was touched. Needs CAP_IPC_LOCK or RLIMIT_MEMLOCK.
  public static func lockMemory() throws(SystemError) {
    try check("mlockall") { baton_lock_memory() }
  }

  /// Gives back the memory of code that was used up to now and may not be for long, such as that which reads a
  /// configuration: it is a large part of a daemon, and the loop that follows is a small one. What is used again comes
  /// back from the page cache. Locked memory stays.
  public static func releaseCode() { baton_release_code() }

  /// Sets the soft limit of `resource`, and raises the hard limit to it where needed (CAP_SYS_RESOURCE).
  public static func setLimit(_ resource: Resource, _ value: UInt64) throws(SystemError) {
    let hard = try limit(resource).hard
    try check("setrlimit") { baton_set_limit(resource.number, value, max(value, hard)) }
  }

  /// The limits of `resource`; `UInt64.max` is "none".
  public static func limit(_ resource: Resource) throws(SystemError) -> (soft: UInt64, hard: UInt64) {
    var (soft, hard): (UInt64, UInt64) = (0, 0)
    try check("getrlimit") { unsafe baton_get_limit(resource.number, &soft, &hard) }
    return (soft, hard)
  }

  /// Lets large blocks of memory go back to the kernel when they are freed. By itself the C library keeps what is freed
  /// for the next block of that size, once there was one: after a large configuration was read the process would stay large.
  public static func returnLargeBlocks() { baton_return_large_blocks(256 * 1_024) }

  /// How readily the kernel kills this process when memory runs out: -1000 (never) ... 1000. Lowering needs
  /// CAP_SYS_RESOURCE.
  public static func setOutOfMemoryScore(_ value: Int) throws(SystemError) {
    let file = FileDescriptor(
      owning: try check("open") { unsafe open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC) })
    _ = try file.write(Array("\(value)".utf8).span)
  }

  /// This process's capabilities.
  public static func capabilities() throws(SystemError) -> Capabilities {
    var (effective, permitted): (UInt64, UInt64) = (0, 0)
    try check("capget") { unsafe baton_capabilities(&effective, &permitted) }
    return Capabilities(effective: effective, permitted: permitted)
  }
}
