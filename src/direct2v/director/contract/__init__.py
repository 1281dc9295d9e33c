"""What a storyboard must be before it is rendered: checks shared by all directors and by ``direct2v lint``.

``checks`` makes the findings. It asks ``text`` (words, labels, what shows nothing), ``picture`` (whether two
prompts show the same), ``references`` (what points out of a prompt; ``phrases``, ``pronouns`` and ``prompt``
are its parts) and ``subjects`` (who is named). The word lists stand in ``words``.
"""

from direct2v.director.contract.checks import CHECKS, Finding, check

__all__ = ["CHECKS", "Finding", "check"]
