"""`python -m app` is the command `halla`."""

from app.cli import main

if __name__ == "__main__":
    main()
