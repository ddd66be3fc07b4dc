/// The candidate that `word` is most likely a misspelling of; `nil` where none is near.
func suggestion(for word: String, among candidates: [String]) -> String? {
  guard word.utf8.count > 2 else { return nil }
  let limit = min(3, word.utf8.count / 3)
  let bytes = Array(word.lowercased().utf8.prefix(64))
  return
    candidates
    .map { (distance: editDistance(bytes, Array($0.lowercased().utf8)), name: $0) }
    .filter { $0.distance <= limit }
    .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
}

/// How many bytes must be inserted, deleted, replaced or swapped with their neighbour to make `left` of `right`.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  guard abs(left.count - right.count) <= 3 else { return .max }
  var before: [Int] = []
  var previous = Array(0...right.count)
  for (row, byte) in left.enumerated() {
    var current = [row + 1]
    for column in right.indices {
      var cost = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (byte == right[column] ? 0 : 1))
      if row > 0, column > 0, byte == right[column - 1], left[row - 1] == right[column] {
        cost = min(cost, before[column - 1] + 1)
      }
      current.append(cost)
    }
    before = previous
    previous = current
  }
  return previous[right.count]
}
