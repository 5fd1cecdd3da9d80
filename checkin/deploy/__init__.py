"""Files for running a server for real: a systemd unit, a container's build file. See README.md."""
