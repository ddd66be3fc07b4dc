public import Logging

/// A swift-log handler that writes to a `LogSink`.
///
///     LoggingSystem.bootstrap { _ in SinkLogHandler(sink, identifier: "bfdd") }
public struct SinkLogHandler: LogHandler {
  /// What is added to every event.
  public var metadata: Logger.Metadata = [:]
  /// Events below this level are left out.
  public var logLevel: Logger.Level
  /// Adds metadata of the caller's context.
  public var metadataProvider: Logger.MetadataProvider?

  /// The metadata key of an event's id: journald's MESSAGE_ID. The other metadata of such an event repeat, as fields of
  /// the journal, what its message says, and are left out where there are no fields.
  public static let messageIDKey = "message_id"

  private let sink: LogSink
  private let identifier: String

  /// A handler that writes to `sink`; `identifier` is journald's SYSLOG_IDENTIFIER.
  public init(_ sink: LogSink, identifier: String, level: Logger.Level = .info) {
    self.sink = sink
    self.identifier = identifier
    logLevel = level
  }

  /// The value of a metadata key.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Formats the event and queues it.
  public func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
    if let own = event.metadata { all.merge(own) { _, new in new } }
    if let error = event.error { all["error"] = "\(error)" }
    // Sorted, so that lines of one kind look alike.
    let isEvent = all[SinkLogHandler.messageIDKey] != nil
    let fields = all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    let message = event.message.description
    if sink.isJournal {
      sink.append(LogFormat.journal(event.level, message, fields, identifier: identifier))
    } else {
      let time = sink.wantsTime ? WallClock.now() : nil
      // The message of an event says what its fields say.
      sink.append(LogFormat.line(event.level, message, isEvent ? [] : fields, time: time))
    }
  }
}
