// The LinuxIO module.
