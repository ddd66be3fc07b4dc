// The DaemonRuntime module.
