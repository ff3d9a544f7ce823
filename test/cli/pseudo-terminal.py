"""Runs a program in a pseudo-terminal, prints what it shows there, and ends as it does.

usage: pseudo-terminal.py COLUMNS ROWS MARKER PROGRAM [ARGUMENT ...]
Once the program shows the marker, if there is one, Ctrl-C is typed.
"""
import fcntl
import os
import pty
import struct
import sys
import termios

columns, rows, marker = int(sys.argv[1]), int(sys.argv[2]), os.fsencode(sys.argv[3])
process, terminal = pty.fork()
if process == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[4], sys.argv[4:])
shown = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:  # on Linux that is how it ends
        break
    if not piece:
        break
    shown += piece
    if marker and marker in shown:
        os.write(terminal, b"\x03")
        marker = b""
_, status = os.waitpid(process, 0)
sys.stdout.buffer.write(shown)
sys.stdout.buffer.flush()
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
