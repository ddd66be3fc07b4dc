// The VRRPCore module.
