"""This module owns the question whether a text is an ad's text at all: macros, placeholders, ad names.

A macro is a marker that the ad network should have replaced. Two grammars, because prose must survive
("50% off", "[Sale] used SUVs", "a {b c}", "US__SUV__v3"):

* `TOKENS` are unmistakable anywhere in a text: `{{x}}`, `${x}`, `{identifier}` (also Google's
  `{KeyWord:Used SUVs}` and `{LOCATION(City)}`), `__UPPER__`, `%%x%%`, `%UPPER%`, `[UPPER_SNAKE]`, `#s2#` (lower
  case with a digit or underscore) and `@lower@`; the bracketless ones only where no word touches them.
* `WHOLE` are looser forms that count only as the entire value: `%adtitle%`, `[TITLE]`, `[ad_title]`, `#adtitle#`,
  and the widespread typo `_CID_NAME_`.

A value of nothing but macros, punctuation and perhaps a placeholder (`{title} | Learn More`) is unresolved; one
with words of its own beside a macro is partial. All patterns are linear: a token's body excludes its opener.
"""

import re

TOKENS = re.compile(
    r"""
      \{{2,3} [^{}]{1,200} \}{2,3}                                  # {{ad.name}}: Meta, Outbrain, Snap
    | \$ \{ [^{}]{1,200} \}                                         # ${(name)!}, ${X}: Branch, OpenRTB, Xandr
    | \{ =? [A-Za-z_][\w.\-]{0,63} (?:\([^(){}]{0,99}\))? (?: : [^\s{}][^{}]{0,99} )? \}   # {title}: Taboola, Google
    | (?<!\w) __ [A-Z0-9] (?:[A-Z0-9_]{0,62} [A-Z0-9])? __ (?!\w)   # __CID_NAME__: TikTok, Kwai
    | (?<![\w%]) %% [A-Za-z][\w:.\-]{0,127} %% (?![\w%])            # %%PATTERN:headline%%: Google Ad Manager
    | (?<![\w%]) % [A-Z][A-Z0-9_]{2,63} % (?![\w%])                 # %TRANSACTION_ID%: networks
    | \[ [A-Z][A-Z0-9]{0,31} (?:_[A-Z0-9]{1,31}){1,9} \]            # [ORDER_ID]: networks
    | (?<![\w\#]) \# (?=[a-z]+[\d_]) [a-z][a-z0-9_]{1,31} \# (?![\w\#])                    # #s2#: networks
    | (?<![\w@.]) @ [a-z][a-z0-9_]{2,63} @ (?![\w@.])               # @nativeheadline@: Passendo
    """,
    re.VERBOSE | re.ASCII,
)
WHOLE = re.compile(
    r"%[A-Za-z]\w{2,63}%|\[[A-Z][A-Z0-9]{1,63}\]|\[[A-Za-z][A-Za-z0-9]*_\w{1,63}\]|#[A-Za-z]\w{0,63}#"
    r"|_{1,2}[A-Z][A-Z0-9_]{0,62}[A-Z0-9]_{1,2}",
    re.ASCII,
)
_HINT = re.compile(r"[{\[%#@_]")  # no macro is without one of these: prose leaves after one scan

# What templates and public code send where they have no text, as keys (folded); sources in the tests' table.
PLACEHOLDERS = frozenset(
    {"null", "undefined", "none", "nil", "nan", "n/a", "na", "(not set)", "(none)", "[object object]", "-"}
    | {"missing", "organic", "unknown", "related content", "learn more", "optional", "test", "api_test"}
    | {"<title>", "<title> | learn more", "| learn more"}
)
_REPLACE = re.compile(r"replace(?:_\w*)?")  # REPLACE, REPLACE_ADTITLE; but not "Replace your windows"

_NAME_TOKENS = re.compile(r"[^\s_]+(?:_+[^\s_]+){2,}")
_NAME_TELLTALES = re.compile(r"[_|]\s?\d{3,4}x\d{3,4}(?!\w)| - copy(?: \d{1,3})?\Z")


def macro_status(text: str) -> str | None:
    """`unresolved_macro` if the shown text is nothing but macros, `partial_macro` if it contains one, else None."""
    if not _HINT.search(text):
        return None
    if WHOLE.fullmatch(text):
        return "unresolved_macro"
    rest, found = TOKENS.subn(" ", text)
    if not found:
        return None
    own_words = any(character.isalnum() for character in rest)
    if not own_words or is_placeholder(rest.strip(" |-–—:·•/_").lower()):
        return "unresolved_macro"
    return "partial_macro"


def is_placeholder(key: str) -> bool:
    """Whether a folded text is a known stand-in for a text that nobody filled in."""
    return key in PLACEHOLDERS or _REPLACE.fullmatch(key) is not None


def looks_like_ad_name(key: str) -> bool:
    """Whether a folded text reads like an ad's name in a campaign manager rather than like what a visitor sees.

    No spaces and at least three tokens joined by underscores ("us_suv_v3_1080x1080_2025-01"), a pixel size after
    an underscore or a bar, or the " - Copy 2" that duplicating an ad leaves.
    """
    return bool(_NAME_TOKENS.fullmatch(key) or _NAME_TELLTALES.search(key))
