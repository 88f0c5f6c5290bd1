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

fn table(sources: &[&str]) -> String {
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
        [] the first argument of `all`, `exists`, `filter` and `map` is a new name
    has(word)
        [] `has` takes a field: `has(map.field)`
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
        [] the expression can not be read from here
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
        "words.all(w, x == w)",
        "release.labels.team.name == 'x'",
        "counts(words) > 1",
        "word.startWith('v')",
        "size()",
        "startsWith(word, 'v')",
        "words.all(yes)",
        ".yes",
        "type(word) == string",
        "Foo{a: 1} == 1",
    ]), @r#"
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
    words.all(w, x == w)
        [x] there is no `x` (did you mean `w`?)
    release.labels.team.name == 'x'
        [name] a text has no fields
    counts(words) > 1
        [counts] there is no function `counts` (a rule can call `bool`, `contains`, `double`, `duration`, `endsWith`, `getDate`, `getDayOfWeek`, `getFullYear`, `getHours`, `getMinutes`, `getMonth`, `getSeconds`, `in_window`, `int`, `matches`, `size`, `startsWith`, `string`, `timestamp`, `all`, `exists`, `exists_one`, `filter`, `has` and `map`)
    word.startWith('v')
        [startWith] there is no function `startWith` (did you mean `startsWith`?)
    size()
        [size] `size` is not called like this, or takes another number of arguments (write `size(x)`)
        [size()] this is a whole number, and must be a yes or no (compare it with something)
    startsWith(word, 'v')
        [startsWith] `startsWith` is not called like this, or takes another number of arguments (write `x.startsWith(...)`)
    words.all(yes)
        [all] `all` is not written like this (write `list.all(name, condition)`)
    .yes
        [yes] there is no `.yes` (did you mean `yes`?)
    type(word) == string
        [type] there is no function `type` (a rule can call `bool`, `contains`, `double`, `duration`, `endsWith`, `getDate`, `getDayOfWeek`, `getFullYear`, `getHours`, `getMinutes`, `getMonth`, `getSeconds`, `in_window`, `int`, `matches`, `size`, `startsWith`, `string`, `timestamp`, `all`, `exists`, `exists_one`, `filter`, `has` and `map`)
        [string] there is no `string` (a rule can read `count`, `metrics`, `now`, `release`, `share`, `word`, `words` and `yes`)
    Foo{a: 1} == 1
        [{] rules know no structures
    "#);
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
    "#);
}

#[test]
fn bounds() {
    insta::assert_snapshot!(table(&[
        "words.all(a, words.all(b, words.all(c, a == b)))",
        "[word + word].exists(a, a == word)",
        "words.map(a, a + a).exists(a, a == word)",
        "{'a': 1}.exists(a, a == 'a')",
        "[{'a': 1}] == [{'a': 1}]",
        "word.matches(word)",
        "word.matches('(')",
        "words.all(a, a.matches('^[a-z]{3}$'))",
        "words.all(a, words.all(b, a.matches('x') || b.matches('y')))",
    ]), @r#"
    words.all(a, words.all(b, words.all(c, a == b)))
        [(] loops stand more than 2 deep inside one another (split it into several rules)
    [word + word].exists(a, a == word)
        [(] only a list or map of the context, a list of plain values, or a filter of one can be gone through
    words.map(a, a + a).exists(a, a == word)
        [(] only a list or map of the context, a list of plain values, or a filter of one can be gone through
    {'a': 1}.exists(a, a == 'a')
        [{] a map has no order here, and can only be looked into (write `{...}[key]`, or a list)
        [(] only a list or map of the context, a list of plain values, or a filter of one can be gone through
    [{'a': 1}] == [{'a': 1}]
        [{] a map has no order here, and can only be looked into (write `{...}[key]`, or a list)
        [{] a map has no order here, and can only be looked into (write `{...}[key]`, or a list)
    word.matches(word)
        [matches] the pattern of `matches` must be written out (write it as a text in quotes: `x.matches('^v[0-9]+$')`)
    word.matches('(')
        [matches] the pattern can not be used: unclosed group (patterns are in the syntax of RE2)
    words.all(a, a.matches('^[a-z]{3}$'))
        [words.all(a, a.matches('^[a-z]{3}$'))] the expression may take too long: it goes through too much, too often (shorten what stands inside the loops, or split it into several rules)
    words.all(a, words.all(b, a.matches('x') || b.matches('y')))
        [words.all(a, words.all(b, a.matches('x') || b.matches('y')))] the expression may take too long: it goes through too much, too often (shorten what stands inside the loops, or split it into several rules)
    "#);
}
