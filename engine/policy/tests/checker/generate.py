#!/usr/bin/env python3
"""Writes expressions beside what another checker of CEL says of each, for tests/expressions/oracle.rs.

The other checker is cel-cpp's, by `pip install cel-expr-python==0.1.3`. The same seed makes the same expressions:

    python3 engine/policy/tests/checker/generate.py --seed 4 --count 900 > engine/policy/tests/checker/expressions.ndjson
"""

import argparse
import json
import random
import re
import sys
from importlib.metadata import version

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

TYPE = cel.Type
NAMES = {
    "yes": ("bool", TYPE.BOOL),
    "count": ("int", TYPE.INT),
    "bits": ("uint", TYPE.UINT),
    "share": ("double", TYPE.DOUBLE),
    "word": ("string", TYPE.STRING),
    "raw": ("bytes", TYPE.BYTES),
    "now": ("time", TYPE.TIMESTAMP),
    "span": ("duration", TYPE.DURATION),
    "words": ("words", TYPE.List(TYPE.STRING)),
    "counts": ("counts", TYPE.List(TYPE.INT)),
    "metrics": ("metrics", TYPE.Map(TYPE.STRING, TYPE.DOUBLE)),
    "anything": ("any", TYPE.DYN),
}

# What gives each type: forms in which each `«type»` is filled in.
FORMS = {
    "bool": [
        "true", "false", "yes", "!«bool»", "«bool» && «bool»", "«bool» || «bool»", "«int» < «int»", "«double» >= «double»",
        "«string» == «string»", "«int» != «int»", "«time» < «time»", "«duration» > «duration»", "«string» in «words»",
        "«int» in «counts»", "«string» in «metrics»", "«string».startsWith(«string»)", "«string».endsWith(«string»)",
        "«string».contains(«string»)", "«string».matches('^v[0-9]+')", "words.all(w, w != «string»)",
        "counts.exists(n, n > «int»)", "words.exists_one(w, w.startsWith(«string»))", "metrics.exists(k, k == «string»)",
        "has(metrics.rate)", "«bool» ? «bool» : «bool»", "bool(«string»)", "«raw» == «raw»", "«uint» <= «uint»",
        "«metrics».?rate.hasValue()", "optional.of(«int»).hasValue()", "cel.bind(a, «int», a > «int»)", "dyn(«int») == «double»",
        "«words» == «words»", "math.isNaN(«double»)", "type(«int») == int", "«counts» == «counts»", "«bool» == «bool»",
        "math.isInf(«double»)", "«string» < «string»", "anything == «string»", "anything > «int»", "«metrics» == «metrics»",
        "null == null", "«string» == null", "«int» == «double»", "«int» < «double»", "«int» > «uint»",
    ],
    "int": [
        "0", "1", "7", "count", "«int» + «int»", "«int» - «int»", "«int» * «int»", "«int» / «int»", "«int» % «int»", "-«int»",
        "size(«string»)", "«words».size()", "int(«double»)", "int(«string»)", "«counts»[«int»]", "«time».getHours()",
        "«time».getMonth('Europe/Berlin')", "«duration».getMinutes()", "«bool» ? «int» : «int»", "math.greatest(«int», «int»)",
        "math.abs(«int»)", "«string».indexOf(«string»)", "optional.of(«int»).orValue(«int»)", "cel.bind(a, «int», a * a)",
        "math.least(«counts»)", "size(«metrics»)", "«string».lastIndexOf(«string»)", "int(«time»)", "«counts»[?«int»].orValue(0)",
        "math.sign(«int»)", "math.bitAnd(«int», «int»)", "int(«uint»)", "«time».getDayOfWeek()",
    ],
    "uint": ["0u", "9u", "bits", "«uint» + «uint»", "uint(«int»)", "«uint» * «uint»", "math.greatest(«uint», «uint»)"],
    "double": [
        "0.5", "2.0", "share", "«double» + «double»", "«double» * «double»", "«double» / «double»", "-«double»", "double(«int»)",
        "«metrics»['rate']", "«metrics».rate", "metrics[«string»]", "«bool» ? «double» : «double»", "math.ceil(«double»)",
        "math.sqrt(«double»)", "«metrics».?rate.orValue(«double»)", "double(«string»)", "math.least(«double», «double»)",
        "math.round(«double»)", "math.abs(«double»)", "«metrics»[?«string»].orValue(0.0)",
    ],
    "string": [
        "'v2'", "''", "word", "«string» + «string»", "string(«int»)", "string(«double»)", "«words»[«int»]", "«string».trim()",
        "«string».lowerAscii()", "«string».replace(«string», «string»)", "«string».substring(«int»)", "«words».join(',')",
        "«string».charAt(«int»)", "«bool» ? «string» : «string»", "string(«bool»)", "string(«time»)", "string(«duration»)",
        "'%s of %d'.format([«string», «int»])", "base64.encode(«raw»)", "strings.quote(«string»)", "«string».reverse()",
        "string(«raw»)", "«words».join()", "«string».upperAscii()",
    ],
    "raw": ["b'x'", "raw", "«raw» + «raw»", "bytes(«string»)", "base64.decode(«string»)"],
    "time": ["now", "timestamp('2026-11-23T08:30:00Z')", "«time» + «duration»", "«time» - «duration»", "timestamp(«int»)"],
    "duration": ["span", "duration('90s')", "«duration» + «duration»", "«time» - «time»", "«duration» - «duration»"],
    "words": [
        "words", "['a', «string»]", "«words» + «words»", "«string».split(',')", "words.filter(w, w != «string»)",
        "counts.map(n, string(n))", "words.map(w, w.startsWith('v'), w + «string»)", "[«string»]", "metrics.map(k, k)",
        "[?optional.of(«string»)]", "«bool» ? «words» : «words»",
    ],
    "counts": [
        "counts", "[1, «int»]", "«counts» + «counts»", "counts.filter(n, n > «int»)", "words.map(w, size(w))",
        "counts.map(n, n + «int»)", "«bool» ? «counts» : «counts»",
    ],
    "metrics": [
        "metrics", "{'rate': «double»}", "«bool» ? «metrics» : «metrics»", "{'rate': «double», «string»: «double»}",
    ],
    "any": ["anything", "anything.field", "anything[«int»]", "dyn(«string»)", "[1, 'a'][«int»]", "{}.x"],
}
# Mistakes that no exchange of types makes.
SLIPS = [
    "wrod", "«string».startWith('a')", "size()", "«string».contains()", "counts.all(n)", "«int».size()", "has(word)", "len(«words»)",
    "metrics.all(k, v > 1.0)", "«string».matches(«int»)", "math.greatest()", "«bool» + 1", "!«int»", "«string»['a']", "«int»[0]",
    "«words».a", "{1.5: 'a'}", "«time» + «time»", "«duration» * 2", "-«string»", "«bool» < «int»", "«words»['a']",
    "«metrics»[0]", "«bool» ? «int» : «string»", "[«int», «string»][0] + 1", "cel.bind(a, «string», a + 1)", "«int» in «string»",
    "optional.of(«string») + 'a'", "«metrics».?rate + 1.0", "duration(«int»)", "words.map(w, w + 1)", "counts.exists(n, n)",
]
# Where the two checkers are known to differ, and why is in tests/expressions/oracle.rs.
DIFFER = [
    "count < share", "share == count", "count != bits", "bits > count", "share <= bits", "bits >= share", "-span", "duration(count)",
    "math.least([1, false])", "{1.5: 'a'}.size()", "{words: 1}.size()",
]


