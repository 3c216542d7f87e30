"""How a command ends when its user or its reader goes away."""

import signal


def end_quietly() -> None:
    """Let Ctrl-C and a closed pipe end the process as they end any other, without a traceback."""
    for number in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
