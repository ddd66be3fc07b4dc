// The ControlClient module.
