// The BFDCore module.
