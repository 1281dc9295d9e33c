"""Phrases that point out of a frame prompt wherever they stand, as data: trigger words, pattern, remedy."""

import re
from typing import Final

__all__ = ["NEEDS_OTHERS", "PHRASES"]

_NOUN = r"(?:frame|image|picture|photo|panel|shot|scene|prompt|slide|keyframe|view|illustration)"
_ORDINAL = r"(?:first|second|third|fourth|fifth|last|final|initial|opening)"
_SPAN = r"(?:moment|second|minute|hour|day|week|month|year|while|season|bit|instant|night|morning|evening)s?"

TELLS_ORDER: Final = "leave the order in time out and describe what is seen"
NEEDS_OTHERS: Final = "describe in full what is seen"

_FOREIGN_WORDS: Final = (
    "derselbe dieselbe dasselbe zuvor vorher vorherigen vorigen ersten même avant précédente mismo misma "
    "antes anterior vez stesso stessa prima precedente mesmo mesma dezelfde hetzelfde eerder vorige"
).split()
_FOREIGN: Final = (
    r"^\W*(?:derselbe|dieselbe|dasselbe|le même|la même|el mismo|la misma|lo stesso|la stessa|o mesmo|"
    r"a mesma|dezelfde|hetzelfde)\b|\bwie (?:zuvor|vorher|im (?:ersten|vorherigen|vorigen) bild)\b|"
    r"\bcomme avant\b|\bl[’']image précédente\b|\bcomo antes\b|\botra vez\b|\boutra vez\b|"
    r"\b(?:imagen|imagem) anterior\b|\bcome prima\b|\bimmagine precedente\b|\b(?:zoals eerder|vorige beeld)\b"
)
"""The same in German, French, Spanish, Italian, Portuguese and Dutch, where it cannot be meant otherwise."""

