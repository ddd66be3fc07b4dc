import Testing

@testable import DaemonRuntime

@Suite struct ControlPlacesTests {
  private func places(descriptorLimit: Int = 1_024) -> ControlPlaces {
    ControlPlaces(ownUser: 100, partner: 200, descriptorLimit: descriptorLimit)
  }

  @Test func `one user takes only his share, and all of them together take nothing from the privileged`() {
    var places = places()
    for user in UInt32(1_000)..<1_010 {
      for _ in 1...100 { _ = places.take(user: user, descriptor: 10) }
    }
    #expect(places.take(user: 1_000, descriptor: 10) == .userLimit)
    // Four users have taken all that there is for those who may only read.
    #expect(places.take(user: 1_009, descriptor: 10) == .clientLimit)
    for user: UInt32 in [0, 100, 200] { #expect(places.take(user: user, descriptor: 10) == nil, "\(user)") }
  }

  @Test func `no privileged user takes another's places`() {
    var places = places()
    for user: UInt32 in [0, 100, 200] {
      for _ in 1...ControlPlaces.privilegedLimit { #expect(places.take(user: user, descriptor: 10) == nil, "\(user)") }
      #expect(places.take(user: user, descriptor: 10) == .userLimit, "\(user)")
    }
    #expect(places.take(user: 1_000, descriptor: 10) == nil)
  }

  @Test func `a place that is given back is free, for its user and for others`() {
    var places = places()
    for user in UInt32(1_000)..<1_004 {
      for _ in 1...ControlPlaces.userLimit { #expect(places.take(user: user, descriptor: 10) == nil) }
    }
    #expect(places.take(user: 1_004, descriptor: 10) == .clientLimit)
    places.giveBack(user: 1_000)
    #expect(places.take(user: 1_004, descriptor: 10) == nil)
    places.giveBack(user: 1_004)
    #expect(places.take(user: 1_000, descriptor: 10) == nil)
    #expect(places.take(user: 1_000, descriptor: 10) == .userLimit)
  }

  @Test func `the last descriptors are not for members`() {
    var places = places(descriptorLimit: 30)
    #expect(places.take(user: 1_000, descriptor: 13) == nil)
    #expect(places.take(user: 1_000, descriptor: 14) == .descriptors)
    for user: UInt32 in [0, 100, 200] { #expect(places.take(user: user, descriptor: 29) == nil, "\(user)") }
  }

  @Test func `only root and the daemon's own user may change things`() {
    let places = places()
    #expect([0, 100, 200, 300].map { places.rank(of: $0) } == [.administrator, .administrator, .partner, .member])
  }
}
