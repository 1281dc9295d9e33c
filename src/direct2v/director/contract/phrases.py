"""Phrases that point out of a frame prompt wherever they stand, as data: the remedy, and patterns for it."""

import re
from typing import Final

__all__ = ["NEEDS_OTHERS", "PHRASES", "TELLS_ORDER"]

_NOUN = r"(?:frame|image|picture|photo|panel|shot|scene|prompt|slide|keyframe|view|illustration)"
_STORY = r"(?:story|video|sequence|animation|clip|film|series)"
_ORDINAL = r"(?:first|second|third|fourth|fifth|last|final|initial|opening)"
_BEFORE = r"(?:previous|prior|preceding|earlier|former)"
_SPAN = r"(?:moment|second|minute|hour|day|week|month|year|while|season|bit|instant|night|morning|evening)s?"
_NUMBER = r"(?:#|no\.?\s?|number\s)?\s?"
_END = r"(?=\s*(?:[,.;!)]|$))"

TELLS_ORDER: Final = "leave the order in time out and describe what is seen"
NEEDS_OTHERS: Final = "describe in full what is seen"

_PATTERNS: Final = {
    "leave the number out and describe what is seen": (
        rf"\b(?:frame|image|panel|prompt|scene|keyframe)\s?{_NUMBER}\d{{1,4}}"
        r"(?!\s?(?:mm|cm|m\b|km|%|k\b|px|degrees|°|x\s?\d|:\d)|\w)",
        rf"\b(?:in|from|of|as|to|see|like|than) (?:the )?{_NOUN}\s?{_NUMBER}"
        r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight)\b",
        rf"\({_NOUN}\s\d{{1,4}}\)",
    ),
    "leave the talk about the pictures out and describe what is seen": (
        rf"\bin this (?:{_NOUN}|{_STORY})\b",
        rf"\bthis {_NOUN} (?:shows|depicts|is|has|features|captures|focuses|opens|again)\b",
        r"^\W*the (?:image|scene|picture|frame|shot) (?:shows|depicts|opens|changes|shifts|fades|cuts|"
        r"remains|continues|then)\b",
        rf"\b(?:the|our|this) {_STORY} (?:begins|starts|opens|ends|continues|concludes|closes|shows|goes)\b",
        r"\b(?:remaining|other|across|these|previous|preceding|earlier) (?:the )?(?:frame|image|shot|scene|"
        r"prompt)s\b",
        r"\b(?:in|across|from|over|than|of|throughout) (?:all|both|the|the other|each|every) "
        r"(?:frame|prompt)s?\b(?! (?:of|on))",
        r"^\W*(?:(?:jump |smash )?cut|dissolve|transition|flashback|flash)s? "
        r"(?:to(?! pieces| size| length| the)|back|away)",
        r"^\W*fade (?:to|in|out)\b",
    ),
    "leave the talk to the reader out and describe what is seen": (
        r"^\W*(?:sure|certainly|okay|ok|of course|absolutely)\s?[!,.:]",
        r"^\W*(?:here (?:is|are)\b|here[’']s\b|(?:the )?following (?:is|are)\b)",
        r"^\W*below (?:is|are) (?:the|your|a) (?:\w+ )?(?:frame|prompt|image|scene|storyboard|list)",
        r"^\W*(?:i hope (?:this|that|you|it)|hope (?:this|you)|let me know|feel free)\b",
    ),
    TELLS_ORDER: (
        r"(?<!until )(?<!-)\bnow\b(?!-)(?! and (?:then|again)\b)",
        r"(?<!an )(?<!a )\bfinally\b",
        r"\b(?:eventually|subsequently|meanwhile|afterwards?|thereafter|soon after)\b",
        r"^\W*soon\b(?!-)",
        r"^\W*(?:some )?time passes\b|^\W*(?:\w+ )?(?:minutes|hours|days|seconds) pass\b",
        rf"^\W*after (?:a|some|several|a few|two|three|\d{{1,3}}) (?:{_SPAN}|time)\b",
        r"\bafter (?:that|this)\b(?! \w+ing\b)",
        r"^\W*(?:at last|in the end|(?:first|second|third|last)(?:ly)?),(?! second)",
        rf"\b{_SPAN} later\b|\blater (?:that|the same|in the) \w+|\b(?:much|a little) later\b|^\W*later\b|"
        rf"\blater{_END}",
        rf"(?:^\W*|\b(?:on|by|until|in) )the (?:next|following) (?:{_SPAN}|one|step|stage)\b",
        r"^\W*next\b(?! (?:to|door)\b)",
        r"\b(?:ahora|entonces|luego|maintenant|ensuite|puis|danach|jetzt|erneut|dann|agora|novamente|adesso|"
        r"di nuovo|(?:à|de) nouveau|de nuevo)\b",
    ),
    "say what is seen, not what was or could be instead": (
        r"\bno longer(?! (?:than|used|needed|inhabited|in use|in service)\b)",
        rf"\b(?:anymore|not? \w+ any more|any more{_END})\b",
        r"\binstead\b(?! of\b)(?!-)",
    ),
    "name who is meant": (
        r"^\W*(?:both|all|one|each|some|none|two|three|the two|the three) of (?:them|these|those)\b",
    ),
    NEEDS_OTHERS: (
        rf"\b(?:as|than|like)(?: in| of| from)? the {_ORDINAL} {_NOUN}\b",
        rf"\b(?:of|from|to|in|with|since|before|after|for) the {_ORDINAL} (?:frame|image|picture|panel|"
        r"prompt|scene)\b"
        r"(?! (?:of (?:a|an|the) (?:play|opera|film|movie|ballet|comic|row)|on the wall|in a row))",
        rf"(?:\b(?:the|a|my|our) |^)(?:{_BEFORE}|next|following) {_NOUN}s?\b",
        rf"^\W*the {_ORDINAL} {_NOUN}(?:[,:]| (?:shows|depicts|is|has|features|opens)\b)",
        r"\b(?:as|like|than|from|seen|shown) (?:just )?before\b"
        r"(?! (?:the|a|an|it|him|her|them|dawn|sunrise|sunset|christmas|rain|nightfall|[a-z]+ing)\b)",
        rf"\bnever before\b|(?<!night )(?<!day )(?<!evening )\bbefore{_END}",
        r"(?<!an )\bearlier\b(?! (?:century|era|period|age|times?|model|version|generation|days)\b)",
        r"\b(?:previously|aforementioned)\b|^\W*previous \w+|\bthe (?:previous|preceding) "
        r"(?!owner|winner|match|game|king|queen|pope|emperor|night|winter|summer|autumn|season|year|ruler|"
        r"president|tenant|century|generation)\w+",
        r"\b(?:as|see|described|mentioned|shown|like) above\b(?!, so)"
        r"(?! (?:the|a|an|his|her|its|their|it|them)\b)",
        r"\b(?:as|like|than|from) (?:it was |they were )?(?:in|at) (?:the )?(?:beginning|start|first)\b",
        rf"\b(?:as|than|where|what) (?:it|he|she|they) (?:was|were)(?:{_END}| before)",
        r"\b(?:compared (?:to|with) (?:the |an? )?(?:first|previous|last|earlier|before|frame|image|start)|"
        r"unlike (?:before|in the)\b)",
        r"(?<!-)\bagain\b(?!-)(?! and again)(?<!and again)|\b(?:once|yet) more\b",
        r"\b(?:this|last|next|second|third) time\b(?! of)",
        r"\b(?:everything|all) else\b|\botherwise (?:the same|unchanged|identical)\b|"
        r"\brest of the (?:scene|picture|image|frame)\b|"
        r"\bthe rest (?:is|stays|remains) (?:the same|unchanged|as)",
        r"\b(?:unchanged|(?:no|without(?: any)?) (?:visible )?changes?|nothing (?:has )?changed?s?|"
        r"(?:has|have|had)(?:n[’']t| not) (?:changed|moved))\b",
        r"^\W*repeat(?:s|ing|ed)?\b|\b(?:resum(?:es?|ing)|a continuation|repeats? (?:of )?(?:the|from))\b|"
        rf"\b(?:doing|does|do) (?:so|this|that|it){_END}|"
        r"\bkeeps? (?:on )?going\b",
        r"\b(?:ditto|idem)\b|\bcont(?:[’']?d|\.)(?=\W|$)",
        r"^\W*(?:one more|an? (?:further|additional)|the (?:identical|remaining|(?:\w+er )?ones?(?!-)))\b",
        rf"^\W*(?:similar|identical) ?(?:to (?:the |an? )?(?:{_BEFORE}|first|last|frame|image)|[,.:]|but|"
        r"scene|view|shot|setting|image|frame|composition|picture)",
        rf"\b(?:similar|identical) to (?:the )?(?:{_BEFORE}|{_ORDINAL}) {_NOUN}\b(?! (?:of|from|in|on)\b)",
        # "a statue in its original place" needs no other picture: only "the", at the end of a phrase
        r"\b(?:in|at|to|from) the (?:original|initial) (?:location|position|place|spot|setting|pose|"
        rf"viewpoint|angle|framing|composition|frame|image|picture|shot|scene|view)(?: again)?{_END}",
        r"^\W*back (?:at|in|on|to)\b(?! back)|\bwe (?:return|are back|go back|see)\b",
        r"^\W*still (?:no|not|there|here|the|empty|asleep)\b",
        # where it cannot be meant otherwise: German, French, Spanish, Italian, Portuguese and Dutch
        r"^\W*(?:derselbe|dieselbe|dasselbe|le même|la même|el mismo|la misma|lo stesso|la stessa|o mesmo|"
        r"a mesma|dezelfde|hetzelfde)\b|\bwie (?:zuvor|vorher|im (?:ersten|vorherigen|vorigen) bild)\b|"
        r"\bcomme avant\b|\bl[’']image précédente\b|\bcomo antes\b|\b(?:otra|outra) vez\b|"
        r"\b(?:imagen|imagem) anterior\b|\bcome prima\b|\bimmagine precedente\b|"
        r"\b(?:zoals eerder|vorige beeld)\b",
    ),
}
"""All linear in the length of a prompt."""

PHRASES: Final = tuple(
    (re.compile("|".join(patterns), re.IGNORECASE), remedy) for remedy, patterns in _PATTERNS.items()
)
