"""What holds for every test: no timing, and a last line that names what was not tried."""

from collections import Counter

from hypothesis import settings

settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


def pytest_terminal_summary(terminalreporter) -> None:
    """Print in one line which programs were missing and what was not tried without them."""
    counts: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.stats.get("skipped", ()):
        _, _, reason = report.longrepr
        counts[reason.removeprefix("Skipped: "), report.location[0]] += 1
    if counts:
        parts = [f"{count} of {file} ({reason})" for (reason, file), count in counts.items()]
        terminalreporter.write_line(f"Not tried: {'; '.join(parts)}")