PHRASES: Final[tuple[tuple[frozenset[str], re.Pattern[str], str], ...]] = tuple(
    (frozenset(triggers.split()), re.compile(pattern, re.IGNORECASE), remedy)
    for triggers, pattern, remedy in (
        (
            "frame image picture photo panel shot scene prompt slide keyframe",
            r"\b(?:frame|image|panel|prompt|scene|keyframe)\s?(?:#|no\.?\s?|number\s)?\s?\d{1,4}"
            r"(?!\s?(?:mm|cm|m\b|km|%|k\b|px|degrees|°|x\s?\d|:\d)|\w)|"
            r"\b(?:in|from|of|as|to|see|like|than) (?:the )?"
            rf"{_NOUN}\s?(?:#|no\.?\s?|number\s)?\s?(?:\d{{1,4}}|one|two|three|four|five|six|seven|eight)\b|"
            rf"\({_NOUN}\s\d{{1,4}}\)",
            "leave the number out and describe what is seen",
        ),
        (
            "first second third fourth last final initial opening previous prior preceding next following "
            "earlier former",
            rf"\b(?:as|than|like)(?: in| of| from)? the {_ORDINAL} {_NOUN}\b|"
            rf"\b(?:of|from|to|in|with|since|before|after|for) the {_ORDINAL} (?:frame|image|picture|panel|"
            rf"prompt|scene)\b"
            r"(?! (?:of (?:a|an|the) (?:play|opera|film|movie|ballet|comic|row)|on the wall|in a row))|"
            rf"(?:\b(?:the|a|my|our) |^)(?:previous|prior|preceding|next|following|earlier|former) "
            rf"{_NOUN}s?\b|"
            rf"^\W*the {_ORDINAL} {_NOUN}(?:[,:]| (?:shows|depicts|is|has|features|opens)\b)",
            NEEDS_OTHERS,
        ),
        (
            "frame image picture photo panel shot scene prompt frames images shots scenes prompts",
            rf"\b(?:in this {_NOUN}|this {_NOUN} (?:shows|depicts|is|has|features|captures|focuses|opens|"
            rf"again)|"
            r"(?:remaining|other|across|these|previous|preceding|earlier) (?:the )?(?:frames|images|"
            r"shots|scenes|prompts)|"
            r"(?:in|across|from|over|than|of|throughout) (?:all|both|the|the other|each|every) "
            r"(?:frames|frame|prompts|prompt)\b(?! (?:of|on)))\b",
            "leave out the talk about the picture and describe what is seen",
        ),
        (
            "story video sequence animation clip film series",
            r"\b(?:the|our|this) (?:story|video|sequence|animation|clip|film|series) (?:begins|starts|"
            r"opens|ends|"
            r"continues|concludes|closes|shows|goes)\b|\b(?:in|throughout) this (?:video|story|sequence)\b",
            "leave out the talk about the story and describe what is seen",
        ),
        (
            "after soon last end first firstly second secondly third thirdly lastly",
            rf"^\W*after (?:a|some|several|a few|two|three|\d{{1,3}}) (?:{_SPAN}|time)\b|^\W*soon\b|"
            rf"\bsoon after\b|"
            r"^\W*(?:at last|in the end|first(?:ly)?|second(?:ly)?|third(?:ly)?|last(?:ly)?),(?! second)",
            TELLS_ORDER,
        ),
        (
            "passes pass",
            r"^\W*(?:some )?time passes\b|^\W*(?:\w+ )?(?:minutes|hours|days|seconds) pass\b",
            TELLS_ORDER,
        ),
        (
            "ahora entonces luego maintenant ensuite puis danach jetzt erneut dann agora novamente "
            "adesso nuovo nouveau "
            "nuevo",
            r"\b(?:ahora|entonces|luego|maintenant|ensuite|puis|danach|jetzt|erneut|dann|agora|novamente|"
            r"adesso|"
            r"di nuovo|(?:à|de) nouveau|de nuevo)\b",
            TELLS_ORDER,
        ),
        (
            "before",
            r"\b(?:(?:as|like|than|from|seen|shown) (?:just )?before\b"
            r"(?! (?:the|a|an|it|"
            r"him|her|them|dawn|sunrise|sunset|christmas|rain|nightfall|[a-z]+ing)\b)|never before\b|"
            r"(?<!night )(?<!day )(?<!evening )before(?=\s*(?:[,.;!)]|$)))",
            NEEDS_OTHERS,
        ),
        (
            "earlier",
            r"\bearlier\b(?! (?:century|era|period|age|times?|model|version|generation|days)\b)",
            NEEDS_OTHERS,
        ),
        (
            "previous previously aforementioned preceding",
            r"\b(?:previously|aforementioned|the (?:previous|preceding) (?!owner|winner|match|game|king|"
            r"queen|pope|emperor|"
            r"night|winter|summer|autumn|season|year|ruler|president|tenant|century|generation)\w+)|"
            r"^\W*previous \w+",
            NEEDS_OTHERS,
        ),
        (
            "above",
            r"\b(?:as|see|same as|described|mentioned|shown|like) above\b(?!, so)"
            r"(?! (?:the|a|an|his|her|its|their|it|them)\b)",
            NEEDS_OTHERS,
        ),
        (
            "sure certainly okay ok course here below following",
            r"^\W*(?:(?:sure|certainly|okay|ok|of course|absolutely)\s?[!,.:]|here (?:is|are)\b|here[’']s\b|"
            r"below (?:is|are) (?:the|your|a) (?:\w+ )?(?:frame|prompt|image|scene|storyboard|list)|"
            r"(?:the )?following (?:is|are)\b)",
            "leave the talk to the reader out and describe what is seen",
        ),
        (
            "cut fade dissolve transition flashback",
            r"^\W*(?:(?:cut|jump cut|smash cut|dissolve|transition|flashback|flash)s? "
            r"(?:to(?! pieces| size| length| the)|back|away)|fade (?:to|in|out))\b",
            "leave the film cut out and describe what is seen",
        ),
        (
            "repeating repeat doing",
            r"^\W*repeat(?:s|ing|ed)?\b|\b(?:doing|do|does) (?:so|this|that|it)\b",
            NEEDS_OTHERS,
        ),
        (" ".join(_FOREIGN_WORDS), _FOREIGN, NEEDS_OTHERS),
        ("once yet", r"\b(?:once|yet) (?:more|again)\b", NEEDS_OTHERS),
        (
            "longer anymore more",
            r"\b(?:no longer(?! than)|anymore|not? \w+ any more|any more(?=\s*(?:[,.;!]|$)))\b",
            "say what is there instead of what was",
        ),
        ("time", r"\b(?:this|last|next|second|third) time\b(?! of)", NEEDS_OTHERS),
        (
            "else otherwise rest",
            r"\b(?:(?:everything|all) else\b|otherwise (?:the same|unchanged|identical)|(?:the )?rest of the "
            r"(?:scene|picture|image|frame)|the rest (?:is|stays|remains) (?:the same|unchanged|as))",
            NEEDS_OTHERS,
        ),
        (
            "compared unlike",
            r"\bcompared (?:to|with) (?:the |an? )?(?:first|previous|last|earlier|before|frame|image|start)|"
            r"\bunlike (?:before|in the)\b",
            NEEDS_OTHERS,
        ),
        (
            "last previous",
            r"\b(?:from|in|as) the (?:last|previous) (?:shot|photo|view|one)\b",
            NEEDS_OTHERS,
        ),
        (
            "identical one further additional remaining ones",
            r"^\W*(?:the identical|one more|an? (?:further|additional)|the remaining|the (?:\w+er "
            r")?ones?(?!-)) ?\b",
            NEEDS_OTHERS,
        ),
        (
            "back return keeps going",
            r"^\W*back (?:at|in|on|to)\b(?! back)|\bwe (?:return|are back|go back|see)\b|\bkeeps? (?:on "
            r")?going\b",
            NEEDS_OTHERS,
        ),
        ("still", r"^\W*still (?:no|not|there|here|the|empty|asleep)\b", NEEDS_OTHERS),
        (
            "image scene picture frame shot",
            r"^\W*the (?:image|scene|picture|frame|shot) (?:shows|depicts|opens|changes|shifts|fades|"
            r"cuts|remains|"
            r"continues|is now|then)\b",
            "leave out the talk about the picture and describe what is seen",
        ),
        (
            "hope let feel",
            r"^\W*(?:i hope (?:this|that|you|it)|hope (?:this|you)|let me know|feel free)\b",
            "leave the talk to the reader out and describe what is seen",
        ),
        ("contd cont", r"\bcont(?:[’']?d|\.)(?=\W|$)", NEEDS_OTHERS),
        (
            "original starting",
            r"\b(?:its|his|her|their) (?:original|starting) (?:place|position|spot)\b",
            NEEDS_OTHERS,
        ),
        (
            "was",
            r"\b(?:as|than|where|what) (?:it|he|she|they) (?:was|were)(?=\s*(?:[,.;!)]|$|before))",
            NEEDS_OTHERS,
        ),
        ("again", r"(?<!-)\bagain\b(?!-)(?! and again)(?<!and again)", NEEDS_OTHERS),
        (
            "now",
            r"(?<!until )(?<!-)\bnow\b(?!-)(?! and (?:then|again)\b)",
            "leave it out and describe only what is seen",
        ),
        ("then", r"(?<!now and )\bthen\b(?!-)", TELLS_ORDER),
        (
            "meanwhile afterwards afterward thereafter",
            r"\b(?:meanwhile|afterwards?|thereafter)\b",
            TELLS_ORDER,
        ),
        ("after that this", r"\bafter (?:that|this)\b(?! \w+ing\b)", TELLS_ORDER),
        (
            "later",
            rf"\b(?:(?:a|an|one|two|three|few|some|several|many|\d+)? ?{_SPAN} later|"
            r"later (?:that|the same|in the) \w+|much later|a little later)\b|^\W*later\b|"
            r"\blater(?=\s*(?:[,.;]|$))",
            TELLS_ORDER,
        ),
        (
            "next following",
            rf"(?:^\W*|\b(?:on|by|until|in) )the (?:next|following) (?:{_SPAN}|one|step|stage)\b|"
            r"^\W*next\b(?! (?:to|door)\b)",
            TELLS_ORDER,
        ),
        ("finally", r"(?<!an )(?<!a )\bfinally\b", TELLS_ORDER),
        ("eventually subsequently", r"\b(?:eventually|subsequently)\b", TELLS_ORDER),
        ("instead", r"\binstead\b(?! of\b)(?!-)", "say what is seen, not what it replaces"),
        (
            "unchanged change changes changed moved",
            r"\b(?:unchanged|(?:no|without(?: any)?) (?:visible )?changes?|nothing (?:has )?changed?s?|"
            r"(?:has|have|had)(?:n[’']t| not) (?:changed|moved))\b",
            NEEDS_OTHERS,
        ),
        (
            "resumes resume resuming continuation repeats repeat repeated",
            r"\b(?:resum(?:es?|ing)|a continuation|repeats? (?:of )?(?:the|from))\b",
            NEEDS_OTHERS,
        ),
        (
            "beginning start first",
            r"\b(?:as|like|than|from) (?:it was |they were )?(?:in|at) (?:the )?(?:beginning|start|first)\b",
            NEEDS_OTHERS,
        ),
        ("ditto idem", r"\b(?:ditto|idem)\b", NEEDS_OTHERS),
        (
            "similar identical",
            r"^\W*(?:similar|identical) ?(?:to (?:the |an? )?(?:previous|first|last|"
            r"preceding|earlier|prior|frame|image)|"
            r"[,.:]|but|scene|view|shot|setting|image|frame|composition|picture)",
            NEEDS_OTHERS,
        ),
        (
            "them us",
            r"^\W*(?:both|all|one|each|some|none|two|three|the two|the three) of (?:them|these|those)\b",
            "name who is meant",
        ),
    )
)
"""A pattern is tried only on prompts that hold one of its trigger words; all of them are linear."""
