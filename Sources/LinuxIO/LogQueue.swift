/// Log records that wait to be written, bounded in number and in bytes: a reader that is slow costs lines, not memory.
struct LogQueue {
  /// Records that were written leave their places at the front behind; there are never more than this many, or than
  /// records that wait.
  private static let slack = 256

  private let capacity: Int
  private let byteLimit: Int
  private var records: [[UInt8]] = []
  private var head = 0
  /// How much of the first record is written already.
  private(set) var written = 0
  /// The bytes of the records that wait, the first one's as a whole.
  private(set) var bytes = 0

  /// A queue of at most `capacity` records and `byteLimit` bytes.
  init(capacity: Int, byteLimit: Int) {
    self.capacity = capacity
    self.byteLimit = byteLimit
  }

  /// How many records wait.
  var count: Int { records.count - head }
  /// The record that is to be written next.
  var first: [UInt8]? { head < records.count ? records[head] : nil }
  /// The places that records take, those of written ones included.
  var places: Int { records.count }

  /// Adds a record at the end; whether there was room for it.
  mutating func append(_ record: [UInt8]) -> Bool {
    guard count < capacity, bytes + record.count <= byteLimit else { return false }
    add(record)
    return true
  }

  /// Adds a record at the end, whether or not there is room.
  mutating func add(_ record: [UInt8]) {
    records.append(record)
    bytes += record.count
  }

  /// Notes that so many bytes of the first record were written; whether that was the rest of it.
  mutating func advance(by byteCount: Int) -> Bool {
    written += byteCount
    guard written >= records[head].count else { return false }
    bytes -= records[head].count
    records[head] = []
    head += 1
    written = 0
    if head == records.count {
      records.removeAll(keepingCapacity: records.capacity <= Self.slack)
      head = 0
    } else if head > max(Self.slack, count) {
      records.removeFirst(head)
      head = 0
    }
    return true
  }
}
