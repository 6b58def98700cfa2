"""Settings that every test shares."""

from hypothesis import settings

# Seeded and without deadlines: a slow or busy machine must not turn a passing property into a failing test.
settings.register_profile("postcam", deadline=None, derandomize=True, max_examples=50, database=None)
settings.load_profile("postcam")
