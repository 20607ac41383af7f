"""One file for each program or kind of programs; PROGRAMS lists its classes."""
