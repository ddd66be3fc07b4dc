public import NetPrimitives

extension Router {
  /// The destinations of advertisements: the group, or every peer.
  private var destinations: [IPAddress] {
    switch configuration.transport {
    case .multicast(let group): [group]
    case .unicast(let peers, _): peers
    }
  }

  /// Builds the advertisements anew; called whenever something in them changed, so that sending one builds nothing.
  mutating func prepareAdvertisements() {
    guard let source = sourceAddress else {
      prepared = []
      return
    }
    prepared = destinations.map {
      ($0, configuration.content.message(priority: effectivePriority, source: source, destination: $0))
    }
  }

  mutating func sendAdvertisements(into effects: inout [Effect]) {
    for (destination, message) in prepared { effects.append(.sendAdvertisement(message, to: destination)) }
    statistics.advertisementsSent &+= 1
  }

  /// Priority 0: "I give up" (RFC 9568 6.4.3).
  mutating func sendResignation(into effects: inout [Effect]) {
    guard let source = sourceAddress else { return }
    for destination in destinations {
      let message = configuration.content.message(priority: 0, source: source, destination: destination)
      effects.append(.sendAdvertisement(message, to: destination))
    }
    statistics.advertisementsSent &+= 1
    statistics.priorityZeroSent &+= 1
  }

  /// The address to send from changed; without one the router is in fault.
  public mutating func sourceAddressChanged(to address: IPAddress?, now: Instant, into effects: inout [Effect]) {
    guard address != sourceAddress else { return }
    // A router that loses its address can no longer say so: its last words go out while the old one is still known.
    if address == nil {
      setFault(.noSourceAddress, true, now: now, into: &effects)
      sourceAddress = nil
      prepareAdvertisements()
    } else {
      sourceAddress = address
      prepareAdvertisements()
      setFault(.noSourceAddress, false, now: now, into: &effects)
    }
  }
}
