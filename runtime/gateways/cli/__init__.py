"""The command line `callboard`: one small file a command, loaded when it is wanted."""
