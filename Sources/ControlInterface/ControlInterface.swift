// The ControlInterface module.
