@main
struct BatonLab {
  static func main() {}
}
