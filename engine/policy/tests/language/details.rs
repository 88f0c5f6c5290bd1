//! What the specification says in words and its cases hardly touch.

use sluice_policy::cel::{Limits, Names, Value, evaluate, parse};

struct Nothing;

impl Names for Nothing {
    fn find(&self, _: &str) -> Option<Value> {
        None
    }
}

fn said(source: &str) -> String {
    let parsed = parse(source, &Limits::default()).unwrap_or_else(|flaws| panic!("{source}: {flaws:?}"));
    match evaluate(&parsed.root, &Nothing, &Limits::default(), None).value {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

fn table(sources: &[&str]) -> String {
    sources.iter().map(|source| format!("{source}  =>  {}\n", said(source))).collect()
}

#[test]
fn of_the_specification() {
    insta::assert_snapshot!(table(&[
        "duration('123.321456789s').getMilliseconds()",
        "duration('1h34m').getMinutes()",
        "'%s'.format([b'a\\xff\\xfeb'])",
        "'%s'.format([{'a b': 1, 'a': 2}])",
        "'%s %d'.format([1e30, 2.5e-7])",
        "'%x %b %o'.format([-30, -5, -8])",
        "'hello'.split('', 2)",
        "'abc'.replace('', '_', 2)",
        "[1, 2.0, 3u].distinct().size()",
        "[3, 1u, 2.5].sort()",
        "[3, 'a'].sort()",
        "[1, 0.0 / 0.0].sort()",
        "['bb', 'a'].sortBy(text, size(text))",
        "[[1, [2]], [3]].flatten(2)",
        "{1: 'a'}[1u] + {1: 'a'}[1.0]",
        "{1: 'a', 1u: 'b'}",
        "[7, 8][dyn(1.0)]",
        "timestamp('2026-03-29T00:59:59Z').getHours('Europe/Berlin')",
        "timestamp('2026-03-29T01:00:00Z').getHours('Europe/Berlin')",
        "timestamp('2024-02-30T00:00:00Z')",
        "timestamp('2024-12-31T00:00:00Z').getDayOfYear()",
        "string(timestamp('2026-11-23T08:30:00.120+02:00'))",
        "cel.bind(x, 1 / 0, true)",
        "cel.bind(x, [1, 2], x.map(y, cel.bind(x, y + 1, x)))",
        "'\\u00fc'.size() == 1 && b'ü'.size() == 2",
    ]), @r#"
    duration('123.321456789s').getMilliseconds()  =>  321
    duration('1h34m').getMinutes()  =>  94
    '%s'.format([b'a\xff\xfeb'])  =>  a�b
    '%s'.format([{'a b': 1, 'a': 2}])  =>  {a: 2, a b: 1}
    '%s %d'.format([1e30, 2.5e-7])  =>  1000000000000000000000000000000 0.00000025
    '%x %b %o'.format([-30, -5, -8])  =>  -1e -101 -10
    'hello'.split('', 2)  =>  [h, ello]
    'abc'.replace('', '_', 2)  =>  _a_bc
    [1, 2.0, 3u].distinct().size()  =>  3
    [3, 1u, 2.5].sort()  =>  [1, 2.5, 3]
    [3, 'a'].sort()  =>  error: `sort` can not take a whole number and a text
    [1, 0.0 / 0.0].sort()  =>  error: `sort` failed: NaN has no place in an order
    ['bb', 'a'].sortBy(text, size(text))  =>  [a, bb]
    [[1, [2]], [3]].flatten(2)  =>  [1, 2, 3]
    {1: 'a'}[1u] + {1: 'a'}[1.0]  =>  aa
    {1: 'a', 1u: 'b'}  =>  error: a map has the same key twice
    [7, 8][dyn(1.0)]  =>  8
    timestamp('2026-03-29T00:59:59Z').getHours('Europe/Berlin')  =>  1
    timestamp('2026-03-29T01:00:00Z').getHours('Europe/Berlin')  =>  3
    timestamp('2024-02-30T00:00:00Z')  =>  error: `timestamp` failed: `2024-02-30T00:00:00Z` is no time like `2026-11-23T08:30:00Z`
    timestamp('2024-12-31T00:00:00Z').getDayOfYear()  =>  365
    string(timestamp('2026-11-23T08:30:00.120+02:00'))  =>  2026-11-23T06:30:00.12Z
    cel.bind(x, 1 / 0, true)  =>  true
    cel.bind(x, [1, 2], x.map(y, cel.bind(x, y + 1, x)))  =>  [2, 3]
    '\u00fc'.size() == 1 && b'ü'.size() == 2  =>  true
    "#);
}

#[test]
fn of_our_own() {
    insta::assert_snapshot!(table(&[
        "semver('v1.10.0') > semver('1.9.9')",
        "semver('1.0.0-rc.1') < semver('1.0.0')",
        "semver('1.2.3').satisfies('>=1.2, <2')",
        "semver('1.2')",
        "[semver('2.0.0'), semver('1.0.0')].sort()",
        "quantity('1.5Gi') > quantity('1500M')",
        "quantity('500m').add(quantity('0.5')) == quantity('1')",
        "quantity('2e3').asInteger()",
        "quantity('1.5').asInteger()",
        "quantity('lots')",
        "between_times(timestamp('2026-11-23T22:30:00Z'), '22:00', '06:00', 'UTC')",
        "between_times(timestamp('2026-11-23T06:00:00Z'), '22:00', '06:00', 'UTC')",
        "time_of_day(timestamp('2026-11-23T17:30:00Z'), 'Europe/Berlin') < time_of_day('18:31')",
        "time_of_day('24:01')",
        "weekday(timestamp('2026-11-23T23:30:00Z'), 'Europe/Berlin')",
        "date(timestamp('2026-11-23T23:30:00Z'), 'Europe/Berlin')",
        "days(2) + hours(3) + minutes(30)",
        "cidr('10.1.2.3/8').masked()",
        "cidr('::1/128').containsIP('::1') && cidr('0.0.0.0/0').containsIP('1.2.3.4')",
        "ip('::ffff:1.2.3.4')",
    ]), @r#"
    semver('v1.10.0') > semver('1.9.9')  =>  true
    semver('1.0.0-rc.1') < semver('1.0.0')  =>  true
    semver('1.2.3').satisfies('>=1.2, <2')  =>  true
    semver('1.2')  =>  error: `semver` failed: `1.2` is no version like `1.2.3`
    [semver('2.0.0'), semver('1.0.0')].sort()  =>  [1.0.0, 2.0.0]
    quantity('1.5Gi') > quantity('1500M')  =>  true
    quantity('500m').add(quantity('0.5')) == quantity('1')  =>  true
    quantity('2e3').asInteger()  =>  2000
    quantity('1.5').asInteger()  =>  error: `asInteger` failed: `1.5` is no whole number of 64 bits
    quantity('lots')  =>  error: `quantity` failed: `lots` is no quantity like `500m` or `1.5Gi`
    between_times(timestamp('2026-11-23T22:30:00Z'), '22:00', '06:00', 'UTC')  =>  true
    between_times(timestamp('2026-11-23T06:00:00Z'), '22:00', '06:00', 'UTC')  =>  false
    time_of_day(timestamp('2026-11-23T17:30:00Z'), 'Europe/Berlin') < time_of_day('18:31')  =>  true
    time_of_day('24:01')  =>  error: `time_of_day` failed: `24:01` is no time like `18:00`
    weekday(timestamp('2026-11-23T23:30:00Z'), 'Europe/Berlin')  =>  Tue
    date(timestamp('2026-11-23T23:30:00Z'), 'Europe/Berlin')  =>  2026-11-24
    days(2) + hours(3) + minutes(30)  =>  185400s
    cidr('10.1.2.3/8').masked()  =>  10.0.0.0/8
    cidr('::1/128').containsIP('::1') && cidr('0.0.0.0/0').containsIP('1.2.3.4')  =>  true
    ip('::ffff:1.2.3.4')  =>  error: `ip` failed: `::ffff:1.2.3.4` is no address
    "#);
}
