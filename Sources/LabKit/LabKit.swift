// The LabKit module.
