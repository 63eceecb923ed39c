"""What a decision, a page view and a first visit cost. `python -m benchmarks` measures, see `__main__`."""
