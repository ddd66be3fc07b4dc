// The ScriptHelper module.
