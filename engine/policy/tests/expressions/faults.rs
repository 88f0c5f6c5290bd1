//! What is told of bad expressions, before there are values.

use super::condition;

/// Each fault with what it points at.
fn told(source: &str) -> String {
    let faults = match condition(source) {
        Ok(_) => panic!("`{source}` compiles"),
        Err(faults) => faults,
    };
    let one = |fault: &sluice_policy::expression::Fault| {
        let help = fault.help.as_deref().map_or(String::new(), |help| format!(" ({help})"));
        format!("    [{}] {}{help}\n", &source[fault.start..fault.end], fault.message)
    };
    format!("{source}\n{}", faults.iter().map(one).collect::<String>())
}

pub(super) fn table(sources: &[&str]) -> String {
    sources.iter().map(|source| told(source)).collect()
}

#[test]
fn syntax() {
    insta::assert_snapshot!(table(&[
        "share >",
        "share = 1.0",
        "yes and yes",
        "not yes",
        "share > 1.0)",
        "(share > 1.0",
        "word == 'abc",
        "yes & yes",
        "share > $x",
        "words.all(a.b, yes)",
        "has(word)",
        "if yes then yes",
        "   ",
        "'ü' == word und",
        "yes ? yes",
        "count > 1 2",
        "metrics.?gone == 1.0",
    ]), @r#"
    share >
        [] the expression ends too early
    share = 1.0
        [=] `=` can not stand here (to compare write `==`)
    yes and yes
        [and] `and` can not stand here (write `&&`)
    not yes
        [yes] `yes` can not stand here (write `!`)
    share > 1.0)
        [)] `)` can not stand here
    (share > 1.0
        [] the expression ends too early
    word == 'abc
        ['] this text has no end (close it with the same quote)
    yes & yes
        [&] `&` can not stand here (write `&&`)
    share > $x
        [$] `$` can not stand here
    words.all(a.b, yes)
        [.] a new name must stand here (use letters, digits and `_`, a letter first)
    has(word)
        [has] `has` takes a field (write `has(map.field)`)
    if yes then yes
        [yes] `yes` can not stand here (write `condition ? one : other`)
       
        [   ] the expression is empty
    'ü' == word und
        [und] `und` can not stand here
    yes ? yes
        [] the expression ends too early
    count > 1 2
        [2] `2` can not stand here
    metrics.?gone == 1.0
        [==] `==` can not take an optional value and a number with a fraction (write `.orValue(...)` after the optional value)
    "#);
}

#[test]
fn names() {
    insta::assert_snapshot!(table(&[
        "relase.first",
        "release.frist",
        "release['frist']",
        "something",
        "has(release.frist)",
        "has( release. frist )",
        "words.all(w, x == w)",
        "release.labels.team.name == 'x'",
        "counts(words) > 1",
        "word.startWith('v')",
        "size()",
        "startsWith(word, 'v')",
        "words.all(yes)",
        "kind(word) == string",
        "share.size() == 1",
        "math.greatest(word, 1) == 1",
        "cel.bind(yes)",
        "words.contains('Mon')",
        "Foo{a: 1} == 1",
    ]), @"
    relase.first
        [relase] there is no `relase` (did you mean `release`?)
    release.frist
        [frist] there is no field `frist` (did you mean `first`?)
    release['frist']
        ['frist'] there is no field `frist` (did you mean `first`?)
    something
        [something] there is no `something` (a rule can read `count`, `metrics`, `now`, `release`, `share`, `word`, `words` and `yes`)
    has(release.frist)
        [frist] there is no field `frist` (did you mean `first`?)
    has( release. frist )
        [frist] there is no field `frist` (did you mean `first`?)
    words.all(w, x == w)
        [x] there is no `x` (did you mean `w`?)
    release.labels.team.name == 'x'
        [name] a text has no fields
    counts(words) > 1
        [counts] there is no function `counts` (a rule can call `all`, `bool`, `contains`, `double`, `duration`, `endsWith`, `exists`, `filter`, `has`, `in_window`, `int`, `matches`, `size`, `startsWith`, `string` and `timestamp`, and more that policies/README.md lists)
    word.startWith('v')
        [startWith] there is no function `startWith` (did you mean `startsWith`?)
    size()
        [size] `size` is not called like this, or takes another number of arguments (write `size(x)` or `x.size()`)
        [size()] this is a whole number, and must be a yes or no (compare it with something)
    startsWith(word, 'v')
        [startsWith] `startsWith` is not called like this, or takes another number of arguments (write `x.startsWith(y)`)
    words.all(yes)
        [all] `all` is not written like this (write `list.all(name, condition)`)
    kind(word) == string
        [kind] there is no function `kind` (a rule can call `all`, `bool`, `contains`, `double`, `duration`, `endsWith`, `exists`, `filter`, `has`, `in_window`, `int`, `matches`, `size`, `startsWith`, `string` and `timestamp`, and more that policies/README.md lists)
    share.size() == 1
        [size] `size` can not take a number with a fraction (it takes a text or bytes or a list or a map there)
    math.greatest(word, 1) == 1
        [math.greatest] `math.greatest` can not take a text and a whole number (it takes numbers)
    cel.bind(yes)
        [bind] `bind` is not written like this (write `cel.bind(name, value, expression)`)
    words.contains('Mon')
        [contains] `contains` can not take a list of texts and a text (write `y in x` to look for an entry)
    Foo{a: 1} == 1
        [Foo] rules know no structures
    ");
}

#[test]
fn kinds() {
    insta::assert_snapshot!(table(&[
        "share",
        "'yes'",
        "share - 1 <= 2.0",
        "word + 1 == word",
        "word < 1",
        "share && yes",
        "!count",
        "share ? yes : yes",
        "words == word",
        "word.first",
        "count[0] == 1",
        "word in yes",
        "count in words",
        "words[word] == 'x'",
        "release.labels[1] == 'x'",
        "share.all(a, yes)",
        "words.all(a, a)",
        "words.map(a, a + 1) == words",
        "now + 1 > now",
        "now - now > 60",
        "1u + 1 == 2u",
        "words < words",
        "-word == 'x'",
        "metrics.?gone > 1.0",
        "word.startsWith(1)",
        "duration(5) < now - now",
        "[1, 2].join() == '12'",
        "optional.of(1).orValue('x') == word",
        "cel.bind(a, 1, a + word) == word",
    ]), @r#"
    share
        [share] this is a number with a fraction, and must be a yes or no (compare it with something)
    'yes'
        ['yes'] this is a text, and must be a yes or no (compare it with something)
    share - 1 <= 2.0
        [-] `-` can not take a number with a fraction and a whole number (write the whole number with a point (`1.0`), or `double(...)` around it)
    word + 1 == word
        [+] `+` can not take a text and a whole number (write `string(...)` around the number, or `double(...)` around the text)
    word < 1
        [<] `<` can not take a text and a whole number (write `string(...)` around the number, or `double(...)` around the text)
    share && yes
        [&&] a condition must be a yes or no, and this is a number with a fraction (compare it with something)
    !count
        [!] a condition must be a yes or no, and this is a whole number (compare it with something)
    share ? yes : yes
        [?] a condition must be a yes or no, and this is a number with a fraction (compare it with something)
    words == word
        [==] `==` can not take a list of texts and a text
    word.first
        [first] a text has no fields
    count[0] == 1
        [[] a whole number has no entries
    word in yes
        [yes] `in` looks into lists and maps, and this is a yes or no
    count in words
        [in] a whole number is never in a list or map of a text
    words[word] == 'x'
        [word] a list is read by a whole number, and this is a text
    release.labels[1] == 'x'
        [1] the keys of this map are texts, and this is a whole number
    share.all(a, yes)
        [share] a number with a fraction can not be gone through (only lists and maps can)
    words.all(a, a)
        [a] a condition must be a yes or no, and this is a text (compare it with something)
    words.map(a, a + 1) == words
        [+] `+` can not take a text and a whole number (write `string(...)` around the number, or `double(...)` around the text)
    now + 1 > now
        [+] `+` can not take a time and a whole number
    now - now > 60
        [>] `>` can not take a duration and a whole number (write a duration as `duration('90s')`)
    1u + 1 == 2u
        [+] `+` can not take an unsigned number and a whole number (write `int(...)` around the unsigned number)
    words < words
        [<] `<` can not take a list of texts and a list of texts
    -word == 'x'
        [-] `-` can not take a text
    metrics.?gone > 1.0
        [>] `>` can not take an optional value and a number with a fraction (write `.orValue(...)` after the optional value)
    word.startsWith(1)
        [startsWith] `startsWith` can not take a text and a whole number (it takes a text there)
    duration(5) < now - now
        [duration] `duration` can not take a whole number (it takes a text or a duration there)
    [1, 2].join() == '12'
        [join] `join` can not take a list of numbers (it takes a list of texts there)
    optional.of(1).orValue('x') == word
        [orValue] `orValue` can not take an optional value and a text (they must be of one kind)
    cel.bind(a, 1, a + word) == word
        [+] `+` can not take a whole number and a text (write `string(...)` around the number, or `double(...)` around the text)
    "#);
}

#[test]
fn kinds_that_never_meet() {
    insta::assert_snapshot!(table(&[
        "word == null",
        "(yes ? count : word) == 'x'",
        "(yes ? count : share) > 1.0",
        "words + [1] == words",
        "words[share] == 'x'",
        "dyn(count) > words",
        "metrics.?gone.orValue(1) > 0.5",
        "math.least(words) == 'a'",
    ]), @"
    word == null
        [==] `==` can not take a text and nothing (nothing is ever `null` here; ask with `has(...)` whether it is there)
    (yes ? count : word) == 'x'
        [?] `? :` gives a whole number or a text (make both of one kind, or write `dyn(...)` around one)
    (yes ? count : share) > 1.0
        [?] `? :` gives a whole number or a number with a fraction (make both of one kind, or write `dyn(...)` around one)
    words + [1] == words
        [+] `+` can not take a list of texts and a list of numbers
    words[share] == 'x'
        [share] a list is read by a whole number, and this is a number with a fraction (write `int(...)` around it)
    dyn(count) > words
        [>] `>` can not take something and a list of texts
    metrics.?gone.orValue(1) > 0.5
        [orValue] `orValue` can not take an optional value and a whole number (they must be of one kind)
    math.least(words) == 'a'
        [math.least] `math.least` can not take a list of texts (it takes numbers)
    ");
}

#[test]
fn bounds() {
    insta::assert_snapshot!(table(&[
        "words.all(a, words.all(b, words.all(c, words.all(d, words.all(e, a == e)))))",
        "word.matches('(')",
        "word.matches('((((x{99}){99}){99}){99})')",
        "{[1]: 2} == {}",
        "9223372036854775808 == 1",
        "word == '\\q'",
        "for == 1",
    ]), @r#"
    words.all(a, words.all(b, words.all(c, words.all(d, words.all(e, a == e)))))
        [(] loops stand more than 4 deep inside one another (split it into several rules)
    word.matches('(')
        ['('] the pattern can not be used: unclosed group (patterns are in the syntax of RE2)
    word.matches('((((x{99}){99}){99}){99})')
        ['((((x{99}){99}){99}){99})'] the pattern can not be used: Compiled regex exceeds size limit of 262144 bytes (patterns are in the syntax of RE2)
    {[1]: 2} == {}
        [[1]] a list of numbers can be no key of a map (use a text or a whole number)
    9223372036854775808 == 1
        [] this whole number does not fit into 64 bits
    word == '\q'
        ['\q] `'\q` can not stand here
    for == 1
        [for] `for` is a reserved word (use another name)
    "#);
}

/// Each hint with what it points at.
fn hinted(source: &str) -> String {
    let expression = condition(source).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
    let one = |hint: &sluice_policy::expression::Fault| {
        let help = hint.help.as_deref().unwrap_or_default();
        format!("    [{}] {} ({help})\n", &source[hint.start..hint.end], hint.message)
    };
    format!("{source}\n{}", expression.hints().iter().map(one).collect::<String>())
}

#[test]
fn what_is_surely_not_meant() {
    let sources = [
        "yes || true",
        "1 < 2 && yes",
        "true || yes",
        "false ? yes : !yes",
        "yes && count > 1 && yes",
        "share == share",
        "true",
        "yes || share > 1.0",
    ];
    insta::assert_snapshot!(sources.map(hinted).concat(), @r"
    yes || true
        [true] this is always true, and so is the whole (leave it out)
    1 < 2 && yes
        [1 < 2] this is always true, and changes nothing (leave it out)
    true || yes
        [true] this is always true: what follows is never looked at (leave it out)
    false ? yes : !yes
        [yes] this is never looked at (the condition is always false)
    yes && count > 1 && yes
        [yes] this was asked before (leave it out)
    share == share
        [share == share] both sides are the same (compare it with something else)
    true
        [true] this is always true, whatever the release (ask of something that changes, or leave it out)
    yes || share > 1.0
    ");
}
