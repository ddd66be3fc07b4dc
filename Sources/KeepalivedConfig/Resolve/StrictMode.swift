import NetPrimitives

extension Resolver {
  /// What `vrrp_strict` and `strict_mode` change (keepalived's rules).
  func applyStrictMode(_ block: ParsedBlock, to instance: inout VRRPInstance) {
    guard instance.strict else { return }
    func warn(_ keyword: String, _ message: String) {
      if block.mentions(keyword) { findings.warning(block.position(of: keyword), "strict mode: \(message)") }
    }
    if instance.isUnicast {
      let position = block.blocks("unicast_peer").first?.position ?? block.position(of: "unicast_src_ip")
      findings.warning(position, "strict mode is for multicast; keepalived runs unicast with it, and so does this")
    }
    if instance.authentication != nil {
      findings.warning(block.blocks("authentication")[0].position, "strict mode: authentication is left out")
      instance.authentication = nil
    }
    instance.messageAuthentication?.mode = .enforce
    let state = instance.isOwner ? InitialState.master : .backup
    if instance.state != state {
      warn("state", "the state follows from being the address owner (priority 255)")
      instance.state = state
    }
    if instance.preemptDelay > .zero {
      warn("preempt_delay", "preempt_delay has no effect")
      instance.preemptDelay = .zero
    }
    if instance.downTimerAdverts != 3 {
      warn("down_timer_adverts", "down_timer_adverts is 3")
      instance.downTimerAdverts = 3
    }
    instance.accept = instance.isOwner || (block.flag("accept") ?? false && instance.version == .v3)
    if !instance.accept { warn("accept", "VRRP version 2 accepts packets to the addresses only as their owner") }
    instance.gratuitous.lowerPriorityDelay = .zero
    instance.gratuitous.lowerPriorityRepeats = 0
    instance.lowerPriorityNoAdvert = true
    instance.higherPrioritySendAdvert = false
    if instance.isOwner { instance.ownerIgnoreAdverts = true }
    if instance.virtualMAC?.address != nil || instance.virtualMAC?.transmitsFromBase == true {
      warn("use_vmac", "a MAC address of one's own and vmac_xmit_base have no effect")
      instance.virtualMAC?.address = nil
      instance.virtualMAC?.transmitsFromBase = false
    }
  }
}
