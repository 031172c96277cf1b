"""`python -m fidelity_engine.cli`."""

from fidelity_engine.cli import main

if __name__ == "__main__":
    main()
