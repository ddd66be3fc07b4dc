/// What a metric is, as its TYPE line says.
public enum MetricKind: String, Sendable {
  /// A number that only grows, until the counters are cleared or the daemon starts again.
  case counter
  /// A number that goes up and down.
  case gauge
  /// A distribution.
  case histogram
  /// Anything: for the names of others that break the rules for counters.
  case untyped
}

/// The number of a sample.
enum Value {
  case integer(Int)
  /// Microseconds, shown as seconds.
  case microseconds(Int)
  /// A distribution, shown in seconds, with a bound for each of these powers of two of a microsecond.
  case histogram(DurationBuckets)
}

/// One sample of an object: what its labels add to those of the object, and its value.
struct Sample {
  var labels: [(name: String, value: String)] = []
  let value: Value
}

/// One metric, and how its samples come from an object: a session, an instance, a daemon.
struct Column<Object>: Sendable {
  let name: String
  let kind: MetricKind
  let help: String
  let samples: @Sendable (Object) -> [Sample]
}

extension Column {
  /// A metric with at most one sample for each object.
  private init(
    _ name: String, _ kind: MetricKind, _ help: String, single: @escaping @Sendable (Object) -> Value?
  ) {
    self.init(name: name, kind: kind, help: help) { single($0).map { [Sample(value: $0)] } ?? [] }
  }

  /// A plain number; no sample where it is `nil`.
  static func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable (Object) -> Int?) -> Column {
    Column(name, .gauge, help) { value($0).map(Value.integer) }
  }

  /// 1 for yes, 0 for no; no sample where it is `nil`.
  static func flag(_ name: String, _ help: String, _ value: @escaping @Sendable (Object) -> Bool?) -> Column {
    Column(name, .gauge, help) { value($0).map { .integer($0 ? 1 : 0) } }
  }

  /// A length or point of time that is given in microseconds; no sample where it is `nil`.
  static func seconds(_ name: String, _ help: String, _ value: @escaping @Sendable (Object) -> Int?) -> Column {
    Column(name, .gauge, help) { value($0).map(Value.microseconds) }
  }

  /// A counter; no sample where it is `nil`.
  static func counter(_ name: String, _ help: String, _ value: @escaping @Sendable (Object) -> Int?) -> Column {
    Column(name, .counter, help) { value($0).map(Value.integer) }
  }

  /// Something that counts, under a name that does not end as a counter's should.
  static func untyped(_ name: String, _ help: String, _ value: @escaping @Sendable (Object) -> Int?) -> Column {
    Column(name, .untyped, help) { value($0).map(Value.integer) }
  }

  /// A distribution; no sample where none is kept.
  static func histogram(
    _ name: String, _ help: String, _ value: @escaping @Sendable (Object) -> DurationBuckets?
  ) -> Column {
    Column(name, .histogram, help) { value($0).map(Value.histogram) }
  }

  /// Counters that differ in one label, in the order of its values.
  static func counters(
    _ name: String, by label: String, _ help: String, _ values: @escaping @Sendable (Object) -> [String: Int]
  ) -> Column {
    Column(name: name, kind: .counter, help: help) { object in
      values(object).sorted { $0.key < $1.key }.map {
        Sample(labels: [(label, $0.key)], value: .integer($0.value))
      }
    }
  }
}
