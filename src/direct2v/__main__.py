"""``python -m direct2v``."""

from direct2v.cli import main

main()
