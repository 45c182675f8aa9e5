def failure_text(report): return repr(report)
