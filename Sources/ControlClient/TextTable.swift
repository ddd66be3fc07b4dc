/// Rows of text in aligned columns.
struct TextTable {
  /// One cell.
  struct Cell: ExpressibleByStringInterpolation {
    let text: String
    let color: TextStyle.Color?

    init(_ text: String, _ color: TextStyle.Color? = nil) {
      self.text = text
      self.color = color
    }

    init(stringLiteral value: String) { self.init(value) }
  }

  private let headings: [String]
  /// The columns whose text ends at the right edge: numbers.
  private let rightAligned: Set<Int>
  private var rows: [[Cell]] = []
  /// Whether it has no rows.
  var isEmpty: Bool { rows.isEmpty }

  /// A table. A heading that begins with ">" is that of a right-aligned column; without any text in them there is no
  /// line of headings.
  init(_ headings: [String]) {
    self.headings = headings.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
    rightAligned = Set(headings.indices.filter { headings[$0].hasPrefix(">") })
  }

  mutating func append(_ row: [Cell]) { rows.append(row) }

  /// The table with each line ended; columns in which no row has any text are left out.
  func text(_ style: TextStyle, indent: String = "") -> String {
    let columns = headings.indices.filter { column in rows.contains { !$0[column].text.isEmpty } }
    let widths = headings.indices.map { column in
      max(headings[column].count, rows.map { $0[column].text.count }.max() ?? 0)
    }
    func line(_ cells: [Cell]) -> String {
      var line = indent
      var gap = ""
      for column in columns {
        let cell = cells[column]
        let padding = String(repeating: " ", count: widths[column] - cell.text.count)
        let painted = cell.text.isEmpty ? "" : style.paint(cell.text, cell.color)
        // Spaces are held back until text follows, so that no line ends in them.
        if rightAligned.contains(column) {
          line += gap + padding + painted
          gap = "  "
        } else if cell.text.isEmpty {
          gap += padding + "  "
        } else {
          line += gap + painted
          gap = padding + "  "
        }
      }
      return line + "\n"
    }
    let heading = headings.allSatisfy(\.isEmpty) ? "" : line(headings.map { Cell($0, .heading) })
    return heading + rows.map(line).joined()
  }
}
