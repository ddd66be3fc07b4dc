public import NetPrimitives

/// One line of `virtual_ipaddress`, `virtual_ipaddress_excluded` or `static_ipaddress`.
public struct AddressEntry: Hashable, Sendable {
  /// The address and its prefix length; not given: 32 or 128.
  public var prefix: IPPrefix
  /// `dev`. `nil`: the instance's interface, or `default_interface` for a static address.
  public var device: String?
  /// `scope`, IPv4 only: 0 global, 200 site, 253 link, 254 host, 255 nowhere, or another number.
  public var scope: UInt8 = 0
  /// `brd`, IPv4 only, computed where `+` or `-` is given.
  public var broadcast: IPv4Address?
  /// `label`, IPv4 only, at most 15 bytes.
  public var label: String?
  /// `peer`.
  public var peer: IPPrefix?
  /// IFA_F_NODAD: IPv6 without `-nodad`.
  public var noDuplicateAddressDetection = false
  /// `home`.
  public var isHomeAddress = false
  /// `mngtmpaddr`.
  public var managesTemporaryAddresses = false
  /// `noprefixroute`.
  public var noPrefixRoute = false
  /// `autojoin`.
  public var autoJoin = false
  /// `no_track`: its loss does not matter.
  public var noTrack = false
  /// `preferred_lft`.
  public var preferredLifetime = PreferredLifetime.forever
  /// `track_group`; static addresses only.
  public var trackGroup: String?
  /// `use_vmac`; not for static addresses.
  public var usesVirtualMAC = false
  /// Where it stands.
  public var location: SourceLocation

  /// An address with every default.
  public init(prefix: IPPrefix, location: SourceLocation) {
    self.prefix = prefix
    self.location = location
  }

  /// The address.
  public var address: IPAddress { prefix.address }
}

/// `preferred_lft`.
public enum PreferredLifetime: Hashable, Sendable {
  /// No limit; the default but for IPv6 /128.
  case forever
  /// This many seconds; 0 makes the address deprecated: never chosen as a source.
  case seconds(UInt32)
}
