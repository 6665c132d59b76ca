"""Where a lake is: a folder, AWS or its emulator; its settings, lock, drop folder and reports."""
