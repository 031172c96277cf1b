"""Settings of all tests: property tests may take their time on a busy machine, and try the same cases everywhere."""

from hypothesis import HealthCheck, settings

settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