def filled(kind, depth, chance):
    """An expression of a type, and now and then of another or with a slip."""
    if chance.random() < 0.035:
        return bound(chance.choice(SLIPS), depth, chance)
    if chance.random() < 0.045:
        kind = chance.choice(sorted(FORMS))
    forms = FORMS[kind]
    if depth <= 0:
        forms = [form for form in forms if "«" not in form]
    return bound(chance.choice(forms), depth, chance)


def bound(form, depth, chance):
    """A form with its parts filled in, in brackets where they are more than a name or a number."""

    def part(found):
        text = filled(found.group(1), depth - 1, chance)
        return text if re.fullmatch(r"[\w.']+", text) else f"({text})"

    return re.sub(r"«(\w+)»", part, form)


def said(env, text):
    """The type that the other checker gives it, or the first thing that it has against it."""
    try:
        return {"type": env.compile(text).return_type().name()}
    except RuntimeError as error:
        first = str(error).split("\n")[0]
        return {"flaw": re.sub(r"^INVALID_ARGUMENT: ERROR: <input>:\d+:\d+: ", "", first)}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=4)
    arguments.add_argument("--count", type=int, default=900)
    arguments = arguments.parse_args()
    extensions = [
        ext_bindings.ExtBindings(), ext_encoders.ExtEncoders(), ext_math.ExtMath(), ext_optional.ExtOptional(), ext_strings.ExtStrings(),
    ]
    env = cel.NewEnv(variables={name: kind for name, (_, kind) in NAMES.items()}, extensions=extensions)
    chance, texts = random.Random(arguments.seed), dict.fromkeys(DIFFER)
    while len(texts) < arguments.count:
        text = filled(chance.choice(sorted(FORMS)), chance.randint(1, 3), chance)
        if len(text) <= 160:
            texts[text] = None
    for text in texts:
        print(json.dumps({"expr": text, **said(env, text)}))
    print(f"cel-expr-python {version('cel-expr-python')}", file=sys.stderr)


if __name__ == "__main__":
    main()
