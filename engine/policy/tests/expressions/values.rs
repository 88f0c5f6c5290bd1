//! What expressions give.

use super::said;

fn table(sources: &[&str]) -> String {
    sources.iter().map(|source| format!("{source}  =>  {}\n", said(source))).collect()
}

#[test]
fn numbers_texts_and_times() {
    insta::assert_snapshot!(table(&[
        "share - 2.5 <= 10.0",
        "share > count",
        "share - double(count)",
        "count + 1 == 4",
        "int(share)",
        "string(share) + ' %'",
        "string(20.0) + string(count)",
        "word.startsWith('v2') && word.contains('-') && word.endsWith('rc')",
        "word.matches('^v[0-9]+-rc$')",
        "size(words) == 2 && words.size() == 2 && size(word) == 5",
        "words[0]",
        "'Fri' in words",
        "now > timestamp('2026-11-01T00:00:00Z')",
        "now - duration('1h') < now",
        "now.getHours()",
        "now.getHours('Europe/Berlin')",
        "now.getDayOfWeek() == 1 && now.getFullYear() == 2026 && now.getMonth() == 10 && now.getDate() == 23",
        "now.getMinutes() + now.getSeconds()",
        "bool('true') && yes",
        "yes ? 'a' : 'b'",
    ]), @r#"
    share - 2.5 <= 10.0  =>  true
    share > count  =>  true
    share - double(count)  =>  9.5
    count + 1 == 4  =>  true
    int(share)  =>  12
    string(share) + ' %'  =>  12.5 %
    string(20.0) + string(count)  =>  203
    word.startsWith('v2') && word.contains('-') && word.endsWith('rc')  =>  true
    word.matches('^v[0-9]+-rc$')  =>  true
    size(words) == 2 && words.size() == 2 && size(word) == 5  =>  true
    words[0]  =>  Mon
    'Fri' in words  =>  true
    now > timestamp('2026-11-01T00:00:00Z')  =>  true
    now - duration('1h') < now  =>  true
    now.getHours()  =>  12
    now.getHours('Europe/Berlin')  =>  13
    now.getDayOfWeek() == 1 && now.getFullYear() == 2026 && now.getMonth() == 10 && now.getDate() == 23  =>  true
    now.getMinutes() + now.getSeconds()  =>  0
    bool('true') && yes  =>  true
    yes ? 'a' : 'b'  =>  a
    "#);
}

#[test]
fn maps_are_gone_through_in_the_order_of_their_names() {
    insta::assert_snapshot!(table(&[
        "release.labels.team",
        "release.labels['team']",
        "has(release.labels.team) && !has(release.labels.owner)",
        "'team' in release.labels",
        "release.labels.exists(name, release.labels[name] == 'shop')",
        "release.labels.all(name, size(name) == 4)",
        "release.labels.exists_one(name, name == 'tier')",
        "release.labels.map(name, name)[0]",
        "words.filter(word, word != 'Mon')[0]",
        "words.filter(day, day != 'Mon').all(day, day == 'Fri')",
        "{'production': 10.0, 'staging': 50.0}['production']",
        "release.labels == release.labels",
        "size(release.labels)",
    ]), @r#"
    release.labels.team  =>  shop
    release.labels['team']  =>  shop
    has(release.labels.team) && !has(release.labels.owner)  =>  true
    'team' in release.labels  =>  true
    release.labels.exists(name, release.labels[name] == 'shop')  =>  true
    release.labels.all(name, size(name) == 4)  =>  true
    release.labels.exists_one(name, name == 'tier')  =>  true
    release.labels.map(name, name)[0]  =>  team
    words.filter(word, word != 'Mon')[0]  =>  Fri
    words.filter(day, day != 'Mon').all(day, day == 'Fri')  =>  true
    {'production': 10.0, 'staging': 50.0}['production']  =>  10
    release.labels == release.labels  =>  true
    size(release.labels)  =>  2
    "#);
}

#[test]
fn what_is_missing_is_never_a_value() {
    insta::assert_snapshot!(table(&[
        "metrics.latency < 30.0",
        "metrics['a.rate'] < 0.1",
        "metrics.gone < 0.1",
        "metrics['never.named'] < 0.1",
        "!(metrics.gone > 0.1)",
        "metrics.gone < 0.1 || yes",
        "yes || metrics.gone < 0.1",
        "has(metrics.gone) && metrics.gone < 0.1",
        "'gone' in metrics",
        "metrics.all(name, metrics[name] < 100.0)",
        "size(metrics)",
    ]), @r#"
    metrics.latency < 30.0  =>  true
    metrics['a.rate'] < 0.1  =>  false
    metrics.gone < 0.1  =>  missing: metrics.gone
    metrics['never.named'] < 0.1  =>  missing: metrics["never.named"]
    !(metrics.gone > 0.1)  =>  missing: metrics.gone
    metrics.gone < 0.1 || yes  =>  missing: metrics.gone
    yes || metrics.gone < 0.1  =>  true
    has(metrics.gone) && metrics.gone < 0.1  =>  false
    'gone' in metrics  =>  false
    metrics.all(name, metrics[name] < 100.0)  =>  missing: metrics.gone
    size(metrics)  =>  2
    "#);
}

#[test]
fn mistakes_are_errors() {
    insta::assert_snapshot!(table(&[
        "release.labels.owner == 'x'",
        "words[7]",
        "count / (count - 3)",
        "count % (count - 3)",
        "9223372036854775807 + count",
        "0.0 / (share - share) < 1.0",
        "int(word)",
        "timestamp(word) < now",
        "words",
        "release",
        "{'a': 1}[word]",
        "metrics[word + '1']",
    ]), @r#"
    release.labels.owner == 'x'  =>  error: there is no `release.labels.owner`
    words[7]  =>  error: a list is not as long as that
    count / (count - 3)  =>  error: it divides by zero
    count % (count - 3)  =>  error: it divides by zero
    9223372036854775807 + count  =>  error: a whole number grows too large
    0.0 / (share - share) < 1.0  =>  error: it compares with 0/0, which is no number
    int(word)  =>  error: `int` failed: `v2-rc` is no such number
    timestamp(word) < now  =>  error: `timestamp` failed: `v2-rc` is no time like `2026-11-23T08:30:00Z`
    words  =>  [Mon, Fri]
    release  =>  a map of 2 entries
    {'a': 1}[word]  =>  error: there is no `v2-rc`
    metrics[word + '1']  =>  missing: metrics["v2-rc1"]
    "#);
}

#[test]
fn windows_are_in_the_zone_that_is_named() {
    insta::assert_snapshot!(table(&[
        "in_window(now, '2026-11-23', '2026-11-23', 'UTC')",
        "in_window(now, '2026-11-23/2026-11-24', 'UTC')",
        "in_window(now, '2026-11-24/2026-11-25', 'Pacific/Auckland')",
        "in_window(now, '2026-11-24/2026-11-25', 'UTC')",
        "in_window(now, '2026-11-23T12:00/2026-11-23T12:01', 'UTC')",
        "in_window(now, '2026-11-23T11:00/2026-11-23T12:00', 'UTC')",
        "in_window(now, '2026-11-' + words.map(day, '25/2026-11-24')[0], 'UTC')",
        "in_window(now, word + '/tomorrow', 'UTC')",
        "in_window(now, word, 'UTC')",
        "in_window(now, '2026-11-24/2026-11-25', 'Middle/' + word)",
        "in_window(now, (yes ? '' : word) + '2026-11-24/9999-12-31', 'UTC')",
    ]), @r"
    in_window(now, '2026-11-23', '2026-11-23', 'UTC')  =>  true
    in_window(now, '2026-11-23/2026-11-24', 'UTC')  =>  true
    in_window(now, '2026-11-24/2026-11-25', 'Pacific/Auckland')  =>  true
    in_window(now, '2026-11-24/2026-11-25', 'UTC')  =>  false
    in_window(now, '2026-11-23T12:00/2026-11-23T12:01', 'UTC')  =>  true
    in_window(now, '2026-11-23T11:00/2026-11-23T12:00', 'UTC')  =>  false
    in_window(now, '2026-11-' + words.map(day, '25/2026-11-24')[0], 'UTC')  =>  error: `in_window` failed: the window from `2026-11-25` to `2026-11-24` ends before it begins
    in_window(now, word + '/tomorrow', 'UTC')  =>  error: `in_window` failed: `v2-rc` is neither a date (`2026-12-20`) nor a date with a time (`2026-12-20T18:00`)
    in_window(now, word, 'UTC')  =>  error: `in_window` failed: `v2-rc` is no window like `from/to`
    in_window(now, '2026-11-24/2026-11-25', 'Middle/' + word)  =>  error: `in_window` failed: `Middle/v2-rc` is not a time zone; write it as `Europe/Berlin` or `UTC`
    in_window(now, (yes ? '' : word) + '2026-11-24/9999-12-31', 'UTC')  =>  error: `in_window` failed: `9999-12-31` is neither a date (`2026-12-20`) nor a date with a time (`2026-12-20T18:00`)
    ");
}
