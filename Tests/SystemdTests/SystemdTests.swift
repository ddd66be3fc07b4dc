import Testing

/// What needs a real systemd as PID 1 (see `Box`): the units, the package, and routers that run under them.
@Suite(.serialized) enum SystemdTests {}
