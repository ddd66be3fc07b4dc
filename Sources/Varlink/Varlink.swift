// The Varlink module.
